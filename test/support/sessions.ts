/** A small stand-in for the kernel: enough to run @vp/claude, swap it, and take it down as a dying kernel would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '@vp/schemas';
import type { Charter, CompiledCharter, HookName, HookTypes, PluginContext, Remote, SessionEvents, Sessions, Store, Undo } from '@vp/sdk';
import manifest from '../../plugins/claude/plugin.json' with { type: 'json' };
import claude from '../../plugins/claude/index.ts';

/** Something that happened, in order. */
export interface Happening {
  readonly name: string;
  readonly payload: unknown;
  /** Which generation of the plugin told it. */
  readonly generation: number;
}

/** Answers of taps, by hook. */
export type Taps = {
  -readonly [H in HookName]?: (payload: HookTypes[H]['payload']) => Awaited<HookTypes[H]['result']> | HookTypes[H]['result'];
};

/** What the stand-in is made of. */
export interface HostOptions {
  readonly home?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly taps?: Taps;
  readonly variables?: Readonly<Record<string, string>>;
  readonly charter?: (charter: Charter) => Charter;
  /** Only `transact` is called. Default: there is no store. */
  readonly store?: Pick<Store, 'transact'>;
}

/** A running stand-in. */
export interface Host {
  readonly home: string;
  readonly sessions: Sessions;
  /** Hooks and events, oldest first. */
  readonly log: Happening[];
  readonly taps: Taps;
  charter: CompiledCharter;
  /** Starts a generation of the plugin beside the old one, swaps, and ends the old one. */
  swap(): Promise<void>;
  /** Ends the plugin. Sessions go on. */
  stop(): Promise<void>;
  /** Waits until something that happened fits. */
  until(name: string, fits?: (payload: never) => boolean): Promise<Happening>;
  payloads<T>(name: string): T[];
  /** The service as a command gets it. */
  remote(): Remote<Sessions, SessionEvents>;
}

/** The built-in charter, as the charter plugin would give it. */
export function plainCharter(): Charter {
  return {
    name: 'default',
    role: 'engineer',
    tier: 1,
    identity: { name: 'Default' },
    capabilities: [],
    responsibilities: [],
    objectives: [],
    constraints: {
      forbiddenCommands: [],
      forbiddenPatterns: [],
      requiredApprovals: [],
      autoApprove: [],
      requireConfirmation: [],
      alwaysReject: [],
      escalate: [],
    },
    resources: { tokenBudget: {} },
    operational: { env: [], trustProject: false, sshAgent: false },
  };
}

