import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  charters,
  definePlugin,
  recovery,
  sessions,
  store,
  type Attributed,
  type Command,
  type Facade,
  type Recovery,
  type RecoveryEvents,
  type RecoveryPlan,
  type SessionCrashReport,
  type SessionEvents,
  type SessionRow,
  type Store,
  type StoreEvents,
} from '@vp/sdk';
import { testPlugin, type TestPlugin } from '@vp/sdk/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import show from '../../../plugins/recovery/commands/recovery.ts';
import unpark from '../../../plugins/recovery/commands/unpark.ts';
import checks from '../../../plugins/recovery/checks.ts';
import plugin from '../../../plugins/recovery/index.ts';
import manifest from '../../../plugins/recovery/plugin.json' with { type: 'json' };
import storePlugin from '../../../plugins/store/index.ts';
import storeManifest from '../../../plugins/store/plugin.json' with { type: 'json' };
import { crashed, event, failed, SESSION } from './support.ts';

type Told = { [E in keyof RecoveryEvents]: { readonly event: E; readonly payload: RecoveryEvents[E] } }[keyof RecoveryEvents];

/** A kernel of its own on one state folder: the real store, made-up sessions. */
interface Scene {
  readonly service: Facade<Recovery, RecoveryEvents>;
  readonly told: Told[];
  readonly names: () => string[];
  readonly running: TestPlugin;
  readonly emitSessions: <E extends keyof SessionEvents>(event: E, payload: SessionEvents[E]) => void;
  readonly store: Facade<Store, StoreEvents>;
  stop(): Promise<void>;
}

let home: string;
let rows: Map<string, Partial<SessionRow>>;
let reports: Map<string, SessionCrashReport>;
const scenes: Scene[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vp-recovery-'));
  rows = new Map();
  reports = new Map();
});

afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.stop();
  rmSync(home, { recursive: true, force: true });
});

async function start(config: Record<string, unknown> = {}, plan?: () => RecoveryPlan | undefined, faulty?: Partial<Store>): Promise<Scene> {
  const base = await testPlugin(storePlugin, { home, manifest: storeManifest as never });
  if (plan) await testPlugin(definePlugin({ name: 'wise', hooks: { 'on-crash': plan } }), { beside: base });
  const real = base.use(store);
  if (faulty) base.provide(store, { get: () => Promise.resolve(null), list: () => Promise.resolve([]), ...faulty });
  const emitter = base.provide(sessions, {
    adopted: () => Promise.resolve(),
    getSessionStatus: (id) => (rows.get(id) as SessionRow | undefined) ?? null,
    getCrashReport: (id) => reports.get(id) ?? null,
  });
  base.provide(charters, { current: (id) => ({ charter: { operational: { maxRetries: id === 'strict' ? 0 : 3 } } }) as never });
  const running = await testPlugin(plugin, { beside: base, home, manifest: manifest as never, config });
  const service = running.use(recovery);
  const told: Told[] = [];
  for (const name of recovery.events) service.on(name as keyof RecoveryEvents, (payload) => told.push({ event: name, payload } as Told));
  const stop = async (): Promise<void> => {
    if (scenes.includes(scene)) scenes.splice(scenes.indexOf(scene), 1);
    await running.stop();
    await base.stop();
  };
  const scene: Scene = {
    service,
    told,
    names: () => told.map((one) => one.event),
    running,
    emitSessions: emitter.emit,
    store: real,
    stop,
  };
  scenes.push(scene);
  return scene;
}

