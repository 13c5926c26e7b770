/** One generation of a plugin in a fake kernel. Invisible to others until it is activated, as in the real one. */
import type { PluginContext, Previous, Undo } from '../context.ts';
import type { PluginDefinition } from '../define.ts';
import { isVpError, reasonOf } from '../error.ts';
import type { HookName, HookResults, Tap, TapOptions } from '../hooks.ts';
import { serviceName, type ServiceRef } from '../service.ts';
import { testError } from './errors.ts';
import type { FakeKernel } from './fake-kernel.ts';
import { provisionOf, type Provision } from './fake-services.ts';
import { TestScope, within, type StopReport } from './scope.ts';
import { newTap, type TestTap } from './taps.ts';

const SETUP_MS = 10_000;
const DISPOSE_MS = 5_000;
const HOOKS: readonly HookName[] = [
  'pre-spawn',
  'pre-command',
  'budget-check',
  'on-crash',
  'on-output',
  'session-start',
  'session-end',
  'pre-edit',
  'post-edit',
  'post-command',
];

/** The parts of a context that do not change with the generation. */
export type ContextBase = Pick<PluginContext, 'name' | 'log' | 'home' | 'kv' | 'fs' | 'env' | 'fetch'>;

/** A plugin of any options. */
export type AnyPlugin = PluginDefinition<never>;

export class FakeGeneration {
  readonly scope: TestScope;
  readonly context: PluginContext;
  readonly #kernel: FakeKernel;
  readonly #plugin: PluginDefinition;
  readonly #activators: (() => void)[] = [];
  readonly #whenReady: (() => void)[] = [];
  #taps: readonly TestTap[] = [];
  #provisions: readonly Provision[] = [];
  #take: (() => unknown) | undefined;
  #active = false;

