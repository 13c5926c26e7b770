/** The attempts of one session: all in one folder, one after the other in the same output. */
import type { RestartPlan, Usage } from '@vp/sdk';
import type { Moment } from './clock.ts';

/** What an agent says that a conversation has cost before it goes on with it. */
export interface Spent {
  readonly usage: Usage;
  readonly costUsd: number;
}

/** Kills for want of memory, as counters of the machine and of the kernel's own group of processes. */
export interface OomCount {
  readonly machine: number;
  readonly group: number;
}

/** One attempt. Kept in `state.json`. */
export interface Attempt {
  /** From 1. */
  readonly n: number;
  readonly mode: 'first' | RestartPlan['mode'];
  /** Where its output begins. */
  readonly outOffset: number;
  readonly errOffset: number;
  readonly started: Moment;
  /** The machine's boot in which it started: process numbers are those of this boot. */
  readonly boot: string;
  /** The conversation that it was started with. */
  readonly conversation: string;
  /** What the conversation had cost by then; null where its transcript does not say. */
  readonly base: Spent | null;
  readonly oom: OomCount;
  /** Said after the first prompt, or instead of it. */
  readonly note: string | null;
  /** How long it ran, milliseconds; null while it runs. */
  ranMs: number | null;
}

/** The newest attempt. */
export function newest(attempts: readonly Attempt[]): Attempt {
  const last = attempts.at(-1);
  if (last === undefined) throw new TypeError('a session without an attempt');
  return last;
}
