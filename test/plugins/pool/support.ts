/** A pool with a store and sessions that lie outside of it, so that a kernel can die and another go on with them. */
import { randomUUID } from 'node:crypto';
import {
  charters,
  pool,
  recovery,
  sessions,
  store,
  VpError,
  type CompiledCharter,
  type Facade,
  type Pool,
  type PoolEvents,
  type PooledSessionRequest,
  type Recovery,
  type RecoveryEvents,
  type RestartPlan,
  type SessionConfig,
  type SessionCrashReport,
  type SessionRow,
  type SessionState,
  type Sessions,
  type Store,
  type StoredEvent,
} from '@vp/sdk';
import { sessionCrashReport, testPlugin, type TestPlugin } from '@vp/sdk/testing';
import manifest from '../../../plugins/pool/plugin.json' with { type: 'json' };
import plugin from '../../../plugins/pool/index.ts';
import { plainCharter } from '../../support/sessions.ts';

/** Documents and events in memory. What a dead kernel asks for is neither done nor answered. */
export class FakeStore {
  readonly documents = new Map<string, Map<string, { version: number; value: unknown }>>();
  readonly events: StoredEvent[] = [];
  /** Writes so far. */
  writes = 0;
  /** Thrown at each write while set. */
  fault: Error | undefined;

  of(collection: string): unknown[] {
    return [...(this.documents.get(collection)?.values() ?? [])].map(({ value }) => value);
  }

  /** The store as one kernel sees it. `beforeWrite` may say that the kernel dies before this write, or just after it. */
  connect(life: Life): Partial<Store> {
    return {
      transact: async (operations) => {
        await turn();
        if (life.dead) return never();
        if (this.fault) throw this.fault;
        this.writes += 1;
        life.writes += 1;
        if (life.writes === life.diesBefore) life.dead = true;
        if (life.dead) return never();
        const results = operations.map((operation) => this.#apply(structuredClone(operation)));
        if (life.writes === life.diesAfter) life.dead = true;
        return life.dead ? never() : results;
      },
      get: async (collection, id) => {
        await turn();
        const found = this.documents.get(collection)?.get(id);
        return life.dead ? never() : found === undefined ? null : { id, updatedAt: 0, ...structuredClone(found) };
      },
      list: async (collection, { after = '', limit = 1_000 } = {}) => {
        await turn();
        const all = [...(this.documents.get(collection) ?? [])].filter(([id]) => id > after).toSorted(([a], [b]) => (a < b ? -1 : 1));
        return all.slice(0, limit).map(([id, found]) => ({ id, updatedAt: 0, ...structuredClone(found) }));
      },
    };
  }

  #apply(operation: Parameters<Store['transact']>[0][number]): number | null {
    switch (operation.op) {
      case 'put': {
        const collection = this.documents.get(operation.collection) ?? new Map<string, { version: number; value: unknown }>();
        this.documents.set(operation.collection, collection);
        const version = (collection.get(operation.id)?.version ?? 0) + 1;
        collection.set(operation.id, { version, value: operation.value });
        return version;
      }
      case 'remove':
        this.documents.get(operation.collection)?.delete(operation.id);
        return null;
      case 'append': {
        const { stream, type, key = null, data } = operation;
        if (key !== null && this.events.some((event) => event.stream === stream && event.key === key)) return null;
        this.events.push({ seq: this.events.length + 1, at: Date.now(), stream, type, key, data });
        return this.events.length;
      }
    }
  }
}

/** The life of one kernel. */
export interface Life {
  dead: boolean;
  writes: number;
  readonly diesBefore?: number;
  readonly diesAfter?: number;
}

/** Sessions that are only rows. They outlive kernels. */
export class FakeSessions {
  readonly rows = new Map<string, SessionRow>();
  readonly configs: SessionConfig[] = [];
  readonly restarts: (RestartPlan & { readonly sessionId: string })[] = [];
  readonly crashes = new Map<string, SessionCrashReport>();
  /** The most that ran at the same time. */
  most = 0;
  /** Thrown by the next start. */
  faults: Error[] = [];
  /** Sessions are ready as soon as they are started. */
  quick = true;
  /** Resolves before each start. */
  gate: Promise<void> = Promise.resolve();
  tell: (event: string, payload: unknown) => void = () => undefined;