/** Starts the stand-in with one generation of the plugin. */
export async function startHost(options: HostOptions = {}): Promise<Host> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'vp-home-')));
  const log: Happening[] = [];
  const waiting = new Set<() => void>();
  const listeners = new Map<string, Set<(payload: never) => void>>();
  const taps: Taps = { ...options.taps };
  const shared = new Map<string, unknown>();
  const config = { ...structuredClone(options.config ?? {}) };
  const problems = compile(manifest.config)(config);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  let current: { dispose: () => Promise<void>; service: Sessions; number: number } | undefined;
  let generations = 0;
  const charter = { id: 'default', hash: 'hash-1', charter: (options.charter ?? ((one) => one))(plainCharter()) };

  const tell = (generation: number, name: string, payload: unknown): void => {
    log.push({ name, payload, generation });
    for (const wake of waiting) wake();
    for (const listener of listeners.get(name) ?? []) listener(payload as never);
  };

  const load = async (): Promise<void> => {
    const number = (generations += 1);
    const owned: Undo[] = [];
    const own = (_label: string, thing: unknown): Undo => {
      let done = false;
      const undo: Undo = () => (done ? undefined : ((done = true), (thing as Undo)()));
      owned.push(undo);
      return undo;
    };
    const activators: (() => void)[] = [];
    let service: Sessions | undefined;
    const fields = (level: string) => (first: unknown, message?: string) =>
      tell(number, `log ${level}`, message === undefined ? first : { ...(first as object), message });
    const ctx = {
      name: '@vp/claude',
      config,
      home,
      previous: undefined,
      signal: new AbortController().signal,
      log: { debug: fields('debug'), info: fields('info'), warn: fields('warn'), error: fields('error') },
      env: { get: (name: string) => options.variables?.[name] },
      fetch: globalThis.fetch,
      own,
      fire(hook: HookName, payload: unknown) {
        tell(number, hook, payload);
        const answer = (taps[hook] as ((payload: unknown) => unknown) | undefined)?.(payload);
        switch (hook) {
          case 'pre-spawn':
            return Promise.resolve(answer ?? { spec: payload });
          case 'pre-command':
            return Promise.resolve(answer ?? []);
          case 'budget-check':
            return Promise.resolve(answer ?? { severity: 'ok', reasons: [] });
          default:
            return undefined;
        }
      },
      provide: (_ref: unknown, implementation: Sessions) => {
        service = implementation;
        return { emit: (event: keyof SessionEvents, payload: unknown) => current?.number === number && tell(number, event, payload) };
      },
      use: (ref: { id: string }) =>
        ref.id === 'store'
          ? options.store
          : {
              resolve: () => Promise.resolve(host.charter),
              current: () => host.charter,
              instructions: (_id: string, { task }: { task: string }) => `# Session instructions\n\nSESSION-INSTRUCTIONS\n\n${task}\n`,
              on: () => () => undefined,
            },
      has: (ref: { id: string }) => ref.id !== 'policy' && (ref.id !== 'store' || options.store !== undefined),
      setTimeout: (fn: () => void, ms: number) => {
        const timer = setTimeout(fn, ms);
        return own('timeout', () => clearTimeout(timer));
      },
      setInterval: (fn: () => void, ms: number) => {
        const timer = setInterval(fn, ms);
        return own('interval', () => clearInterval(timer));
      },
      shared: (key: string, create: () => unknown) => {
        if (!shared.has(key)) shared.set(key, create());
        return shared.get(key);
      },
      onActivate: (fn: () => void) => void activators.push(fn),
      // Nobody else is started here, so everybody is.
      onReady: (fn: () => void) => fn(),
      snapshot: () => undefined,
      workspace: () => () => undefined,
    };
    await claude.setup?.(ctx as unknown as PluginContext<never>);
    if (service === undefined) throw new Error('the plugin provides no service');
    const old = current;
    const dispose = async (): Promise<void> => {
      for (const undo of owned.reverse()) await undo();
    };
    current = { dispose, service, number };
    for (const activate of activators) activate();
    await old?.dispose();
  };

  const host: Host = {
    home,
    log,
    taps,
    charter,
    // Each call goes to the generation in force, as through a facade.
    sessions: new Proxy({} as Sessions, {
      get:
        (_target, method: keyof Sessions) =>
        (...args: unknown[]) => {
          if (current === undefined) throw new Error('no generation is in force');
          return (current.service[method] as (...args: unknown[]) => unknown).apply(current.service, args);
        },
    }),
    swap: load,
    async stop() {
      await current?.dispose();
      shared.clear();
    },
    until: async (name, fits = () => true) => {
      for (;;) {
        const found = log.find((one) => one.name === name && fits(one.payload as never));
        if (found) return found;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    remote: () =>
      new Proxy({} as Remote<Sessions, SessionEvents>, {
        get: (_target, method: string) => {
          if (method !== 'on')
            return async (...args: unknown[]) => (host.sessions[method as keyof Sessions] as (...args: unknown[]) => unknown)(...args);
          return (event: string, listener: (payload: never) => void) => {
            const set = listeners.get(event) ?? new Set();
            listeners.set(event, set.add(listener));
            return () => set.delete(listener);
          };
        },
      }),
    payloads: <T>(name: string) => log.filter((one) => one.name === name).map((one) => one.payload as T),
  };
  await load();
  return host;
}

/** Removes a state folder. */
export async function removeHome(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Waits until something is so. */
export async function eventually(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 20));
}
