/** Why the processes of these programs are ended. A program that is not named here may be ended for any reason, or not at all. */
import type { KillReason } from '../../sandbox/kills.ts';

/** What ends one program. */
export interface Reason {
  /** Any of them; `null`: it need not be ended. */
  readonly of: readonly (KillReason | null)[];
  /** Milliseconds that it may run without a pause, where the machine may be too busy for it to get so far within the default. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 20_000;

export const REASONS: Readonly<Record<string, Reason>> = {
  'loop-sync': { of: ['deadline'] },
  'map-grow': { of: ['memory'], patienceMs: PATIENCE_MS },
  'bigint-square': { of: ['cpu'] },
  'fill-sparse': { of: ['memory', 'cpu'], patienceMs: PATIENCE_MS },
  'arraybuffer-offheap': { of: [null] },
  'redos-hook': { of: ['deadline'] },
  // Each turn leaves two promises more: a fast machine fills the heap before the deadline comes.
  'microtask-storm': { of: ['deadline', 'memory'] },
  'never-settles': { of: ['deadline'] },
  'log-flood': { of: [null], patienceMs: PATIENCE_MS },
  'giant-message': { of: [null] },
  'resizable-buffer': { of: ['memory'], patienceMs: PATIENCE_MS },
  'sparse-sort': { of: ['cpu'] },
  'endless-generator': { of: ['deadline'] },
  'microtask-after-answer': { of: ['deadline'] },
  untap: { of: ['memory'] },
};
