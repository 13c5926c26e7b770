/** What it means that an operation was not answered in time: native code that cannot be interrupted, or a promise nobody settles. */
import type { Lateness, Operation } from './operations.ts';
import type { Sample } from './usage.ts';

/** The host says within this time that it cut a slice. */
const GRACE_MS = 200;
/** The code of a module is compiled before its time begins. */
const LOAD_GRACE_MS = 500;
/** A process that could run but is not let is judged no later than this, which is before the host itself gives up on native code. */
const UNDECIDED_MS = 700;
/** One that is hardly let run at all is not to blame; but nobody is watched so closely for ever. */
const STARVED_MS = 10_000;
const MOST = 0.5;
const SOME = 0.1;

/** `spinning`: it ran and could not be interrupted. `idle`: nothing runs, and no answer comes. */
export type Finding = 'spinning' | 'idle' | 'unknown';

/** A lateness that begins now. */
export function lateSince(now: number, cpuMs: number): Lateness {
  return { since: now, cpuMs, looks: 0, runnable: 0 };
}

/**
 * Looks at a late operation once more. `heardAt`: when the guest last said anything, which it cannot from native code.
 * `runnable` is asked only where it counts.
 */
export function findingOf(
  operation: Operation & { lateness: Lateness },
  now: number,
  sample: Sample,
  heardAt: number,
  runnable: () => boolean,
): Finding {
  const { lateness, kind } = operation;
  lateness.looks += 1;
  if (runnable()) lateness.runnable += 1;
  const passed = now - lateness.since;
  if (passed < (kind === 'load' ? LOAD_GRACE_MS : GRACE_MS)) return 'unknown';
  if (heardAt > lateness.since) return 'idle';
  const share = (sample.cpuMs - lateness.cpuMs) / passed;
  if (share >= MOST) return 'spinning';
  if (lateness.runnable / lateness.looks < MOST) return 'idle';
  if (passed > UNDECIDED_MS && share >= SOME) return 'spinning';
  return passed > STARVED_MS ? 'idle' : 'unknown';
}
