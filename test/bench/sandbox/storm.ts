/** How long the kernel's event loop stands still while hostile plugins do their worst, all at once. */
import { join } from 'node:path';
import { inTurns, row, type Row } from '../harness.ts';
import { repository } from '../../support/api/index.ts';
import { Fixture } from '../../hostile/fixture.ts';
import { HostileKernel } from '../../hostile/kernel.ts';
import { Loop, pause } from '../../hostile/loop.ts';
import { readPrograms, type Program } from '../../hostile/programs.ts';

const NAMES = ['loop-sync', 'map-grow', 'arraybuffer-offheap', 'log-flood', 'microtask-storm'];
const ROUNDS = 3;
/** For what they do once they are up, and for the kernel to end them. */
const LINGER_MS = 4_000;

/** Longest pauses of the loop, in milliseconds. */
interface Pauses {
  /** Whatever the reason: another process may have had the processor. */
  readonly longest: number[];
  /** By the loop's own work. */
  readonly held: number[];
}

/** Runs them in a kernel each, in this process, so that all do their harm at the same time. */
async function together(programs: readonly Program[], pauses: Pauses): Promise<number> {
  const fixtures = programs.map(() => new Fixture({ swap: false }));
  const kernels = programs.map((program, n) => {
    const fixture = fixtures[n] ?? new Fixture({ swap: false });
    return new HostileKernel(fixture, [{ program, variant: { when: 'load', as: 'code' } }], { neighbour: false });
  });
  const loop = new Loop();
  await Promise.all(kernels.map(({ kernel }) => kernel.start()));
  await pause(LINGER_MS);
  loop.stop();
  await Promise.all(kernels.map((one) => one.stop()));
  await Promise.all(fixtures.map((fixture) => fixture.remove()));
  pauses.held.push(loop.heldMs);
  return pauses.longest.push(loop.longestMs);
}

/** The longest pause of any round: a median would hide what is to be shown. */
export async function stormRows(): Promise<Row[]> {
  const all = readPrograms(join(repository, 'test/hostile/fixtures/programs'));
  const hostile = NAMES.map((name) => {
    const program = all.find((one) => one.name === name);
    if (program === undefined) throw new Error(`there is no program ${name}`);
    return program;
  });
  const harmless = hostile.map((one): Program => ({ ...one, trigger: 'activate', source: 'plugin.register({ activate() {} });' }));
  const pauses = { hostile: { longest: [], held: [] }, harmless: { longest: [], held: [] } } satisfies Record<string, Pauses>;
  await inTurns(ROUNDS, { hostile: () => together(hostile, pauses.hostile), harmless: () => together(harmless, pauses.harmless) }, 0);
  const beside = `${NAMES.length} harmless plugins`;
  const aim = ['< 100 ms', (value: number): boolean => value < 100] as const;
  return [
    row({
      name: `longest pause of the kernel's loop, ${NAMES.length} hostile plugins at once, worst round`,
      value: Math.max(...pauses.hostile.longest),
      unit: 'ms',
      yardstick: Math.max(...pauses.harmless.longest),
      beside,
      aim,
    }),
    row({
      name: 'of that by its own work',
      value: Math.max(...pauses.hostile.held),
      unit: 'ms',
      yardstick: Math.max(...pauses.harmless.held),
      beside,
      aim,
    }),
  ];
}
