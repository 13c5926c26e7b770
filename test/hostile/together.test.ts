/** All programs at once beside one good policy: its verdicts go on, the kernel's event loop turns, and nothing is left of them. */
import { describe, expect, test } from 'vitest';
import { HELD_MS } from './conditions.ts';
import { Fixture } from './fixture.ts';
import { HostileKernel, NEIGHBOUR } from './kernel.ts';
import { Loop, pause, until } from './loop.ts';
import type { Variant } from './package.ts';
import { hostProcesses } from './processes.ts';
import { allPrograms, isGiven } from './suite.ts';

const CALLS = 6;
const VARIANT: Variant = { when: 'load', as: 'code' };

describe.skipIf(isGiven)('all hostile programs at once', () => {
  test('leave the verdicts of a good policy, the event loop and the machine alone', { timeout: 180_000 }, async () => {
    const programs = allPrograms().map((program) => ({ program, variant: VARIANT }));
    const inHooks = programs.filter(({ program }) => program.trigger === 'hook');
    const fixtures = [...programs, undefined].map(() => new Fixture({ swap: false }));
    const [home, ...places] = fixtures.toReversed();
    if (home === undefined) throw new Error('no fixture');
    // Those that do their harm in hooks share the passes of the good policy. Every one has also a kernel of its own in this same process,
    // since one kernel starts its plugins one after the other and stops a pass at the first that is late: so all do their harm at once.
    const main = new HostileKernel(home, inHooks);
    const beside = programs.map((one, index) => new HostileKernel(places[index] ?? home, [one], { neighbour: false }));
    await main.kernel.start();
    const loop = new Loop();
    try {
      const storm = { isOver: false };
      const started = Promise.all(beside.map((one) => provoke(one))).finally(() => (storm.isOver = true));
      let turn = 0;
      while (!storm.isOver) await main.ask((turn += 1));
      await started;
      const duringStorm = main.calls.length;
      for (let after = 0; after < 8; after += 1) await main.ask((turn += 1));

      const removals = main.calls.filter((call) => call.command.startsWith('rm '));
      const answered = removals.filter((call) => call.findings.some((one) => one.plugin === NEIGHBOUR && one.rule !== 'tap-failed'));
      expect(removals.every((call) => call.verdict === 'deny')).toBe(true);
      // Beside so many it may be late now and then, which is a denial by the kernel.
      expect(answered.length, 'denials by the good policy itself').toBeGreaterThan(removals.length / 2);
      expect(main.row(NEIGHBOUR)).toMatchObject({ state: 'active', kills: [] });

      const heard = await stopAll(main, beside);
      expect(heard).toEqual([]);
      expect(await until(() => hostProcesses().length === 0), `left: ${hostProcesses().join()}`).toBe(true);
      expect(loop.heldMs).toBeLessThan(HELD_MS);
      expect(fixtures.flatMap((fixture) => fixture.changes())).toEqual([]);
      process.stdout.write(
        `${programs.length} hostile programs at once: ${duringStorm} verdicts meanwhile, ${answered.length} of ${removals.length} denials by the ` +
          `good policy itself; longest pause of the kernel's event loop ${loop.longestMs.toFixed(0)} ms, held by its own work ${loop.heldMs.toFixed(0)} ms\n`,
      );
    } finally {
      loop.stop();
      await Promise.all([main, ...beside].map((one) => one.stop()));
      await Promise.all(fixtures.map((fixture) => fixture.remove()));
    }
  });
});

/** Starts a kernel, and asks what its plugin has a say in. */
async function provoke(hostile: HostileKernel): Promise<void> {
  await hostile.kernel.start();
  for (let turn = 0; turn < CALLS; turn += 1) await hostile.ask(turn);
}

/** Stops every kernel; gives what was heard of a plugin after its kernel had stopped. */
async function stopAll(main: HostileKernel, beside: readonly HostileKernel[]): Promise<string[]> {
  const kernels = [main, ...beside];
  const words = (one: HostileKernel): string[] => [
    ...[...one.told].flatMap(([plugin, told]) => told.map(({ what, a }) => `${plugin} told ${what} ${a}`)),
    ...[...one.lines].flatMap(([plugin, lines]) => lines.map(({ text }) => `${plugin} logged ${text}`)),
  ];
  const late = await Promise.all(
    kernels.map(async (one) => {
      await one.stop();
      const before = words(one).length;
      return (): string[] => (words(one).length === before ? [] : [`${words(one).length - before} of ${one.names.join()}`]);
    }),
  );
  await pause(500);
  return late.flatMap((check) => check());
}
