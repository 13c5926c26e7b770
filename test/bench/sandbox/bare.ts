// The yardstick of a verdict: a forked process that answers a message, and an isolate in it that answers a call.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repository } from '../../support/api/index.ts';

/** The part of isolated-vm that the yardstick needs. */
interface IsolatedVm {
  readonly Isolate: new (options: { memoryLimit: number }) => { createContext(): Promise<Context> };
}
interface Context {
  eval(
    code: string,
    options: { reference: true },
  ): Promise<{ apply(self: undefined, given: readonly string[], options: { timeout: number }): Promise<unknown> }>;
}

/** What the policy of the bench says, without anything around it. */
const GUEST = `(text) => {
  const { id, payload: { tool, input } } = JSON.parse(text);
  const command = String(input.command).trim();
  const isRefused = tool === 'Bash' && (command === 'reboot' || command.startsWith('reboot '));
  return JSON.stringify({ id, ok: true, value: isRefused ? { level: 'deny', reason: 'version 0' } : undefined });
}`;

const ivm = createRequire(join(repository, 'sandbox', 'index.ts'))('isolated-vm') as IsolatedVm;
const context = await new ivm.Isolate({ memoryLimit: 32 }).createContext();
const judge = await context.eval(GUEST, { reference: true });

/** A text is answered by the like of an answer; a number by so many calls of the isolate, in milliseconds each. */
process.on('message', (message: { readonly id: number; readonly text: string } | { readonly calls: number; readonly text: string }) => {
  if ('id' in message) process.send?.({ id: message.id, ok: true, value: { level: 'deny', reason: 'version 0' } });
  else void applied(message.calls, message.text).then((values) => process.send?.(values));
});

async function applied(calls: number, text: string): Promise<number[]> {
  const values: number[] = [];
  for (let n = 0; n < calls; n += 1) {
    const started = performance.now();
    await judge.apply(undefined, [text], { timeout: 1_000 });
    values.push(performance.now() - started);
  }
  return values;
}

process.send?.('up');
