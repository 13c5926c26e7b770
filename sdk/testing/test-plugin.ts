/** Runs a plugin in a fake kernel, in memory. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginManifest } from '@vp/schemas/types';
import type { PluginContext } from '../context.ts';
import type { PluginDefinition } from '../define.ts';
import type { HookName, HookResults, HookTypes } from '../hooks.ts';
import { serviceName, type Facade, type ServiceRef } from '../service.ts';
import { testError } from './errors.ts';
import { FakeGeneration, type AnyPlugin, type ContextBase } from './fake-generation.ts';
import { FakeKernel } from './fake-kernel.ts';
import { fake, provisionOf, type FakeService } from './fake-services.ts';
import { environment, files, keyValue, logger, type LogLine } from './memory.ts';
import type { StopReport } from './scope.ts';
import { freezeDeep, type TapRow } from './taps.ts';

/** What a test may set up around a plugin. All of it may be left out. */
export interface TestOptions {
  /** The plugin's options. Defaults of its config schema are filled in; they are not checked against it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What its `plugin.json` says, where it has one. */
  readonly manifest?: Partial<PluginManifest>;
  /** Services of plugins that are not there. */
  readonly services?: readonly FakeService[];
  /** A plugin under test whose kernel this one joins: they see each other's services and tap the same hooks. */
  readonly beside?: TestPlugin;
  readonly env?: Readonly<Record<string, string>>;
  /** Texts by path, for `ctx.fs`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Values that were stored before. */
  readonly kv?: Readonly<Record<string, unknown>>;
  /** The state folder. Default: a path where nothing is. */
  readonly home?: string;
  /** Default: one that refuses, since tests do not use the network. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A plugin that runs in a fake kernel. */
export interface TestPlugin {
  readonly name: string;
  /** The context of the current generation. */
  readonly ctx: PluginContext;
  /** Lines of all plugins in this fake kernel, oldest first; also what the kernel has to say of a tap that failed. */
  readonly log: readonly LogLine[];
  /** What it stored. */
  readonly kv: ReadonlyMap<string, unknown>;
  /** What `ctx.fs` holds, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Its taps in force. */
  readonly taps: readonly TapRow[];
  /** Labels of what it owns, oldest first. */
  readonly owned: readonly string[];
  /** Fires a hook over all plugins of this fake kernel, and folds their answers as the real one does. */
  fire<H extends HookName>(hook: H, payload: HookTypes[H]['payload']): HookResults[H];
  /** A facade of a service that it, or a plugin beside it, provides. */
  use<T extends object, E extends object>(ref: ServiceRef<T, E>): Facade<T, E>;
  /** Provides a service in the place of a plugin. `emit` sends an event of it. */
  provide<T extends object, E extends object>(
    ref: ServiceRef<T, E>,
    implementation: Partial<T>,
  ): { emit<K extends keyof E & string>(event: K, payload: E[K]): void; withdraw(): void };
  /**
   * Swaps in another version, as a reload does: it is set up with the snapshot of this one, takes its place in one step, and then this
   * one is ended. Where setup fails, this one goes on. Gives what became of the old one.
   */
  reload(definition: AnyPlugin, config?: Readonly<Record<string, unknown>>): Promise<StopReport>;
  /** Ends the plugin, and says what of it is still there. */
  stop(): Promise<StopReport>;
}

const kernels = new WeakMap<TestPlugin, FakeKernel>();

/**
 * Sets a plugin up in a fake kernel.
 * @throws what the real kernel throws: VP_SETUP_FAILED, VP_GRAPH_MISSING, VP_SERVICE_MISSING, VP_HOOK_UNKNOWN, VP_AFTER_UNKNOWN, …
 */
export async function testPlugin(definition: AnyPlugin, options: TestOptions = {}): Promise<TestPlugin> {
  const kernel = (options.beside && kernels.get(options.beside)) ?? new FakeKernel();
  const { name } = definition;
  if (kernel.plugins.has(name)) throw testError('VP_PLUGIN_DUPLICATE', { plugin: name }, { plugin: name });
  const kv = new Map(Object.entries(options.kv ?? {}));
  const texts = new Map(Object.entries(options.files ?? {}));
  const base = contextBase(name, kernel, options, kv, texts);
  const provide: TestPlugin['provide'] = (ref, implementation) => provideFake(kernel, fake(ref, implementation));
  for (const service of options.services ?? []) provideFake(kernel, service);

  let plugin = withManifest(definition, options.manifest);
  let current = new FakeGeneration(kernel, plugin, base, freezeDeep(withDefaults(plugin.config, options.config ?? {})), undefined);
  await current.stage();
  current.activate();

  const running: TestPlugin = {
    name,
    get ctx() {
      return current.context;
    },
    log: kernel.log,
    kv,
    files: texts,
    get taps() {
      return kernel.taps(name).map(({ run: _run, ...row }) => row);
    },
    get owned() {
      return current.scope.labels;
    },
    fire: <H extends HookName>(hook: H, payload: HookTypes[H]['payload']) => kernel.fire(hook, payload) as HookResults[H],
    use: (ref) => kernel.services.facade(ref, (_label, undo) => undo),
    provide,
    async reload(next, changedConfig) {
      const version = plugin.version ?? '0.0.0';
      const following = withManifest(next, options.manifest);
      const nextConfig = freezeDeep(withDefaults(following.config, changedConfig ?? options.config ?? {}));
      const generation = new FakeGeneration(kernel, following, base, nextConfig, { version, state: await current.snapshot() });
      await generation.stage();
      const old = current;
      [plugin, current] = [following, generation];
      generation.activate(old);
      return old.dispose();
    },
    async stop() {
      current.deactivate();
      kernel.remove(name);
      return current.dispose();
    },
  };
  kernels.set(running, kernel);
  return running;
}

function contextBase(
  name: string,
  kernel: FakeKernel,
  options: TestOptions,
  kv: Map<string, unknown>,
  texts: Map<string, string>,
): ContextBase {
  return {
    name,
    log: logger(name, kernel.log),
    home: options.home ?? join(tmpdir(), 'vp-test-home-that-is-not-there'),
    kv: keyValue(kv),
    fs: files(texts),
    env: environment(options.env ?? {}),
    fetch: options.fetch ?? (() => Promise.reject(new Error('tests do not use the network: give testPlugin the option fetch'))),
  };
}

function provideFake(
  kernel: FakeKernel,
  { ref, implementation }: FakeService,
): { emit(event: string, payload: unknown): void; withdraw(): void } {
  const provision = provisionOf(ref, `fake of ${serviceName(ref)}`, implementation);
  kernel.services.provide(provision);
  return { emit: (event, payload) => kernel.services.emit(provision, event, payload), withdraw: () => kernel.services.withdraw(provision) };
}

/** A package says in plugin.json what a single file says in its definition. */
function withManifest(definition: AnyPlugin, manifest: Partial<PluginManifest> = {}): PluginDefinition<never> {
  const { entry: _entry, commands: _commands, $schema: _schema, ...rest } = manifest;
  return { ...rest, ...definition };
}

/** Fills in the defaults of a config schema, section by section. */
function withDefaults(schema: unknown, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { default?: unknown; properties?: unknown }> };
  const filled: Record<string, unknown> = structuredClone({ ...config });
  for (const [key, property] of Object.entries(properties)) {
    if (filled[key] === undefined && property.default !== undefined) filled[key] = structuredClone(property.default);
    if (isSection(filled[key])) filled[key] = withDefaults(property, filled[key]);
  }
  return filled;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
