/**
 * Keeps charters in force while their files change. What tightens counts at once. Everything else counts only when the file has been
 * still for the stable time: a half-written file must not drop rules.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CompiledCharter, Logger } from '@vp/sdk';
import { effectOf } from './compare.ts';
import type { Evaluator } from './evaluate.ts';
import { tryLoad, type Loaded } from './load.ts';
import { formatProblem } from './problem.ts';
import type { Entry, Keeper, Registry } from './registry.ts';
import { unchanged } from './source.ts';
import { watchFiles, type Watch } from './watch.ts';

/** What a keeper works with. */
export interface KeeperOptions {
  readonly registry: Registry;
  readonly evaluator: Evaluator;
  readonly stableMs: number;
  readonly log: Logger;
  /** Aborted when this generation ends. */
  readonly signal: AbortSignal;
  readonly changed: (charter: CompiledCharter) => void;
  readonly rejected: (id: string, problems: readonly string[]) => void;
}

export class CharterKeeper implements Keeper {
  readonly #options: KeeperOptions;
  readonly #watches = new Map<string, Promise<Watch>>();
  readonly #running = new Map<string, Promise<void>>();
  /** Wakes the run of an id from its pause. */
  readonly #wake = new Map<string, () => void>();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Takes over from the generation before, and looks at every file for what that one may have missed. */
  activate(): void {
    const { registry } = this.#options;
    registry.keeper = this;
    for (const id of registry.entries.keys()) void this.follow(id);
  }

  follow(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running) {
      this.#wake.get(id)?.();
      return running;
    }
    const run = this.#follow(id)
      .catch((error: unknown) => this.#options.log.error({ error, charter: id }, 'a charter could not be followed'))
      .finally(() => {
        this.#running.delete(id);
        this.#wake.delete(id);
      });
    this.#running.set(id, run);
    return run;
  }

  forget(id: string): void {
    const watch = this.#watches.get(id);
    this.#watches.delete(id);
    void watch?.then((open) => open.close()).catch(() => undefined);
  }

  /** Ends all watches. */
  async close(): Promise<void> {
    const { registry } = this.#options;
    if (registry.keeper === this) registry.keeper = undefined;
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    await Promise.allSettled(watches.map(async (watch) => (await watch).close()));
  }

  async #follow(id: string): Promise<void> {
    const { stableMs, evaluator } = this.#options;
    let waiting: Loaded | undefined;
    let changedAt = -Infinity;
    for (let entry = this.#mine(id); entry; entry = this.#mine(id)) {
      const { sources } = waiting ?? entry;
      this.#watch(id, Object.keys(sources));
      const poked = this.#pokes(id);
      if (!(await unchanged(sources))) {
        const loaded = await tryLoad(id, evaluator);
        changedAt = loaded.readAt;
        waiting = this.#accept(entry, loaded, 'tightening');
      } else if (Date.now() - changedAt >= stableMs) {
        if (waiting) waiting = this.#accept(entry, waiting, 'still');
        else if (!poked()) return;
        else continue;
      }
      if (!poked()) await this.#pause(id, changedAt + stableMs - Date.now());
    }
  }

  /** Puts a version in force if it may be now; else gives it back, to wait. */
  #accept(entry: Entry, loaded: Loaded, moment: 'tightening' | 'still'): Loaded | undefined {
    const { compiled, sources, problems } = loaded;
    if (!this.#mine(entry.compiled.id)) return undefined;
    if (compiled?.hash === entry.compiled.hash) {
      Object.assign(entry, { sources, problems });
      return undefined;
    }
    if (moment === 'tightening' && (!compiled || effectOf(entry.compiled.charter, compiled.charter) !== 'tightens')) return loaded;
    Object.assign(entry, { sources, problems, compiled: compiled ?? entry.compiled });
    if (compiled) this.#announce(compiled);
    else this.#complain(entry.compiled.id, problems.map(formatProblem));
    return undefined;
  }

  #announce(charter: CompiledCharter): void {
    this.#options.log.info({ charter: charter.id, hash: charter.hash }, 'charter changed');
    this.#options.changed(charter);
  }

  #complain(id: string, problems: readonly string[]): void {
    this.#options.log.warn({ charter: id, problems }, 'charter edit is not valid; the last good version stays in force');
    this.#options.rejected(id, problems);
  }

  /** The entry, while this generation looks after it. */
  #mine(id: string): Entry | undefined {
    const { registry, signal } = this.#options;
    return registry.keeper === this && !signal.aborted ? registry.entries.get(id) : undefined;
  }

  /** Whether the id was poked after this call. */
  #pokes(id: string): () => boolean {
    let poked = false;
    this.#wake.set(id, () => {
      poked = true;
    });
    return () => poked;
  }

  /** Waits `ms` milliseconds, or until the id is poked. */
  async #pause(id: string, ms: number): Promise<void> {
    const poked = new AbortController();
    this.#wake.set(id, () => poked.abort());
    const signal = AbortSignal.any([this.#options.signal, poked.signal]);
    await delay(Math.max(1, ms), undefined, { signal }).catch(() => undefined);
  }

  #watch(id: string, files: readonly string[]): void {
    const current = this.#watches.get(id);
    const next = (current ?? Promise.resolve(undefined)).then(async (open) => {
      if (open && sameFiles(open.files, files)) return open;
      await open?.close();
      return watchFiles(files, {
        poke: () => void this.follow(id),
        failed: (error) => this.#options.log.warn({ error, charter: id }, 'edits of this charter may go unseen'),
      });
    });
    this.#watches.set(id, next);
    next.catch((error: unknown) => {
      this.#options.log.warn({ error, charter: id }, 'edits of this charter go unseen');
      if (this.#watches.get(id) === next) this.#watches.delete(id);
    });
  }
}

function sameFiles(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((file) => b.includes(file));
}
