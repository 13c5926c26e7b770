/**
 * The kernel: config → graph → stage → run → stop. It holds the plugins and does nothing by itself; every capability is one of
 * theirs.
 */
import { dirname, join, resolve } from 'node:path';
import type { VpConfig } from '@vp/schemas';
import type { Facade, ServiceRef, Undo } from '@vp/sdk';
import { stopCompiler } from '../loader/bundle.ts';
import { configOf, loadConfig, type Config, type ConfigContext } from '../loader/config.ts';
import type { LoadContext } from '../loader/load.ts';
import { Watcher } from '../loader/watcher.ts';
import { Changes } from '../reload/changes.ts';
import { kernelError } from './errors.ts';
import { Events, type KernelEvents, type KernelState } from './events.ts';
import { homeOf } from './home.ts';
import { makeHost, type Running } from './host.ts';
import { takeDown } from './lifecycle.ts';
import type { KernelOptions } from './options.ts';
import type { PluginRecord, PluginStatus } from './plugin.ts';
import type { Outcome } from '../reload/replace.ts';
import { Runtimes } from './runtime.ts';
import { startPlugins } from './start.ts';

export { homeOf };
export type { KernelOptions };

/** What a kernel is and how it is. */
export interface KernelStatus {
  readonly state: KernelState;
  /** Epoch milliseconds. */
  readonly startedAt: number | null;
  readonly config: string | null;
  readonly plugins: readonly PluginStatus[];
  /** What waits for `reload`: plugin names, or `vp.config`. */
  readonly staged: readonly string[];
}

/** Makes a kernel from a config, or from the path of a config file. Nothing runs before `start`. */
export function createKernel(config: VpConfig | string, options: KernelOptions = {}): Kernel {
  return new Kernel(config, options);
}

/** A file counts as written once it has been stable for so long. */
const QUIET_MS = 50;

