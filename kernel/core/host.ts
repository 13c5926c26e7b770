/** What the kernel lends to each generation of a plugin, and what it knows of itself while it runs. */
import type { HookName, Logger } from '@vp/sdk';
import type { Config } from '../loader/config.ts';
import type { LoadContext } from '../loader/load.ts';
import type { Events, KernelState } from './events.ts';
import type { PluginRecord } from './plugin.ts';
import { Services } from './services.ts';
import { Shared } from './shared.ts';
import { Taps } from '../hooks/taps.ts';
import { Workspaces } from './workspaces.ts';

/** Lent to plugins. */
export interface Host {
  /** The state folder. */
  readonly home: string;
  /** Where relative paths of the config start. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly taps: Taps;
  readonly services: Services;
  readonly shared: Shared;
  readonly workspaces: Workspaces;
  /** Files of sandboxed plugins: what is saved there is in force at once. */
  liveFiles(): readonly string[];
  /** Whether all configured plugins have started. */
  isReady(): boolean;
  /** A plugin's logger. */
  log(plugin: string): Logger;
  /** Milliseconds of `setup`, `drain`, `dispose`, or of a hook. */
  deadlineMs(step: string): number;
}

/** A kernel's state. */
export interface Running {
  readonly records: Map<string, PluginRecord>;
  readonly host: Host;
  readonly events: Events;
  config: Config | undefined;
  state: KernelState;
  /** Reads the config anew; undefined where it was given as an object. @throws as `loadConfig` */
  readConfig(): Promise<Config> | undefined;
  loadContext(config: Config): LoadContext;
}

/** What a host is made from. */
export interface HostSettings {
  readonly home: string;
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: (plugin: string) => Logger;
}

const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const UNKNOWN_DEADLINE_MS = 10_000;

/** Makes the host of a kernel. `running` is asked at each use: the config changes while it runs. */
export function makeHost({ home, baseDir, env, log = () => SILENT }: HostSettings, running: () => Running, events: Events): Host {
  const deadlineMs = (what: string): number => running().config?.deadlines[what] ?? UNKNOWN_DEADLINE_MS;
  const order = { names: () => [...running().records.keys()], closedBy: (hook: HookName) => closedBy(hook, running()), deadlineMs };
  const taps = new Taps(order, {
    failed: (hook, plugin, error) => {
      running().records.get(plugin)?.noteError(error);
      events.emit('tap-failed', { hook, plugin, error });
    },
    shadowed: (hook, plugin, answer) => events.emit('shadowed', { hook, plugin, answer }),
  });
  const services = new Services((service, event, error) =>
    log('kernel').error({ service, event, error: String(error) }, 'a listener threw'),
  );
  const isReady = (): boolean => running().state === 'ready';
  const liveFiles = (): readonly string[] =>
    [...running().records.values()].flatMap((record) => (record.loaded.tier === 'sandboxed' ? record.files : []));
  const own = { shared: new Shared(), workspaces: new Workspaces() };
  return { home, baseDir, env, taps, services, ...own, liveFiles, isReady, log, deadlineMs };
}

/** The first required plugin whose absence closes a hook. */
function closedBy(hook: HookName, { config, records }: Running): { plugin: string; back?: Promise<unknown> } | undefined {
  for (const name of config?.required ?? []) {
    const record = records.get(name);
    if (record === undefined) return { plugin: name };
    if (record.closes(hook)) return { plugin: name, ...(record.back === undefined ? {} : { back: record.back }) };
  }
  return undefined;
}
