/** The charters in force: plain data that the generations of the plugin hand on to each other, so that a swap loses none. */
import type { CompiledCharter } from '@vp/sdk';
import type { CharterProblem } from './problem.ts';
import type { Sources } from './source.ts';

/** One charter file in use. */
export interface Entry {
  /** The last good version. */
  compiled: CompiledCharter;
  /** What the newest judged version was read from, good or not. */
  sources: Sources;
  /** What is wrong with the newest version; empty while it is the one in force. */
  problems: readonly CharterProblem[];
  /** Grows with each use. */
  used: number;
}

/** The entries, and which generation looks after them. */
export interface Registry {
  readonly entries: Map<string, Entry>;
  keeper: Keeper | undefined;
  uses: number;
}

/** A generation that looks after the entries: the only one that watches and changes them. */
export interface Keeper {
  /** Brings one entry up to date with its file. Resolves when the file has been still for the stable time. */
  follow(id: string): Promise<void>;
  /** Stops looking after one entry. */
  forget(id: string): void;
}

export function newRegistry(): Registry {
  return { entries: new Map(), keeper: undefined, uses: 0 };
}

/** Notes that an entry is in use now. */
export function touch(registry: Registry, id: string): Entry | undefined {
  const entry = registry.entries.get(id);
  if (entry) entry.used = registry.uses += 1;
  return entry;
}

/** Lets entries go, those unused for longest first, until at most `limit` are left. Gives their ids. */
export function trim(registry: Registry, limit: number): string[] {
  const excess = [...registry.entries].toSorted(([, a], [, b]) => a.used - b.used).slice(0, Math.max(0, registry.entries.size - limit));
  for (const [id] of excess) {
    registry.entries.delete(id);
    registry.keeper?.forget(id);
  }
  return excess.map(([id]) => id);
}
