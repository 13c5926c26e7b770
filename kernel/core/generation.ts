/** One generation of a plugin: its code, its scope, and what it has put up so far. Invisible to others until it is activated. */
import { isVpError, type HookName, type Previous, type Tap, type TapOptions } from '@vp/sdk';
import { createContext } from './context.ts';
import { kernelError, placed, reasonOf } from './errors.ts';
import type { Host } from './host.ts';
import { HOOK_NAMES, isHookName } from '../hooks/table.ts';
import type { Loaded } from '../loader/load.ts';
import { Scope, within } from './scope.ts';
import type { Provision } from './services.ts';
import { TapStats } from '../hooks/stats.ts';
import type { Tapped } from '../hooks/taps.ts';

export class Generation {
  readonly number: number;
  readonly loaded: Loaded;
  readonly scope: Scope;
  readonly stats = new Map<HookName, TapStats>();
  readonly activators: (() => void)[] = [];
  readonly readiers: (() => void)[] = [];
  taps: readonly Tapped[] = [];
  provisions: readonly Provision[] = [];
  takeSnapshot: (() => unknown) | undefined;
  /** Whether what it puts up counts. */
  active = false;
  readonly #host: Host;
  readonly #shadow: boolean;

  constructor(number: number, loaded: Loaded, shadow: boolean, host: Host) {
    this.number = number;
    this.loaded = loaded;
    this.#shadow = shadow;
    this.#host = host;
    this.scope = new Scope((message) => host.log(loaded.name).warn(message));
  }

  /**
   * Runs setup. On failure everything it had started is undone.
   * @throws VP_SETUP_FAILED, VP_SETUP_TIMEOUT, VP_HOOK_UNKNOWN, VP_HOOK_NOT_FUNCTION, VP_SERVICE_MISSING, and what `check` throws
   */
  async stage(previous: Previous | undefined, check: () => void): Promise<void> {
    const { name } = this.loaded;
    try {
      const ctx = createContext(this, this.#host, previous);
      for (const [hook, tap] of Object.entries(this.loaded.definition.hooks ?? {})) {
        const { handler, ...options } = typeof tap === 'function' ? { handler: tap } : (tap as TapOptions & { handler: unknown });
        ctx.hook(hook as HookName, handler as Tap<HookName>, options);
      }
      const ms = this.#host.deadlineMs('setup');
      const { setup } = this.loaded.definition;
      if (setup && (await within(ms, () => setup(ctx))) === 'late')
        throw kernelError('VP_SETUP_TIMEOUT', { plugin: name, ms }, { plugin: name });
      this.#checkProvided();
      check();
    } catch (error) {
      await this.scope.dispose(this.#host.deadlineMs('dispose'));
      throw asSetupError(error, name, this.loaded.located.entry);
    }
  }

  /** Wraps a tap and puts it up; at once where this generation is active. @throws VP_HOOK_UNKNOWN, VP_HOOK_NOT_FUNCTION */
  tap(hook: string, handler: unknown, options: TapOptions, context: unknown): () => void {
    const { name } = this.loaded;
    if (!isHookName(hook)) throw kernelError('VP_HOOK_UNKNOWN', { hook, known: HOOK_NAMES.join(', ') }, { plugin: name });
    if (typeof handler !== 'function') throw kernelError('VP_HOOK_NOT_FUNCTION', { hook, plugin: name }, { plugin: name });
    const run = handler as (payload: unknown, context: unknown) => unknown;
    const entry = {
      plugin: name,
      order: options.order ?? 'normal',
      after: options.after ?? [],
      guard: options.guard ?? false,
      shadow: this.#shadow || (options.shadow ?? false),
      call: (payload: unknown) => run(payload, context),
      stats: this.#statsOf(hook),
    };
    const tapped: Tapped = { hook, entry };
    this.#setTaps([...this.taps, tapped]);
    return () => this.#setTaps(this.taps.filter((one) => one !== tapped));
  }

  /** Puts a service up; at once where this generation is active. */
  provide(provision: Provision): void {
    this.provisions = [...this.provisions, provision];
    if (this.active) this.#host.services.provide(provision);
  }

  /** Runs what setup left for a later moment. What throws is the plugin's error, and stops nothing else. */
  runAll(later: (() => void)[], onError: (error: unknown) => void): void {
    for (const run of later.splice(0)) {
      try {
        run();
      } catch (error) {
        this.#host.log(this.loaded.name).error({ error: reasonOf(error) }, 'threw while it was activated');
        onError(error);
      }
    }
  }

  /** What the next version gets. Its state is undefined, with a warning, where `snapshot` throws or gives no JSON. */
  async handOver(): Promise<Previous> {
    return { version: this.loaded.version, state: await this.#snapshot() };
  }

  async #snapshot(): Promise<unknown> {
    try {
      const state = await this.takeSnapshot?.();
      return state === undefined ? undefined : JSON.parse(JSON.stringify(state));
    } catch (error) {
      this.#host.log(this.loaded.name).warn({ error: reasonOf(error) }, 'its snapshot failed; the next version starts without it');
      return undefined;
    }
  }

  #statsOf(hook: HookName): TapStats {
    const stats = this.stats.get(hook) ?? new TapStats();
    this.stats.set(hook, stats);
    return stats;
  }

  #setTaps(taps: readonly Tapped[]): void {
    if (this.active) this.#host.taps.check(new Map([[this.loaded.name, taps]]));
    this.taps = taps;
    if (this.active) this.#host.taps.replace(this.loaded.name, taps);
  }

  #checkProvided(): void {
    const { name, provides } = this.loaded;
    const missing = provides.find((service) => !this.provisions.some((one) => `${one.ref.id}@${one.ref.version}` === service));
    if (missing !== undefined) throw kernelError('VP_SERVICE_MISSING', { plugin: name, service: missing }, { plugin: name });
  }
}

function asSetupError(error: unknown, plugin: string, file: string): unknown {
  return isVpError(error)
    ? placed(error, { file, plugin })
    : kernelError('VP_SETUP_FAILED', { plugin, why: reasonOf(error) }, { plugin, file, cause: error });
}
