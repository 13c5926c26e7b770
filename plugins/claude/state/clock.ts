/** Spans of time that setting the clock does not change, also from one kernel to the next. */

/** A point in time as a journal keeps it. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Milliseconds since the boot, by the clock that all processes of one boot share. */
  readonly up: number;
  /** The boot that `up` counts from. */
  readonly boot: string;
}

/** Milliseconds since the boot. */
export function uptime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Now. */
export function momentOf(boot: string): Moment {
  return { at: Date.now(), up: uptime(), boot };
}

/** Milliseconds since a moment, never negative. Only across a boot the wall clock has to be believed. */
export function since(moment: Moment, boot: string): number {
  return Math.max(0, moment.boot === boot ? uptime() - moment.up : Date.now() - moment.at);
}
