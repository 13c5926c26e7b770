/** The service `charters`. */
import { resolve as absolute } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Charters, CompiledCharter, Logger } from '@vp/sdk';
import { DEFAULT_ID, defaultCharter } from './compile.ts';
import { charterError } from './errors.ts';
import type { Evaluator } from './evaluate.ts';
import { instructionsFor, type SessionContext } from './instructions.ts';
import { invalid, load, type Loaded } from './load.ts';
import { touch, trim, type Keeper, type Registry } from './registry.ts';
import { unchanged } from './source.ts';

const MAX_READINGS = 100;

/** What a store works with. */
export interface StoreOptions {
  readonly registry: Registry;
  readonly evaluator: Evaluator;
  /** Looks after entries until a generation has been activated. */
  readonly keeper: Keeper;
  readonly stableMs: number;
  readonly maxCharters: number;
  readonly log: Logger;
}

export class CharterStore implements Charters {
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  async resolve(file?: string): Promise<CompiledCharter> {
    if (file === undefined || file === DEFAULT_ID) return defaultCharter();
    const id = absolute(file);
    const { registry } = this.#options;
    if (!registry.entries.has(id)) await this.#add(id);
    else await this.#keeper.follow(id);
    const entry = touch(registry, id);
    if (!entry) throw charterError('VP_CHARTER_UNKNOWN', { id });
    if (entry.problems.length > 0) throw invalid(id, entry.problems);
    return entry.compiled;
  }

  current(id: string): CompiledCharter | undefined {
    return id === DEFAULT_ID ? defaultCharter() : touch(this.#options.registry, id)?.compiled;
  }

  instructions(id: string, context: SessionContext): string {
    const compiled = this.current(id);
    if (!compiled) throw charterError('VP_CHARTER_UNKNOWN', { id });
    return instructionsFor(compiled.charter, context);
  }

  get #keeper(): Keeper {
    return this.#options.registry.keeper ?? this.#options.keeper;
  }

  async #add(id: string): Promise<void> {
    const { registry, maxCharters, log } = this.#options;
    const { compiled, problems, sources } = await this.#loadStill(id);
    if (!compiled) throw invalid(id, problems);
    if (!registry.entries.has(id)) registry.entries.set(id, { compiled, sources, problems: [], used: (registry.uses += 1) });
    void this.#keeper.follow(id);
    for (const gone of trim(registry, maxCharters)) log.warn({ charter: gone }, 'charter let go: too many are in use (option maxCharters)');
  }

  /** Reads a file that may be in the middle of being written: until it has been still for the stable time. */
  async #loadStill(id: string): Promise<Loaded> {
    const { stableMs, evaluator } = this.#options;
    for (let reading = 0; reading < MAX_READINGS; reading += 1) {
      const loaded = await load(id, evaluator);
      const age = Date.now() - loaded.writtenAt;
      if (age >= stableMs || age < 0) return loaded;
      await delay(stableMs - age);
      if (await unchanged(loaded.sources)) return loaded;
    }
    throw charterError('VP_CHARTER_UNSTEADY', { file: id }, { file: id });
  }
}