/** Waits until something was told. */
async function until(scene: Scene, name: Told['event']): Promise<Told> {
  for (;;) {
    const found = scene.told.find((one) => one.event === name);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const row = (part: Partial<SessionRow>): SessionRow =>
  ({ sessionId: SESSION, state: 'running', attempts: 2, endedAt: null, ...part }) as SessionRow;
const limited = failed("You've hit your limit", { apiStatus: 429, rateLimit: { resetsAt: Date.now() + 3_600_000, type: 'five_hour' } });

describe('a crash', () => {
  test('is decided once for each attempt, however often it is asked, at the same time too, and after a restart', async () => {
    const first = await start();
    const [one, two] = await Promise.all([first.service.handleCrash(SESSION, crashed()), first.service.handleCrash(SESSION, crashed())]);
    expect(two).toEqual(one);
    expect(first.names()).toEqual(['crash-detected', 'crash-analyzed', 'crash-dump-saved']);
    await first.stop();
    const second = await start();
    expect(await second.service.handleCrash(SESSION, crashed({ signal: 'SIGSEGV' }))).toEqual(one);
    expect(second.told).toEqual([]);
    expect(await second.service.getRecoveryStats()).toMatchObject({ totalCrashes: 1, byType: { killed: 1 } });
    expect(await second.service.getActiveRecoveries()).toMatchObject([{ sessionId: SESSION, status: 'waiting', attempts: 1 }]);
  });

  test('is told only once it is on disk, and a store that fails is the one who asks to know', async () => {
    const broken = new Error('no space');
    const scene = await start({}, undefined, { transact: () => Promise.reject(broken) });
    await expect(scene.service.handleCrash(SESSION, limited)).rejects.toThrow('no space');
    expect(scene.told).toEqual([]);
    expect(scene.service.getPark()).toBeNull();
    expect(await scene.service.getRecoveryStats()).toMatchObject({ totalCrashes: 0 });
    await scene.stop();
    const healthy = await start();
    expect(await healthy.service.handleCrash(SESSION, limited)).toMatchObject({ action: 'retry' });
  });

  test('counts against the limit of its charter', async () => {
    const { service, names } = await start();
    expect(await service.handleCrash(SESSION, crashed({ charterId: 'strict' }))).toMatchObject({ action: 'stop' });
    expect(names()).toContain('recovery-failed');
    expect(await service.getRecoveryStatus(SESSION)).toMatchObject({ status: 'failed' });
  });

  test('may be planned otherwise by a plugin, which is named', async () => {
    const { service } = await start({}, () => ({ strategy: 'manual', reason: 'I want to look first' }));
    expect(await service.handleCrash(SESSION, crashed())).toMatchObject({ action: 'stop', reason: 'I want to look first (wise)' });
    const dump = (await service.getRecoveryStatus(SESSION))?.dump ?? '';
    expect((JSON.parse(readFileSync(dump, 'utf8')) as Attributed<{ proposedBy: string }>).proposedBy).toBe('wise');
  });

  test('a plugin that fails changes nothing', async () => {
    const { service } = await start({}, () => {
      throw new Error('not so wise');
    });
    expect(await service.handleCrash(SESSION, crashed())).toMatchObject({ action: 'retry', mode: 'resume' });
  });
});

describe('progress', () => {
  test('an attempt, then its first answer: recovered', async () => {
    const scene = await start();
    await scene.service.handleCrash(SESSION, crashed({ at: new Date().toISOString() }));
    rows.set(SESSION, row({}));
    scene.emitSessions('session-spawned', { sessionId: SESSION, pid: 1, row: row({}) });
    await until(scene, 'recovery-attempt');
    const says = (part: object): void =>
      scene.emitSessions('session-output', {
        sessionId: SESSION,
        replayed: false,
        events: [event({ type: 'text', at: Date.now() + 1_000, ...part })],
      });
    says({ model: '<synthetic>', error: 'server_error' });
    says({ at: Date.now() - 60_000 });
    says({ type: 'retry' });
    says({ type: 'tool-call', model: 'claude' });
    says({ model: 'claude' });
    expect((await until(scene, 'recovery-succeeded')).payload).toEqual({ sessionId: SESSION, attemptNumber: 2 });
    expect(await scene.service.getActiveRecoveries()).toEqual([]);
    expect(await scene.service.getRecoveryStats()).toMatchObject({
      recoveryAttempts: 1,
      successfulRecoveries: 1,
      successRate: 1,
      averageAttempts: 1,
    });
    expect(scene.names().filter((name) => name === 'recovery-succeeded').length).toBe(1);
  });

  test('an end that came while no kernel ran is caught up with', async () => {
    const first = await start();
    await first.service.handleCrash(SESSION, crashed());
    await first.stop();
    rows.set(SESSION, row({ state: 'completed', endedAt: new Date().toISOString() }));
    const second = await start();
    while ((await second.service.getActiveRecoveries()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await second.service.getRecoveryStatus(SESSION)).toMatchObject({ status: 'succeeded' });
  });

  test('a recovered session that runs out of time or is ended has failed', async () => {
    const scene = await start();
    await scene.service.handleCrash(SESSION, crashed());
    rows.set(SESSION, row({}));
    scene.emitSessions('session-ended', {
      sessionId: SESSION,
      crash: null,
      status: row({ state: 'timeout', endedAt: 'now', reason: 'too slow' }),
    });
    expect((await until(scene, 'recovery-failed')).payload).toEqual({ sessionId: SESSION, reason: 'too slow' });
  });
});

describe('the park', () => {
  test('all wait for the longest limit, over a restart and a swap, until somebody waits no more', async () => {
    const scene = await start();
    await scene.service.handleCrash(SESSION, limited);
    const park = scene.service.getPark();
    expect(park).toMatchObject({ until: limited.rateLimit?.resetsAt, limit: 'five_hour' });
    const shorter = { ...limited, rateLimit: { resetsAt: Date.now() + 60_000, type: 'minute' } };
    await scene.service.handleCrash('other', { ...shorter, sessionId: 'other' });
    expect(scene.service.getPark()).toEqual(park);
    expect(scene.names().filter((name) => name === 'parked').length).toBe(1);
    await scene.running.reload(plugin);
    expect(scene.service.getPark()).toEqual(park);
    await scene.stop();
    const again = await start();
    expect(again.service.getPark()).toEqual(park);
    rows.set(SESSION, row({ state: 'failed' }));
    reports.set(SESSION, limited);
    await again.service.unpark();
    expect(again.service.getPark()).toBeNull();
    expect(again.names()).toEqual(['unparked', 'recovery-wanted']);
    await again.stop();
    expect((await start()).service.getPark()).toBeNull();
  });

  test('ends by itself', async () => {
    const scene = await start({ rateLimit: { fallbackMs: 50, jitterMs: 0 } });
    await scene.service.handleCrash(SESSION, failed('API Error: Request rejected (429)', { apiStatus: 429 }));
    await until(scene, 'parked');
    await until(scene, 'unparked');
    expect(scene.service.getPark()).toBeNull();
  });

  test('lasts no longer than was decided where the clock was set back since', async () => {
    const first = await start();
    const now = Date.now();
    const park = { until: now + 10 * 86_400_000 + 50, since: now + 10 * 86_400_000, reason: 'limit', limit: null };
    const totals = { format: 1, crashes: 0, attempts: 0, succeeded: 0, failed: 0, abandoned: 0, restarts: 0, byType: {}, recent: [], park };
    await first.store.transact([{ op: 'put', collection: 'recovery', id: 'totals', value: totals }]);
    await first.stop();
    const second = await start();
    await until(second, 'unparked');
    expect(second.service.getPark()).toBeNull();
  });
});

describe('a person', () => {
  test('lets a session go on that was stopped, by the ladder, and the decision stands', async () => {
    const scene = await start();
    const report = failed('Invalid API key', { apiStatus: 401 });
    expect(await scene.service.handleCrash(SESSION, report)).toMatchObject({ action: 'stop' });
    rows.set(SESSION, row({ state: 'failed' }));
    reports.set(SESSION, report);
    expect(await scene.service.triggerManualRecovery(SESSION)).toBe(true);
    const wanted = await until(scene, 'recovery-wanted');
    expect(wanted.payload).toMatchObject({ sessionId: SESSION, decision: { action: 'retry', mode: 'resume', delayMs: 0 } });
    expect(await scene.service.handleCrash(SESSION, report)).toMatchObject({ action: 'retry' });
  });

  test('also one that ran out of time, or that crashed while recovery was not there', async () => {
    const { service } = await start();
    rows.set(SESSION, {
      ...row({ state: 'timeout', agentSessionId: 'x', attempts: 1, endedAt: new Date().toISOString() }),
      metrics: { turns: 1, executionTime: 5 } as never,
    });
    expect(await service.triggerManualRecovery(SESSION)).toBe(true);
    expect(await service.getRecoveryStatus(SESSION)).toMatchObject({ analysis: { type: 'timeout' }, decision: { mode: 'resume' } });
  });

  test('cannot recover what runs, went well or is unknown', async () => {
    const { service } = await start();
    expect(await service.triggerManualRecovery('unknown')).toBe(false);
    for (const state of ['running', 'completed'] as const) {
      rows.set(SESSION, row({ state }));
      expect(await service.triggerManualRecovery(SESSION)).toBe(false);
    }
  });

  test('gives a waiting session up, or the next crash of a running one', async () => {
    const scene = await start();
    await scene.service.handleCrash(SESSION, crashed());
    await scene.service.abandonRecovery(SESSION);
    await scene.service.abandonRecovery(SESSION);
    expect(scene.names().filter((name) => name === 'recovery-abandoned').length).toBe(1);
    expect(await scene.service.getRecoveryStatus(SESSION)).toMatchObject({ status: 'abandoned' });
    expect(await scene.service.handleCrash(SESSION, crashed())).toMatchObject({ action: 'stop' });
    rows.set('other', row({ sessionId: 'other' }));
    await scene.service.abandonRecovery('other');
    expect(await scene.service.handleCrash('other', crashed({ sessionId: 'other' }))).toMatchObject({ action: 'stop' });
    expect(await scene.service.getRecoveryStats()).toMatchObject({ abandonedRecoveries: 2 });
    await expect(scene.service.abandonRecovery('unknown')).rejects.toMatchObject({ code: 'VP_RECOVERY_UNKNOWN' });
  });
});

describe('the commands', () => {
  async function run(command: Command, scene: Scene, json = false): Promise<string> {
    const lines: string[] = [];
    const code = await command({
      args: [],
      options: {},
      json,
      tty: false,
      cwd: home,
      env: {},
      signal: new AbortController().signal,
      print: (line) => void lines.push(line),
      warn: (line) => void lines.push(line),
      use: () => scene.service as never,
    });
    expect(code).toBe(0);
    return lines.join('\n');
  }

  test('show what is recovered, what all wait for and the counts, and end the wait', async () => {
    const scene = await start();
    expect(await run(show, scene)).toContain('no session is being recovered');
    await scene.service.handleCrash(SESSION, limited);
    const text = await run(show, scene);
    expect(text).toMatch(new RegExp(`nothing starts before .*\\n[\\s\\S]*${SESSION}  waiting  2 +rate_limit`));
    expect(text).toContain('crashes 1: rate_limit 1');
    expect(JSON.parse(await run(show, scene, true))).toMatchObject({ park: { limit: 'five_hour' }, active: [{ sessionId: SESSION }] });
    expect(await run(unpark, scene)).toContain('sessions start again');
    expect(await run(unpark, scene)).toBe('nothing is waiting for a limit');
    expect(await run(unpark, scene, true)).toBe('{"unparked":false,"park":null}');
  });
});

describe('crash dumps', () => {
  const secret = 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz';

  test('are whole, without secrets, for this user alone', async () => {
    const { service } = await start();
    await service.handleCrash(
      SESSION,
      crashed({ stderrTail: `key ${secret}`, inFlight: [{ toolUseId: 't', tool: 'Bash', input: { env: { TOKEN: 'abc' } } }] }),
    );
    const path = (await service.getRecoveryStatus(SESSION))?.dump ?? '';
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({
      report: { sessionId: SESSION, signal: 'SIGKILL' },
      decision: { analysis: { type: 'killed' } },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await checks({ home, cwd: home, env: {} })).toMatchObject([{ state: 'ok', detail: expect.stringMatching(/^1, 0\.0 MB/) }]);
  });

  test('go, oldest first, when there are too many; without a folder for them only the dump is lost', async () => {
    const first = await start({ dumps: { maxCount: 2 } });
    for (const attempt of [1, 2, 3]) await first.service.handleCrash(SESSION, crashed({ attempt }));
    expect(readdirSync(join(home, 'crashes')).map((name) => name.at(-6))).toEqual(['2', '3']);
    await first.stop();
    rmSync(join(home, 'crashes'), { recursive: true });
    writeFileSync(join(home, 'crashes'), 'a file in the way');
    const second = await start();
    expect(await second.service.handleCrash('other', crashed({ sessionId: 'other' }))).toMatchObject({ action: 'retry' });
    expect(second.names()).toEqual(['crash-detected', 'crash-analyzed']);
    expect(existsSync(join(home, 'crashes', 'x'))).toBe(false);
  });
});
