// The yardstick of a verdict: a forked process that answers a message, and an isolate in it that answers a call.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repository } from '../../support/api/index.ts';

/** The part of isolated-vm that the yardstick needs. */
interface IsolatedVm {
  readonly Isolate: new (options: { memoryLimit: number }) => { createContext(): Promise<Context>; dispose(): void };
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
// Held: the collection of an isolate that is in use ends the process.
const isolate = new ivm.Isolate({ memoryLimit: 32 });
const context = await isolate.createContext();
const judge = await context.eval(GUEST, { reference: true });

/** What is asked of this process. */
export type Bare =
  /** Nothing but the way there and back. */
  | { readonly ask: 'echo'; readonly text: string }
  /** The same, and a call of the isolate on the way. */
  | { readonly ask: 'verdict'; readonly text: string }
  /** So many calls of the isolate; answered by the milliseconds of each. */
  | { readonly ask: 'calls'; readonly text: string; readonly count: number };

process.on('message', (message: Bare) => void answer(message).then((value) => process.send?.(value)));

async function answer(message: Bare): Promise<unknown> {
  switch (message.ask) {
    case 'echo':
      return message.text;
    case 'verdict':
      return apply(message.text);
    case 'calls':
      return timedCalls(message.text, message.count);
    default:
      return message satisfies never;
  }
}

function apply(text: string): Promise<unknown> {
  return judge.apply(undefined, [text], { timeout: 1_000 });
}

async function timedCalls(text: string, count: number): Promise<number[]> {
  const values: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const started = performance.now();
    await apply(text);
    values.push(performance.now() - started);
  }
  return values;
}

process.on('exit', () => isolate.dispose());
process.send?.('up');
