/** What a kind of end looks like, as a row of a table. */
import type { CrashType, RecoveryStrategy } from '@vp/sdk';

/** Where a clue is looked for. */
export type Field = 'text' | 'stderr' | 'status' | 'word' | 'terminal' | 'subtype' | 'signal' | 'oom' | 'limit';

/** A sign of a kind of end. */
export interface Clue {
  readonly field: Field;
  readonly is: RegExp;
  /** How sure it makes: 0 to 1. Below 0.5 it only supports another clue. */
  readonly weight: number;
}

/** One kind of end. */
export interface Row {
  readonly type: CrashType;
  readonly strategy: RecoveryStrategy;
  readonly clues: readonly Clue[];
  readonly cause: string;
  /** Most useful first. */
  readonly fixes: readonly string[];
}

/** Clues of each field. */
export const clue = {
  text: (is: RegExp, weight = 0.85): Clue => ({ field: 'text', is, weight }),
  stderr: (is: RegExp, weight = 0.7): Clue => ({ field: 'stderr', is, weight }),
  status: (is: RegExp, weight = 0.8): Clue => ({ field: 'status', is, weight }),
  word: (is: RegExp, weight = 0.9): Clue => ({ field: 'word', is, weight }),
  terminal: (is: RegExp): Clue => ({ field: 'terminal', is, weight: 0.95 }),
  subtype: (is: RegExp): Clue => ({ field: 'subtype', is, weight: 0.95 }),
  signal: (is: RegExp, weight = 0.9): Clue => ({ field: 'signal', is, weight }),
  oomKilled: (weight: number): Clue => ({ field: 'oom', is: /./, weight }),
  usedUp: (weight: number): Clue => ({ field: 'limit', is: /./, weight }),
} as const;

/** On standard error where memory ran out. */
export const NO_MEMORY = /heap out of memory|out of memory|cannot allocate memory|\bENOMEM\b/i;
