/**
 * Ownership. Whatever a plugin causes is owned by its scope and goes with it: last in, first out, everything tried, errors
 * gathered, no step waiting longer than the limit.
 */
import type { Disposable, Undo } from '@vp/sdk';

/** What went wrong while a scope was disposed. */
export interface DisposeReport {
  readonly errors: readonly { readonly label: string; readonly error: unknown }[];
  /** Labels of what did not end within the limit. */
  readonly stuck: readonly string[];
}

interface Owned {
  readonly label: string;
  readonly end: () => unknown;
}

/** Owns what one generation of a plugin causes. */
export class Scope {
  readonly #owned = new Set<Owned>();
  readonly #abort = new AbortController();
  readonly #warn: (message: string) => void;
  #disposing: Promise<DisposeReport> | undefined;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Aborted when disposal begins. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get closed(): boolean {
    return this.#disposing !== undefined;
  }

  /** Labels of what is owned now, oldest first. */
  get labels(): string[] {
    return [...this.#owned].map((owned) => owned.label);
  }

  /** Takes something over. A closed scope ends the newcomer at once, since nobody would ever end it later. */
  own(label: string, thing: Disposable): Undo {
    const owned: Owned = { label, end: enderOf(thing) };
    if (this.closed) {
      this.#warn(`"${label}" came after its plugin had ended and was ended at once`);
      void Promise.resolve()
        .then(owned.end)
        .catch((error: unknown) => this.#warn(`"${label}" could not be ended: ${String(error)}`));
      return () => undefined;
    }
    this.#owned.add(owned);
    return async () => {
      if (!this.#owned.delete(owned)) return;
      await owned.end();
    };
  }

  /** Ends everything. Calling it again gives the same report. `limitMs` holds for each thing. */
  dispose(limitMs: number): Promise<DisposeReport> {
    if (this.#disposing) return this.#disposing;
    // Closed before anything is ended: what an end or a listener of the signal adds would else stay for ever.
    const { promise, resolve } = Promise.withResolvers<DisposeReport>();
    this.#disposing = promise;
    void this.#dispose(limitMs).then(resolve);
    return promise;
  }

  async #dispose(limitMs: number): Promise<DisposeReport> {
    this.#abort.abort();
    const errors: { label: string; error: unknown }[] = [];
    const stuck: string[] = [];
    for (const owned of [...this.#owned].reverse()) {
      if (!this.#owned.delete(owned)) continue;
      try {
        if ((await within(limitMs, owned.end)) === 'late') stuck.push(owned.label);
      } catch (error) {
        errors.push({ label: owned.label, error });
      }
    }
    return { errors, stuck };
  }
}

/** Runs `act`, waiting for it no longer than `ms`. A failure after that is nobody's any more. */
export async function within(ms: number, act: () => unknown): Promise<'done' | 'late'> {
  const result = act();
  if (!isThenable(result)) return 'done';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  const done = Promise.resolve(result).then((): 'done' => 'done');
  done.catch(() => undefined);
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/** Whether awaiting this would wait. */
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
