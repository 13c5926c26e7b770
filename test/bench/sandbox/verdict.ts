/** A verdict of a sandboxed policy, beside the two things that it cannot do without: a message there and back, and a call of an isolate. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inFolder, inTurns, row, type Row } from '../harness.ts';
import { end } from '../installation.ts';
import type { Bare } from './bare.ts';
import { call, policy, quantile, withStage, type Stage } from './stage.ts';

const ROUNDS = 15;
const WARM_UPS = 8;
const CALLS = 200;

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

async function sandboxed(stage: Stage): Promise<number[]> {
  const ctx = stage.ctx();
  return each(async (n) => {
    const [finding] = await ctx.fire('pre-command', call(n));
    if (finding?.reason !== 'version 0') throw new Error(`the policy did not answer: ${finding?.reason ?? 'nothing'}`);
  });
}

async function answered(child: ChildProcess, message: Bare): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0] as unknown;
}

/** Milliseconds of calls, block after block. */
type Taken = Record<'verdict' | 'bare' | 'trip' | 'isolate', number[][]>;

async function measure(stage: Stage, child: ChildProcess): Promise<Taken> {
  const taken: Taken = { verdict: [], bare: [], trip: [], isolate: [] };
  const note = async (into: number[][], values: Promise<number[]>): Promise<number> => into.push(await values);
  const text = JSON.stringify({ id: 1, payload: call(1) });
  const calls: Bare = { ask: 'calls', text, count: CALLS };
  await inTurns(
    ROUNDS,
    {
      verdict: () => note(taken.verdict, sandboxed(stage)),
      bare: () =>
        note(
          taken.bare,
          each(() => answered(child, { ask: 'verdict', text })),
        ),
      trip: () =>
        note(
          taken.trip,
          each(() => answered(child, { ask: 'echo', text })),
        ),
      isolate: () => note(taken.isolate, answered(child, calls) as Promise<number[]>),
    },
    WARM_UPS,
  );
  return taken;
}

/** The yardstick's process, while `act` goes on. */
async function withBare<T>(act: (child: ChildProcess) => Promise<T>): Promise<T> {
  const child = fork(join(import.meta.dirname, 'bare.ts'), { execArgv: ['--no-warnings'] });
  const lost = once(child, 'exit').then(() => {
    throw new Error('the bare process ended');
  });
  try {
    await Promise.race([once(child, 'message'), lost]);
    return await Promise.race([act(child), lost]);
  } finally {
    lost.catch(() => undefined);
    if (child.exitCode === null && child.signalCode === null) await end(child);
  }
}

/** A verdict, p50 and p99. */
export function verdictRows(): Promise<Row[]> {
  return inFolder((folder) =>
    withStage(folder, { 'policy.ts': policy('policy') }, ['./policy.ts'], async (stage) => {
      const taken = await withBare((child) => measure(stage, child));
      /** In microseconds. */
      const at = (part: number, ...names: (keyof Taken)[]): number =>
        names.reduce((sum, name) => sum + quantile(taken[name].slice(WARM_UPS).flat(), part) * 1_000, 0);
      const [name, unit, beside] = ['verdict of a sandboxed policy', 'µs', 'a bare fork whose child calls a bare isolated-vm'];
      const aim = ['<= 1.5 x', (_value: number, ratio: number): boolean => ratio <= 1.5] as const;
      return [
        row({ name: `${name}, p50`, value: at(0.5, 'verdict'), unit, yardstick: at(0.5, 'bare'), beside, aim }),
        row({ name: `${name}, p99`, value: at(0.99, 'verdict'), unit, yardstick: at(0.99, 'bare'), beside }),
        row({
          name: `${name}, p50, the two taken apart`,
          value: at(0.5, 'verdict'),
          unit,
          yardstick: at(0.5, 'trip', 'isolate'),
          beside: 'a bare fork round trip + a bare isolated-vm call, each again and again',
        }),
      ];
    }),
  );
}
