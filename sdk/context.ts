/** What a plugin holds while it lives. Everything caused through it is undone when the plugin stops. */
import type { HookName, HookResults, HookTypes, Tap, TapOptions } from './hooks.ts';
import type { Facade, ServiceRef } from './service.ts';

/** Takes something back. Safe to call more than once. */
export type Undo = () => void | Promise<void>;

/** Something that can be ended: a function, or an object with one of the usual methods. */
export type Disposable =
  | Undo
  | { dispose(): void | Promise<void> }
  | { close(): void | Promise<void> }
  | { [Symbol.dispose](): void }
  | { [Symbol.asyncDispose](): Promise<void> };

/** A logger bound to the plugin. Fields first, then the message, as in pino; or the message alone. */
export interface Logger {
  debug(message: string): void;
  debug(fields: object, message: string): void;
  info(message: string): void;
  info(fields: object, message: string): void;
  warn(message: string): void;
  warn(fields: object, message: string): void;
  error(message: string): void;
  error(fields: object, message: string): void;
}

/** What the version before left behind, when a plugin is reloaded. */
export interface Previous {
  readonly version: string;
  /** What its `snapshot` gave, as plain JSON; `undefined` where it gave none. */
  readonly state: unknown;
}

/** Small durable values of the plugin's own, kept as JSON in the state folder. */
export interface KeyValue {
  get(key: string): Promise<unknown>;
  /** @throws TypeError where the value is not JSON. */
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
}

/** Text files. Relative paths start at the folder of the config file. */
export interface Files {
  readText(path: string): Promise<string>;
  writeText(path: string, text: string): Promise<void>;
  list(path: string): Promise<string[]>;
}

/** Environment variables of the kernel. */
export interface Env {
  get(name: string): string | undefined;
}

/** The context of one generation of a plugin. */
export interface PluginContext<C = Record<string, unknown>> {
  /** The plugin's name. */
  readonly name: string;
  /** Its options: validated, defaults filled in. */
  readonly config: C;
  readonly log: Logger;
  /** Aborted when this generation is disposed. */
  readonly signal: AbortSignal;
  /** The kernel's state folder (`$VP_HOME`). Kernel trust only. */
  readonly home: string;
  /** Set when this generation replaces another. */
  readonly previous: Previous | undefined;
  readonly kv: KeyValue;
  readonly fs: Files;
  readonly env: Env;
  readonly fetch: typeof globalThis.fetch;

  /** Taps a hook. In a reload the tap counts from the swap on, with all the others of this generation. */
  hook<H extends HookName>(name: H, tap: Tap<H>, options?: TapOptions): Undo;
  /** Fires a hook that the manifest declares under `fires`. Kernel trust only. */
  fire<H extends HookName>(name: H, payload: HookTypes[H]['payload']): HookResults[H];
  /** Offers a service. `emit` sends an event to all who subscribed through their facade. */
  provide<T extends object, E extends object>(
    ref: ServiceRef<T, E>,
    implementation: T,
  ): { emit<K extends keyof E & string>(event: K, payload: E[K]): void };
  /** A lasting facade of a service. @throws VP_SERVICE_UNDECLARED where the manifest does not name it under `needs` or `wants`. */
  use<T extends object, E extends object>(ref: ServiceRef<T, E>): Facade<T, E>;
  /**
   * Tells of every service that is provided now or later, each with a lasting facade: once for each `id@major`, and again only where a
   * new version of its provider describes it otherwise. Kernel trust only.
   * @throws VP_SERVICE_UNDECLARED where the manifest does not say `discovers: true`
   */
  discover(listener: (ref: ServiceRef, facade: Facade<object, Record<string, unknown>>) => void): Undo;
  /** Whether somebody provides the service now. */
  has(ref: ServiceRef): boolean;
  /** Ties something to this generation's life. The last owned is disposed first. */
  own(label: string, thing: Disposable): Undo;
  /** Runs `fn` after `ms` milliseconds unless the plugin stops first. */
  setTimeout(fn: () => void, ms: number): Undo;
  /** Runs `fn` every `ms` milliseconds until the plugin stops. */
  setInterval(fn: () => void, ms: number): Undo;
  /**
   * One value for all generations that overlap: made by the first who asks, its `dispose` called when the last has gone. For
   * what cannot exist twice: a port, a lock, a database handle.
   */
  shared<T>(key: string, create: () => T, dispose?: (value: T) => void | Promise<void>): T;
  /** Runs `fn` in the very step that makes this generation the current one, also at first start. It must not wait. */
  onActivate(fn: () => void): void;
  /**
   * Runs `fn` once all configured plugins have started, at once where they have. For work that others must have a say in, such as
   * going on with what an earlier kernel left.
   */
  onReady(fn: () => void): void;
  /** What to hand to the next version: plain JSON, or a promise of it, taken just before that one is set up. */
  snapshot(take: () => unknown): void;
  /** Absolute paths of files whose change takes effect by itself: those of sandboxed plugins, now. Kernel trust only. */
  liveFiles(): readonly string[];
  /** Says that an agent works in `dir`: kernel-trust code below it is then staged for `vp reload`, never applied by itself. */
  workspace(dir: string): Undo;
}