export class Kernel {
  readonly home: string;
  readonly #source: VpConfig | string;
  readonly #options: KernelOptions;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #events = new Events();
  readonly #running: Running;
  readonly #changes: Changes;
  readonly #watcher: Watcher;
  readonly #runtimes: Runtimes | undefined;
  #startedAt: number | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: VpConfig | string, options: KernelOptions) {
    this.#source = source;
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.home = options.home ?? homeOf(this.#env);
    const host = makeHost({ ...options, home: this.home, env: this.#env, baseDir: this.#baseDir }, () => this.#running, this.#events);
    this.#running = {
      records: new Map(),
      events: this.#events,
      host,
      config: undefined,
      state: 'stopped',
      readConfig: () => (typeof source === 'string' ? this.#readConfig() : undefined),
      loadContext: (config) => this.#loadContext(config),
    };
    this.#runtimes = options.runtime && new Runtimes(options.runtime, host, (plugin) => this.#tell(plugin));
    this.#changes = new Changes(this.#running);
    this.#watcher = new Watcher(
      () => this.#debounceMs,
      (files) => void this.#exclusive(() => this.#onFiles(files)),
    );
  }

  /**
   * Starts every plugin in order. Where one fails, those before it are stopped again and nothing runs.
   * @throws any error of the table in errors.ts
   */
  async start(): Promise<void> {
    if (this.#running.state !== 'stopped' || this.#startedAt !== null)
      throw kernelError('VP_KERNEL_STATE', { state: this.#running.state, act: 'start' });
    this.#setState('starting');
    this.#startedAt = Date.now();
    await this.#exclusive(() => this.#start());
  }

  async #start(): Promise<void> {
    try {
      this.#running.config = await this.#readConfig();
      await startPlugins(this.#running, this.#running.config, () => this.#checkStarting());
      this.#checkStarting();
    } catch (error) {
      await this.#stopPlugins();
      this.#setState('stopped');
      throw error;
    }
    this.#setState('ready');
    for (const record of this.#running.records.values())
      record.current?.runAll(record.current.readiers, (error) => record.noteError(error));
    await this.#watch();
  }

  /** Stops every plugin, the last started first. Safe to call more than once. */
  async stop(): Promise<void> {
    if (this.#running.state === 'stopped') return;
    this.#setState('draining');
    await this.#watcher.close();
    await this.#exclusive(() => this.#stopPlugins());
    this.#setState('stopped');
  }

  /**
   * Applies what has changed on disk, also what is staged: one plugin, or the config and all plugins.
   * @throws VP_PLUGIN_UNKNOWN, VP_KERNEL_STATE; a version that is refused is an outcome, not an error
   */
  async reload(name?: string): Promise<readonly Outcome[]> {
    if (this.#running.state !== 'ready') throw kernelError('VP_KERNEL_STATE', { state: this.#running.state, act: 'reload' });
    return this.#exclusive(async () => {
      if (name !== undefined) this.#record(name);
      const outcomes = name === undefined ? await this.#changes.reloadAll() : await this.#changes.reloadPlugins([name]);
      await this.#watch();
      return outcomes;
    });
  }

  /** Stops one plugin; `reload(name)` starts it again. Where it is required, its guard hooks deny meanwhile. */
  async stopPlugin(name: string): Promise<void> {
    await this.#exclusive(async () => {
      const record = this.#record(name);
      record.state = 'stopped';
      await takeDown(record, this.#running.host);
      this.#events.emit('plugin', record.status());
    });
  }

  /** A lasting facade of a service, for the process around the kernel. */
  use<T extends object, E extends object>(ref: ServiceRef<T, E>): Facade<T, E> {
    return this.#running.host.services.facade(ref, (_label, undo) => undo);
  }

  /** Calls `listener` at each event until undone. */
  on<K extends keyof KernelEvents>(event: K, listener: (payload: KernelEvents[K]) => void): Undo {
    return this.#events.on(event, listener);
  }

  /** The config in force; undefined before `start`. */
  get config(): Config | undefined {
    return this.#running.config;
  }

  status(): KernelStatus {
    return {
      state: this.#running.state,
      startedAt: this.#startedAt,
      config: this.#running.config?.file ?? null,
      plugins: [...this.#running.records.values()].map((record) => record.status()),
      staged: this.#changes.staged,
    };
  }

  /** @throws VP_KERNEL_STATE where a stop was asked for meanwhile. */
  #checkStarting(): void {
    if (this.#running.state !== 'starting') throw kernelError('VP_KERNEL_STATE', { state: this.#running.state, act: 'start' });
  }

  async #stopPlugins(): Promise<void> {
    for (const record of [...this.#running.records.values()].reverse()) {
      record.state = 'stopped';
      await takeDown(record, this.#running.host);
      this.#events.emit('plugin', record.status());
    }
    await this.#runtimes?.close();
    await stopCompiler();
  }

  async #onFiles(files: ReadonlySet<string>): Promise<void> {
    if (this.#running.state !== 'ready') return;
    await this.#changes.onFiles(files);
    await this.#watch();
  }

  async #watch(): Promise<void> {
    if (this.#running.config?.reload.watch !== true || this.#running.state !== 'ready') return;
    await this.#watcher.watch(this.#changes.files);
  }

  #loadContext({ baseDir }: Config): LoadContext {
    const deadlineMs = (what: string): number => this.#running.host.deadlineMs(what);
    const context = { baseDir, cacheDir: this.#cacheDir, env: this.#env, deadlineMs };
    return this.#runtimes === undefined ? context : { ...context, runtime: this.#runtimes.get };
  }

  /** Sandboxed plugins apply live, so a file that is being written must have been quiet for a while. */
  get #debounceMs(): number {
    const isLive = [...this.#running.records.values()].some((record) => record.loaded.tier === 'sandboxed');
    return Math.max(isLive ? QUIET_MS : 0, this.#running.config?.reload.debounceMs ?? 60);
  }

  #tell(plugin: string): void {
    const record = this.#running.records.get(plugin);
    if (record) this.#events.emit('plugin', record.status());
  }

  get #cacheDir(): string {
    return join(this.home, 'cache');
  }

  get #baseDir(): string {
    return typeof this.#source === 'string' ? dirname(resolve(this.#source)) : (this.#options.baseDir ?? process.cwd());
  }

  #readConfig(): Promise<Config> {
    const context: ConfigContext = { env: this.#env, cacheDir: this.#cacheDir, auto: this.#options.auto ?? 'outside-workspaces' };
    if (typeof this.#source === 'string') return loadConfig(this.#source, context);
    return Promise.resolve(configOf(this.#source, this.#baseDir, context));
  }

  #record(name: string): PluginRecord {
    const record = this.#running.records.get(name);
    if (record) return record;
    throw kernelError(
      'VP_PLUGIN_UNKNOWN',
      { plugin: name, known: [...this.#running.records.keys()].join(', ') || 'none' },
      { plugin: name },
    );
  }

  /** One change at a time, in the order in which they were asked for. */
  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #setState(state: KernelState): void {
    if (this.#running.state === state) return;
    this.#running.state = state;
    this.#events.emit('state', state);
  }
}