  constructor(kernel: FakeKernel, plugin: AnyPlugin, base: ContextBase, config: Record<string, unknown>, previous: Previous | undefined) {
    this.#kernel = kernel;
    this.#plugin = plugin as unknown as PluginDefinition;
    this.scope = new TestScope((message) => kernel.complain(base.name, message));
    this.context = Object.freeze({ ...base, config, previous, signal: this.scope.signal, ...this.#doors() });
  }

  /** Runs setup. On failure everything is undone and the fake kernel is as before. */
  async stage(): Promise<void> {
    const { name, needs = [], provides = [], hooks = {}, setup } = this.#plugin;
    try {
      const missing = needs.find((service) => !this.#kernel.services.has(service));
      if (missing !== undefined) throw testError('VP_GRAPH_MISSING', { plugin: name, service: missing }, { plugin: name });
      for (const [hook, tap] of Object.entries(hooks)) {
        const { handler, ...options } = typeof tap === 'function' ? { handler: tap } : (tap as TapOptions & { handler: unknown });
        this.context.hook(hook as HookName, handler as Tap<HookName>, options);
      }
      if (setup && !(await within(SETUP_MS, () => this.scope.leaks.run(() => setup(this.context)))))
        throw testError('VP_SETUP_TIMEOUT', { plugin: name, ms: SETUP_MS }, { plugin: name });
      const absent = provides.find((service) => !this.#provisions.some((one) => one.name === service));
      if (absent !== undefined) throw testError('VP_SERVICE_MISSING', { plugin: name, service: absent }, { plugin: name });
      this.#kernel.check(name, this.#taps);
    } catch (error) {
      await this.scope.dispose(DISPOSE_MS);
      throw isVpError(error) ? error : testError('VP_SETUP_FAILED', { plugin: name, why: reasonOf(error) }, { plugin: name, cause: error });
    }
  }

  /** Takes the place of the one before, in one synchronous step. */
  activate(old?: FakeGeneration): void {
    this.#kernel.replace(this.#plugin.name, this.#taps);
    for (const provision of this.#provisions) this.#kernel.services.provide(provision);
    const kept = new Set(this.#provisions.map((one) => one.name));
    old?.deactivate(kept);
    this.#active = true;
    for (const activate of this.#activators) this.#call('onActivate', activate);
    // In a fake kernel every plugin that is there has started.
    for (const begin of this.#whenReady) this.#call('onReady', begin);
  }

  /** Takes back what it put up, except services that another now provides. */
  deactivate(kept: ReadonlySet<string> = new Set()): void {
    this.#active = false;
    for (const provision of this.#provisions) if (!kept.has(provision.name)) this.#kernel.services.withdraw(provision);
  }

  dispose(): Promise<StopReport> {
    return this.scope.dispose(DISPOSE_MS);
  }

  /** What the next version gets, as plain JSON. */
  async snapshot(): Promise<unknown> {
    try {
      const state = await this.#take?.();
      return state === undefined ? undefined : JSON.parse(JSON.stringify(state));
    } catch (error) {
      this.#kernel.complain(this.#plugin.name, 'its snapshot failed; the next version starts without it', { error });
      return undefined;
    }
  }

  #doors(): Omit<PluginContext, keyof ContextBase | 'config' | 'previous' | 'signal'> {
    const { name, fires = [], provides = [], needs = [], wants = [] } = this.#plugin;
    const { services } = this.#kernel;
    const own: PluginContext['own'] = (label, thing) => this.scope.own(label, thing);
    const declared = (ref: ServiceRef, lists: readonly string[]): void => {
      const service = serviceName(ref);
      if (!lists.includes(service)) throw testError('VP_SERVICE_UNDECLARED', { plugin: name, service }, { plugin: name });
    };
    return {
      own,
      hook: (hook, tap, options = {}) => own(`tap ${hook}`, this.#tap(hook, tap, options)),
      fire: <H extends HookName>(hook: H, payload: unknown) => {
        if (!fires.includes(hook)) throw testError('VP_HOOK_NOT_FIRED', { plugin: name, hook }, { plugin: name });
        return this.#kernel.fire(hook, payload) as HookResults[H];
      },
      provide: (ref, implementation) => {
        declared(ref, provides);
        const provision = provisionOf(ref, name, implementation, (act) => this.scope.leaks.run(act));
        this.#provisions = [...this.#provisions, provision];
        if (this.#active) services.provide(provision);
        own(`service ${provision.name}`, () => services.withdraw(provision));
        return { emit: (event, payload) => services.emit(provision, event, payload) };
      },
      use: (ref) => {
        declared(ref, [...needs, ...wants]);
        return services.facade(ref, own);
      },
      discover: (listener) => {
        const details = { plugin: name, hint: 'Add `discovers: true` to its manifest.' };
        if (this.#plugin.discovers !== true) throw testError('VP_SERVICE_UNDECLARED', { plugin: name, service: 'all services' }, details);
        return own(
          'discover',
          services.discover((ref) => this.scope.leaks.run(() => listener(ref, services.facade(ref, own)))),
        );
      },
      has: (ref) => services.has(serviceName(ref)),
      setTimeout: (fn, ms) => this.#timer('timeout', fn, ms),
      setInterval: (fn, ms) => this.#timer('interval', fn, ms),
      shared: (key, create, dispose) => {
        const { value, release } = this.#kernel.hold(`${name} ${key}`, create, dispose);
        own(`shared ${key}`, release);
        return value;
      },
      onActivate: (fn) => void this.#activators.push(fn),
      onReady: (fn) => (this.#active ? this.#call('onReady', fn) : void this.#whenReady.push(fn)),
      snapshot: (take) => void (this.#take = take),
      liveFiles: () => [],
      workspace: (dir) => {
        this.#kernel.workspaces.add(dir);
        return own(`workspace ${dir}`, () => void this.#kernel.workspaces.delete(dir));
      },
    };
  }

  #call(what: string, fn: () => void): void {
    try {
      this.scope.leaks.run(fn);
    } catch (error) {
      this.#kernel.complain(this.#plugin.name, `${what} threw`, { error });
    }
  }

  #tap(hook: string, handler: unknown, options: TapOptions): Undo {
    const { name } = this.#plugin;
    const known = HOOKS.find((one) => one === hook);
    if (known === undefined) throw testError('VP_HOOK_UNKNOWN', { hook, known: HOOKS.join(', ') }, { plugin: name });
    if (typeof handler !== 'function') throw testError('VP_HOOK_NOT_FUNCTION', { hook, plugin: name }, { plugin: name });
    const call = handler as (payload: unknown, ctx: PluginContext) => unknown;
    const tap = newTap(known, name, options, (payload) => this.scope.leaks.run(() => call(payload, this.context)));
    this.#setTaps([...this.#taps, tap]);
    return () => this.#setTaps(this.#taps.filter((one) => one !== tap));
  }

  #setTaps(taps: readonly TestTap[]): void {
    if (this.#active) this.#kernel.check(this.#plugin.name, taps);
    this.#taps = taps;
    if (this.#active) this.#kernel.replace(this.#plugin.name, taps);
  }

  #timer(kind: 'timeout' | 'interval', fn: () => void, ms: number): Undo {
    let undo: Undo = () => undefined;
    const timer = kind === 'interval' ? setInterval(fn, ms) : setTimeout(() => (void undo(), fn()), ms);
    undo = this.scope.own(`${kind} ${ms} ms`, () => clearTimeout(timer));
    return undo;
  }
}
