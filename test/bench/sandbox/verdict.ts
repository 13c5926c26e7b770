/** A verdict of a sandboxed policy, beside the two things that it cannot do without: a message there and back, and a call of an isolate. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inFolder, inTurns, row, type Row } from '../harness.ts';
import { end } from '../installation.ts';
import { call, policy, quantile, withStage, type Stage } from './stage.ts';

const ROUNDS = 15;
const WARM_UPS = 3;
const CALLS = 200;
const BESIDE = 'a bare fork round trip + a bare isolated-vm call';

/** Milliseconds of each of so many calls, one after the other. */
async function each(act: (n: number) => Promise<unknown>): Promise<number[]> {
  const values: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const started = performance.now();
    await act(n);
    values.push(performance.now() - started);
  }
  return values;
}

async function sandboxed({ ctx }: Stage): Promise<number[]> {
  return each(async (n) => {
    const [finding] = await ctx.fire('pre-command', call(n));
    if (finding?.reason !== 'version 0') throw new Error(`the policy did not answer: ${finding?.reason ?? 'nothing'}`);
  });
}

async function answered(child: ChildProcess, message: object): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0] as unknown;
}

/** The median and the 99th percentile of a verdict. */
export function verdictRows(): Promise<Row[]> {
  return inFolder((folder) =>
    withStage(folder, { 'policy.ts': policy('policy') }, ['./policy.ts'], async (stage) => {
      const child = fork(join(import.meta.dirname, 'bare.ts'), { execArgv: ['--no-warnings'] });
      await once(child, 'message');
      const taken = { verdict: [] as number[][], trip: [] as number[][], isolate: [] as number[][] };
      const note = async (into: number[][], values: Promise<number[]>): Promise<number> => into.push(await values);
      const text = JSON.stringify({ id: 1, payload: call(1) });
      await inTurns(
        ROUNDS,
        {
          verdict: () => note(taken.verdict, sandboxed(stage)),
          trip: () =>
            note(
              taken.trip,
              each((id) => answered(child, { id, text })),
            ),
          isolate: () => note(taken.isolate, answered(child, { calls: CALLS, text }) as Promise<number[]>),
        },
        WARM_UPS,
      );
      await end(child);
      return [0.5, 0.99].map((part) => {
        const at = (blocks: readonly number[][]): number => quantile(blocks.slice(WARM_UPS).flat(), part) * 1_000;
        return row({
          name: `verdict of a sandboxed policy, ${part === 0.5 ? 'p50' : 'p99'}`,
          value: at(taken.verdict),
          unit: 'µs',
          yardstick: at(taken.trip) + at(taken.isolate),
          beside: BESIDE,
          ...(part === 0.5 && { aim: ['<= 1.5 x', (_value: number, ratio: number): boolean => ratio <= 1.5] as const }),
        });
      });
    }),
  );
}
