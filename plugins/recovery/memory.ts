/** What all versions of the plugin share while the kernel runs: plain data, so that a swap loses nothing. */
import type { Park, RecoveryState } from '@vp/sdk';
import { NO_TOTALS, type Totals } from './totals.ts';

/** A recovery that has not ended. */
export interface Open {
  status: Extract<RecoveryState['status'], 'waiting' | 'running'>;
  /** The attempt that ended last, and when, epoch milliseconds. */
  readonly attempt: number;
  readonly crashedAt: number;
  /** An answer of the model was seen and is being written down. */
  answered: boolean;
}

export interface Memory {
  loaded: boolean;
  totals: Totals;
  readonly open: Map<string, Open>;
  /** The last of those that wait for their turn, by what they wait for. */
  readonly turns: Map<string, Promise<unknown>>;
  /** When the park is over by a clock that nobody sets; null where there is none. */
  parkEnds: number | null;
}

export function newMemory(): Memory {
  return { loaded: false, totals: NO_TOTALS, open: new Map(), turns: new Map(), parkEnds: null };
}

/** Runs one after the other what concerns the same key. */
export async function inTurn<T>(memory: Memory, key: string, act: () => Promise<T>): Promise<T> {
  const before = memory.turns.get(key) ?? Promise.resolve();
  const mine = before.then(act, act);
  memory.turns.set(key, mine);
  try {
    return await mine;
  } finally {
    if (memory.turns.get(key) === mine) memory.turns.delete(key);
  }
}

/** Changes the totals: each change sees those before it. */
export function withTotals<T>(memory: Memory, act: (totals: Totals) => Promise<T>): Promise<T> {
  return inTurn(memory, 'totals', () => act(memory.totals));
}

/** Takes totals that are on disk. */
export function remember(memory: Memory, totals: Totals, now: number): void {
  const changed = totals.park !== memory.totals.park;
  memory.totals = totals;
  if (changed) memory.parkEnds = totals.park === null ? null : performance.now() + remainingMs(totals.park, now);
}

/** The park while it lasts: by the clock, and by the time that has passed should the clock have been set. */
export function parkOf({ totals: { park }, parkEnds }: Memory, now: number): Park | null {
  if (park === null || parkEnds === null) return null;
  return now >= park.until || performance.now() >= parkEnds ? null : park;
}

/** Never longer than was decided, should the clock have been set back. */
function remainingMs({ until, since }: Park, now: number): number {
  return Math.max(0, Math.min(until - now, until - since));
}