  get active(): SessionRow[] {
    return [...this.rows.values()].filter((row) => row.endedAt === null);
  }

  connect(life: Life): Partial<Sessions> {
    const begin = async (sessionId: string, row: SessionRow) => {
      await this.gate;
      await turn();
      if (life.dead) return never<never>();
      const fault = this.faults.shift();
      if (fault) throw fault;
      this.rows.set(sessionId, row);
      this.most = Math.max(this.most, this.active.length);
      if (this.quick) this.ready(sessionId);
      return { sessionId, pid: row.pid ?? 0, completion: new Promise<SessionRow>(() => undefined) };
    };
    return {
      checkConfig: (config) => {
        if (config.workingDirectory === '/missing') throw new VpError('VP_CWD_INVALID', 'no such directory');
      },
      adopted: () => Promise.resolve(),
      releaseSession: () => undefined,
      spawnSession: (config) => {
        const sessionId = config.sessionId ?? randomUUID();
        if (this.rows.has(sessionId)) throw new Error(`session ${sessionId} is there already`);
        this.configs.push(config);
        return begin(sessionId, sessionRow(config));
      },
      restartSession: (sessionId, plan) => {
        const row = this.rows.get(sessionId);
        if (row === undefined || row.endedAt === null) throw new Error(`session ${sessionId} cannot be restarted`);
        this.restarts.push({ sessionId, ...plan });
        return begin(sessionId, { ...row, state: 'initializing', attempts: row.attempts + 1, endedAt: null });
      },
      getSessionStatus: (sessionId) => this.rows.get(sessionId) ?? null,
      listSessions: () => [...this.rows.values()],
      getCrashReport: (sessionId) => this.crashes.get(sessionId) ?? null,
      terminateSession: async (sessionId) => {
        await turn();
        this.end(sessionId, 'terminated');
      },
    };
  }

  /** The agent is ready. */
  ready(sessionId: string): void {
    this.#change(sessionId, { state: 'running' });
    this.tell('session-state', { sessionId, state: 'running', previous: 'initializing' });
  }

  /** An attempt ends. */
  end(sessionId: string, state: SessionState = 'completed', change: Partial<SessionRow> = {}): void {
    const row = this.#change(sessionId, { ...change, state, endedAt: new Date().toISOString() });
    const isCrash = state === 'crashed' || state === 'failed';
    const crash = isCrash ? sessionCrashReport({ sessionId, attempt: row.attempts, state }) : null;
    if (crash) this.crashes.set(sessionId, crash);
    else this.crashes.delete(sessionId);
    this.tell('session-ended', { sessionId, status: row, crash });
  }

  #change(sessionId: string, change: Partial<SessionRow>): SessionRow {
    const row = this.rows.get(sessionId);
    if (row === undefined) throw new Error(`no session ${sessionId}`);
    const next = { ...row, ...change };
    this.rows.set(sessionId, next);
    return next;
  }
}

/** A session that has just been started. */
export function sessionRow(config: SessionConfig): SessionRow {
  return {
    sessionId: config.sessionId ?? randomUUID(),
    requestId: config.requestId ?? null,
    orchestrator: 'default',
    state: 'initializing',
    type: 'claude-code',
    governed: true,
    cwd: config.workingDirectory,
    priority: config.priority ?? 'medium',
    attempts: 1,
    pid: 4_321,
    createdAt: new Date().toISOString(),
    startedAt: new Date().toISOString(),
    endedAt: null,
    exitCode: null,
    signal: null,
    usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheCreationTokens: 4 },
    costUsd: 0.5,
    result: null,
    reason: null,
    agentSessionId: 'conversation',
    metrics: { commandsExecuted: 0, filesModified: 0, approvalsRequested: 0, denials: 0, errors: 0, turns: 1, executionTime: 100 },
    recentOutput: '',
  };
}

/** What is different in a test. */
export interface Setting {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly store?: FakeStore;
  readonly sessions?: FakeSessions;
  readonly recovery?: Partial<Recovery>;
  readonly charter?: (file: string | undefined) => CompiledCharter;
  readonly diesBefore?: number;
  readonly diesAfter?: number;
}

