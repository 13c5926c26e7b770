/** One pass of a hook with ten taps, each of another plugin, beside ten taps of bare tapable that do the same. */
import type { PluginContext } from '@vp/sdk';
import { inFolder, inTurns, median, report, row, type Row } from './harness.ts';
import { firing, kernelRequire, pluginFolder, TAPS, withKernel, writeFirer, writeTaps } from './plugins.ts';

const PASSES = 20_000;
const ROUNDS = 15;

// Made anew for each pass, as @vp/claude does it.
const session = () => ({ id: 's', orchestrator: 'default', cwd: '/', charterHash: 'h' });
const batch = (n: number) => ({
  session: session(),
  replayed: false,
  events: [{ id: `s:${n}`, at: n, type: 'text' as const, text: 'some words' }],
});
const call = (n: number) => ({
  id: `t${n}`,
  at: n,
  session: session(),
  tool: 'Bash',
  input: { command: 'npm test', description: 'run the tests' },
});

/** The part of tapable that the yardstick needs. */
interface BareHook {
  tap(name: string, tap: () => void): void;
  call(payload: unknown): void;
  promise(payload: unknown): Promise<unknown>;
}
type Tapable = Record<'SyncHook' | 'AsyncSeriesWaterfallHook', new (args: readonly string[]) => BareHook>;

/** Microseconds of one pass. */
async function perPass(pass: (n: number) => unknown): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < PASSES; n += 1) {
    const result = pass(n);
    if (result !== undefined) await (result as Promise<unknown>);
  }
  return ((performance.now() - started) * 1_000) / PASSES;
}

async function measure(ctx: PluginContext): Promise<Row[]> {
  const tapable = kernelRequire('tapable') as Tapable;
  const look = new tapable.SyncHook(['payload']);
  const judge = new tapable.AsyncSeriesWaterfallHook(['payload']);
  let seen = 0;
  for (let n = 0; n < TAPS; n += 1) {
    look.tap(`tap-${n}`, () => void (seen += 1));
    judge.tap(`tap-${n}`, () => void (seen += 1));
  }
  const values = await inTurns(ROUNDS, {
    output: () => perPass((n) => ctx.fire('on-output', batch(n))),
    bareOutput: () => perPass((n) => look.call(batch(n))),
    command: () => perPass((n) => ctx.fire('pre-command', call(n))),
    bareCommand: () => perPass((n) => judge.promise(call(n))),
  });
  if (seen === 0) throw new Error('the bare taps were not called');
  const rowOf = (name: string, value: readonly number[], bare: readonly number[]): Row =>
    row({
      name,
      value: median(value),
      unit: 'µs',
      yardstick: median(bare),
      beside: `bare tapable, ${TAPS} taps`,
      aim: ['<= 5 µs', (micros) => micros <= 5],
    });
  return [
    rowOf(`on-output, a pass of ${TAPS} taps`, values.output, values.bareOutput),
    rowOf(`pre-command, a pass of ${TAPS} taps`, values.command, values.bareCommand),
  ];
}

report(
  await inFolder(async (folder) => {
    const plugins = pluginFolder(folder);
    const firer = writeFirer(plugins);
    const body = 'globalThis.seen = (globalThis.seen ?? 0) + 1;';
    const taps = [...writeTaps(plugins, 'on-output', body), ...writeTaps(plugins, 'pre-command', body)];
    return withKernel(folder, plugins, [firer, ...taps], {}, (kernel) => measure(firing(kernel)));
  }),
);
