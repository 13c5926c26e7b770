/** What one generation of a plugin owns. Ended last in, first out; everything is tried. */
import type { Disposable, Undo } from '../context.ts';
import { reasonOf } from '../error.ts';
import { Leaks } from './leaks.ts';

/** What became of the things that a plugin owned. */
export interface StopReport {
  /** Labels of what was ended, in the order in which it was. */
  readonly ended: readonly string[];
  /** What could not be ended, and why. */
  readonly errors: readonly { readonly label: string; readonly why: string }[];
  /**
   * What is still there: labels of things that did not end in time, and kinds of things that the plugin's code started and that
   * nobody ended: `timer`, `server`, `socket`, `file watcher`, `child process`, `worker`.
   */
  readonly open: readonly string[];
}

interface Owned {
  readonly label: string;
  readonly end: () => unknown;
}

export class TestScope {
  readonly #owned = new Set<Owned>();
  readonly #abort = new AbortController();
  readonly #warn: (message: string) => void;
  /** What the plugin's code starts. */
  readonly leaks = new Leaks();
  #disposing: Promise<StopReport> | undefined;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Oldest first. */
  get labels(): string[] {
    return [...this.#owned].map((owned) => owned.label);
  }

  own(label: string, thing: Disposable): Undo {
    const owned: Owned = { label, end: enderOf(thing) };
    if (this.#disposing) {
      this.#warn(`"${label}" came after its plugin had ended and was ended at once`);
      void Promise.resolve()
        .then(owned.end)
        .catch(() => undefined);
      return () => undefined;
    }
    this.#owned.add(owned);
    return async () => {
      if (this.#owned.delete(owned)) await owned.end();
    };
  }

  dispose(limitMs: number): Promise<StopReport> {
    this.#disposing ??= this.#dispose(limitMs);
    return this.#disposing;
  }

  async #dispose(limitMs: number): Promise<StopReport> {
    this.#abort.abort();
    const ended: string[] = [];
    const errors: { label: string; why: string }[] = [];
    const open: string[] = [];
    for (const owned of [...this.#owned].reverse()) {
      if (!this.#owned.delete(owned)) continue;
      try {
        const inTime = await within(limitMs, owned.end);
        (inTime ? ended : open).push(owned.label);
      } catch (error) {
        errors.push({ label: owned.label, why: reasonOf(error) });
      }
    }
    return { ended, errors, open: [...open, ...(await this.leaks.finish())] };
  }
}

/** Runs `act`, waiting no longer than `ms`. Whether it ended in time. */
export async function within(ms: number, act: () => unknown): Promise<boolean> {
  const result = act();
  if (!isThenable(result)) return true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([Promise.resolve(result).then(() => true), late]).finally(() => clearTimeout(timer));
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function enderOf(thing: Disposable): () => unknown {
  if (typeof thing === 'function') return thing;
  if ('dispose' in thing) return () => thing.dispose();
  if ('close' in thing) return () => thing.close();
  if (Symbol.asyncDispose in thing) return () => thing[Symbol.asyncDispose]();
  return () => thing[Symbol.dispose]();
}