/** Something that the pool told. */
export interface Told {
  readonly event: keyof PoolEvents;
  readonly requestId?: string;
  readonly payload: never;
}

/** A pool that runs. */
export interface Running {
  readonly plugin: TestPlugin;
  readonly pool: Facade<Pool, PoolEvents>;
  readonly store: FakeStore;
  readonly sessions: FakeSessions;
  readonly life: Life;
  readonly told: Told[];
  /** Tells an event of the service recovery. */
  recover<K extends keyof RecoveryEvents>(event: K, payload: RecoveryEvents[K]): void;
  /** Events of one kind. */
  of<K extends keyof PoolEvents>(event: K): PoolEvents[K][];
  /** Ends the kernel without a warning: whatever it does from now on has no effect. */
  kill(): void;
  reload(config?: Readonly<Record<string, unknown>>): Promise<void>;
}

const EVENTS: readonly (keyof PoolEvents)[] = [
  'request-queued',
  'request-cancelled',
  'session-allocated',
  'session-released',
  'session-recovering',
  'request-ended',
  'pool-draining',
  'pool-drained',
];

const plugins: TestPlugin[] = [];

/** Starts a pool. The options are those of the plugin, with no look at the machine's memory. */
export async function startPool(setting: Setting = {}): Promise<Running> {
  const { store: kept = new FakeStore(), sessions: held = new FakeSessions(), diesBefore, diesAfter } = setting;
  const life: Life = {
    dead: false,
    writes: 0,
    ...(diesBefore === undefined ? {} : { diesBefore }),
    ...(diesAfter === undefined ? {} : { diesAfter }),
  };
  const config = { minFreeMemoryMb: 0, maxStarting: 100, ...setting.config };
  const plain = (file: string | undefined): CompiledCharter => ({ id: file ?? 'default', hash: 'h', charter: plainCharter() });
  const charterOf = setting.charter ?? plain;
  const compiled = new Map<string, CompiledCharter>();
  const beside = await testPlugin({ name: 'beside', setup: () => undefined });
  beside.provide(store, kept.connect(life));
  beside.provide(charters, {
    resolve: async (file) => {
      const one = charterOf(file);
      compiled.set(one.id, one);
      return one;
    },
    current: (id) => compiled.get(id),
  });
  const { emit } = beside.provide(sessions, held.connect(life));
  held.tell = (event, payload) => life.dead || (emit as (event: string, payload: unknown) => void)(event, payload);
  const recovering =
    setting.recovery && beside.provide(recovery, { getPark: () => null, abandonRecovery: () => Promise.resolve(), ...setting.recovery });
  const told: Told[] = [];
  const facade = beside.use(pool);
  for (const event of EVENTS) facade.on(event, (payload) => life.dead || told.push({ event, ...payload, payload: payload as never }));
  const running = await testPlugin(plugin, { manifest: manifest as never, config, beside });
  plugins.push(running, beside);
  return {
    plugin: running,
    pool: facade,
    store: kept,
    sessions: held,
    life,
    told,
    recover: (event, payload) => recovering?.emit(event, payload),
    of: <K extends keyof PoolEvents>(event: K) => told.filter((one) => one.event === event).map(({ payload }) => payload as PoolEvents[K]),
    kill: () => void (life.dead = true),
    reload: async (changed) => void (await running.reload(plugin, { ...config, ...changed })),
  };
}

/** Ends all pools of a test. */
export async function stopPools(): Promise<void> {
  for (const one of plugins.splice(0)) await one.stop();
}

/** A request. */
export function request(
  change: Partial<PooledSessionRequest> & { readonly prompt?: string; readonly charter?: string } = {},
): PooledSessionRequest {
  const { prompt = 'do it', charter, ...rest } = change;
  return { config: { workingDirectory: '/work', prompt, ...(charter === undefined ? {} : { charter }) }, ...rest };
}

/** Waits until something is so. */
export async function eventually(fits: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await fits())) {
    if (Date.now() > end) throw new Error(`never so: ${String(fits)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Lets all that can go on go on. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 30; n += 1) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
