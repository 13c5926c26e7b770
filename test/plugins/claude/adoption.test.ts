import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputBatch, SessionRow } from '@vp/sdk';
import { hasBegun } from '../../../plugins/claude/holder/begun.ts';
import { folderOf, makeFolder, readJson, writeWhole } from '../../../plugins/claude/holder/folder.ts';
import { readExit } from '../../../plugins/claude/holder/holder.ts';
import { linux } from '../../../plugins/claude/platform/linux.ts';
import { fakeAgent } from '../../support/agents/index.ts';
import { agentHome, repository, type AgentHome } from '../../support/api/index.ts';
import type { Doomed } from '../../support/doomed-kernel.ts';
import { eventually, removeHome, startHost, type Host, type HostOptions } from '../../support/sessions.ts';

let home: AgentHome;
let state: string;
let hosts: Host[] = [];
const kernels: ChildProcess[] = [];

beforeEach(async () => {
  home = await agentHome('http://127.0.0.1:9');
  state = mkdtempSync(join(tmpdir(), 'vp-home-'));
});

afterEach(async () => {
  for (const child of kernels.splice(0)) await killed(child);
  for (const host of hosts) {
    await host.sessions.adopted();
    await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
    await host.stop();
  }
  hosts = [];
  await removeHome(state);
  await home.remove();
});

async function kernel(options: HostOptions = {}): Promise<Host> {
  const config = { bin: fakeAgent('player'), canary: false, withoutFacts: 'allow', ...options.config };
  const host = await startHost({ home: state, variables: home.env, ...options, config });
  hosts.push(host);
  await host.sessions.adopted();
  return host;
}

interface Told {
  readonly adopted?: boolean;
  readonly asked?: string;
  readonly sessionId?: string;
}

/** A kernel in a process of its own, and what it prints. */
function doomed(more: Partial<Doomed>): { readonly child: ChildProcess; readonly lines: Told[] } {
  const argument: Doomed = { home: state, bin: fakeAgent('player'), project: home.project, prompts: [], variables: home.env, ...more };
  const script = join(repository, 'test/support/doomed-kernel.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'inherit'] });
  kernels.push(child);
  const lines: Told[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Told));
  return { child, lines };
}

const sessionOf = (lines: readonly Told[]): string => lines.find((line) => line.sessionId)?.sessionId ?? '';

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const died = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await died;
}

const plan = (...steps: object[]): string => JSON.stringify(steps);
const stateOf = (id: string): Readonly<Record<string, unknown>> => readJson(folderOf(state, id).state) ?? {};
const put = (id: string, change: object): void => writeWhole(folderOf(state, id).state, JSON.stringify({ ...stateOf(id), ...change }));

/** A folder as a kernel leaves it that is killed just before it starts the holder: of an attempt that has ended, made into one that begins. */
async function aboutToBegin(n: 1 | 2): Promise<string> {
  const host = await kernel();
  const { sessionId, completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: plan({ exit: 3 }) });
  await completion;
  await host.stop();
  hosts = [];
  const folder = folderOf(state, sessionId);
  const before = stateOf(sessionId);
  const [first] = before['attempts'] as object[];
  for (const path of [folder.bell, folder.live, folder.stdin, folder.holder, folder.pid, folder.exit]) rmSync(path, { force: true });
  const fresh = { state: 'initializing', row: null, crash: null, endedAt: null, exitCode: null, reason: null, checkpoint: null };
  if (n === 1) put(sessionId, fresh);
  else put(sessionId, { ...fresh, attempts: [first, { ...first, n: 2, mode: 'anew', ranMs: null }], before });
  return sessionId;
}

describe('a start that a kernel did not see through', () => {
  it('of a first attempt, with no holder begun: nothing is left of it, and no holder can begin any more', async () => {
    const id = await aboutToBegin(1);
    const host = await kernel();
    expect(host.sessions.getSessionStatus(id)).toBeNull();
    expect(existsSync(folderOf(state, id).root)).toBe(false);
    const late = spawnSync('/bin/sh', [join(repository, 'plugins/claude/holder/holder.sh'), folderOf(state, id).root, id, '/bin/true']);
    expect(late.status).not.toBe(0);
    await expect(host.sessions.spawnSession({ sessionId: id, workingDirectory: home.project, prompt: 'now' })).resolves.toBeDefined();
  });

  it('of a further attempt, with no holder begun: the session is as it was, and can be started again', async () => {
    const id = await aboutToBegin(2);
    const host = await kernel();
    expect(host.sessions.getSessionStatus(id)).toMatchObject({ state: 'failed', attempts: 1, exitCode: 3 });
    expect(host.sessions.getCrashReport(id)).toMatchObject({ attempt: 1 });
    const late = spawnSync('/bin/sh', [join(repository, 'plugins/claude/holder/holder.sh'), folderOf(state, id).root, id, '/bin/true']);
    expect(late.status).toBe(70);
    const { completion } = await host.sessions.restartSession(id, { mode: 'resume', note: plan({ result: 'good' }) });
    expect(await completion).toMatchObject({ state: 'completed', attempts: 2 });
  });

  it.each([1, 2] as const)('and that the kernel before did not clear away either (attempt %s) is taken as not begun', async (n) => {
    const id = await aboutToBegin(n);
    expect(hasBegun(folderOf(state, id))).toBe(false);
    const host = await kernel();
    expect(host.sessions.getSessionStatus(id)?.state).toBe(n === 1 ? undefined : 'failed');
  });

  it('before everything was written: the folder is removed; one that is harmed or not ours is left alone', async () => {
    const ids = [1, 2, 3].map(() => crypto.randomUUID());
    const [bare = '', harmed = '', foreign = ''] = ids;
    makeFolder(folderOf(state, bare));
    makeFolder(folderOf(state, harmed));
    writeFileSync(folderOf(state, harmed).exit, '0 1\n');
    makeFolder(folderOf(state, foreign));
    writeFileSync(folderOf(state, foreign).format, '99\n');
    const host = await kernel();
    expect(host.sessions.listSessions()).toEqual([]);
    expect(readdirSync(join(state, 'sessions')).sort()).toEqual([harmed, foreign].sort());
  });

  it('with a holder that has just begun: its record of the agent is waited for', async () => {
    const id = await aboutToBegin(1);
    const folder = folderOf(state, id);
    spawnSync('mkfifo', [folder.bell, folder.live, folder.stdin]);
    const host = await kernel();
    expect(host.sessions.getSessionStatus(id)?.state).toBe('initializing');
    writeWhole(folder.exit, '7 1\n');
    const { payload } = await host.until('session-ended');
    expect(payload).toMatchObject({ sessionId: id, status: { state: 'failed', exitCode: 7 } });
  });

  it('with a holder that was killed before it could record anything: crashed, once that is certain', async () => {
    const id = await aboutToBegin(1);
    const folder = folderOf(state, id);
    spawnSync('mkfifo', [folder.bell, folder.live, folder.stdin]);
    const host = await kernel();
    const { payload } = await host.until('session-ended');
    expect(payload).toMatchObject({ sessionId: id, status: { state: 'crashed', exitCode: null } });
  });

  it('is claimed by the holder or by the kernel, never by both', async () => {
    for (let n = 0; n < 40; n += 1) {
      const id = crypto.randomUUID();
      const folder = folderOf(state, id);
      makeFolder(folder);
      const holder = spawn('/bin/sh', [join(repository, 'plugins/claude/holder/holder.sh'), folder.root, id, '/bin/true'], {
        detached: true,
      });
      const code = new Promise<number | null>((resolve) => holder.once('exit', resolve));
      const at = performance.now() + (n % 8);
      while (performance.now() < at) await new Promise(setImmediate);
      const began = hasBegun(folder);
      expect([await code, readExit(folder) !== undefined]).toEqual(began ? [0, true] : [70, false]);
    }
  });
});

describe('a kernel that is killed again and again', () => {
  it('while it starts sessions: each one ends once or is unknown, and none runs that is not known', async () => {
    const started = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      const { child, lines } = doomed({
        prompts: Array.from({ length: 6 }, (_none, n) => plan({ ask: [`q${n}`, `t${n}`] }, { result: `done ${n}` })),
      });
      await eventually(() => lines.some((line) => line.adopted));
      // Each round a little later: before, between and after the steps of a start.
      await new Promise((resolve) => setTimeout(resolve, round * 23));
      await killed(child);
      for (const line of lines) if (line.sessionId) started.add(line.sessionId);
    }
    const host = await kernel();
    const rows = host.sessions.listSessions();
    expect(rows.map((row) => row.sessionId)).toEqual(expect.arrayContaining([...started]));
    await eventually(() => host.sessions.getActiveSessions().length === 0);
    for (const row of host.sessions.listSessions())
      expect(row).toMatchObject({ state: 'completed', result: expect.stringMatching(/^done/) });
    expect(linux.marked().filter(({ session }) => rows.some((row) => row.sessionId === session))).toEqual([]);
    expect(readdirSync(join(state, 'sessions')).length).toBe(rows.length);
  });

  it('while it starts further attempts: the session is at one of them, and its output is whole', async () => {
    const first = await kernel();
    const { sessionId, completion } = await first.sessions.spawnSession({ workingDirectory: home.project, prompt: plan({ exit: 3 }) });
    await completion;
    await first.stop();
    hosts = [];
    for (let round = 0; round < 8; round += 1) {
      const { child, lines } = doomed({ restarts: [sessionId] });
      await eventually(() => lines.some((line) => line.adopted));
      await new Promise((resolve) => setTimeout(resolve, round * 9));
      await killed(child);
      const host = await kernel();
      await eventually(() => host.sessions.getActiveSessions().length === 0);
      await host.stop();
      hosts = [];
    }
    const host = await kernel();
    const row = host.sessions.getSessionStatus(sessionId);
    expect(row).toMatchObject({ state: 'failed', exitCode: 3 });
    const attempts = stateOf(sessionId)['attempts'] as { n: number }[];
    expect(attempts.map(({ n }) => n)).toEqual(Array.from({ length: row?.attempts ?? 0 }, (_none, n) => n + 1));
    const { events } = await host.sessions.readOutput(sessionId, 0, 5000);
    expect(events.filter((event) => event.type === 'lost')).toEqual([]);
    expect(events.filter((event) => event.type === 'ready').length).toBe(row?.attempts);
  });

  it('while a session runs: every event is seen, none twice but as a replay, and each question is answered once', async () => {
    const seen = join(state, 'seen');
    writeFileSync(seen, '');
    let running = doomed({ prompts: ['150'], bin: fakeAgent('asker'), allows: true, seen });
    await eventually(() => running.lines.some((line) => line.sessionId));
    const id = sessionOf(running.lines);
    const answered = (): number => readdirSync(folderOf(state, id).spool).filter((name) => /^\d+$/.test(name)).length;
    for (let round = 1; round <= 8; round += 1) {
      await eventually(() => answered() > round * 12 || stateOf(id)['row'] !== null);
      await killed(running.child);
      running = doomed({ bin: fakeAgent('asker'), allows: true, seen });
      await eventually(() => running.lines.some((line) => line.adopted));
    }
    await eventually(() => stateOf(id)['row'] !== null);
    await killed(running.child);
    const row = stateOf(id)['row'] as SessionRow;
    expect(row).toMatchObject({ state: 'completed', result: Array.from({ length: 150 }, (_none, n) => `q${n}:allow`).join(' ') });
    const host = await kernel();
    const { events } = await host.sessions.readOutput(id, 0, 5000);
    const shown = readFileSync(seen, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(new Set(shown.map(([event]) => event))).toEqual(new Set(events.map((event) => event.id)));
    const once = new Set<string>();
    for (const [event = '', replayed] of shown) {
      if (once.has(event)) expect(`${event} ${replayed}`).toBe(`${event} true`);
      once.add(event);
    }
  });

  it('while it ends a session: the next one goes on with the stop, and tells the end', async () => {
    const first = doomed({ prompts: [plan({ stay: true }, { hang: true })] });
    await eventually(() => first.lines.some((line) => line.sessionId));
    const id = sessionOf(first.lines);
    await eventually(() => stateOf(id)['state'] === 'running');
    await killed(first.child);
    const boot = linux.bootId();
    put(id, {
      stop: { outcome: 'terminated', reason: 'it was asked to end', force: false, step: 'interrupt', since: { at: 0, up: 0, boot } },
    });
    const host = await kernel({ config: { stop: { interruptMs: 50, eofMs: 50, termMs: 50 } } });
    expect((await host.until('session-ended')).payload).toMatchObject({ sessionId: id, status: { state: 'terminated' } });
  });

  it('after the end was journaled and before it was told: the row and the report of the next one tell it', async () => {
    const id = await aboutToBegin(2);
    put(id, stateOf(id)['before'] as object);
    const host = await kernel();
    expect(host.sessions.getSessionStatus(id)).toMatchObject({ state: 'failed' });
    expect(host.sessions.getCrashReport(id)).toMatchObject({ exitCode: 3 });
    expect(host.payloads('session-ended')).toEqual([]);
  });
});

describe('a session of the version of VP before, which knew of one attempt', () => {
  async function old(change: object): Promise<SessionRow> {
    const host = await kernel();
    const { completion } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: plan({ result: 'x', tokens: 10, cost: 0.5, error: true }, { exit: 3 }),
      labels: { team: 'a' },
    });
    const row = await completion;
    await host.stop();
    hosts = [];
    const folder = folderOf(state, row.sessionId);
    const { config: _config, requestId: _request, configDir: _dir, ...spec } = readJson(folder.spec) ?? {};
    const { attempts: _attempts, checkpoint: _checkpoint, crash: _crash, ...journal } = stateOf(row.sessionId);
    writeWhole(folder.spec, JSON.stringify({ ...spec, boot: linux.bootId() }));
    writeWhole(folder.state, JSON.stringify({ ...journal, ...change }));
    writeWhole(folder.format, '1\n');
    return row;
  }

  it('is known by its row, and a further attempt counts on from it', async () => {
    const row = await old({});
    const host = await kernel();
    expect(host.sessions.getSessionStatus(row.sessionId)).toEqual(row);
    const note = plan({ result: 'y', tokens: 7, cost: 0.25 });
    const { completion } = await host.sessions.restartSession(row.sessionId, { mode: 'resume', note });
    expect(await completion).toMatchObject({ state: 'completed', attempts: 2, costUsd: 0.75, usage: { inputTokens: 17 } });
    expect(host.payloads('pre-spawn').at(-1)).toMatchObject({ labels: { team: 'a' }, argv: expect.arrayContaining(['--resume']) });
  });

  it('that has ended meanwhile is settled', async () => {
    const row = await old({ state: 'running', row: null, endedAt: null, offset: 0 });
    const host = await kernel();
    const { payload } = await host.until('session-ended');
    expect(payload).toMatchObject({ sessionId: row.sessionId, status: { state: 'failed', exitCode: 3, attempts: 1, costUsd: 0.5 } });
  });
});

describe('many sessions', () => {
  it('are taken up a few at a time, the shortest first: a question that waits is answered before the long ones have been read', async () => {
    const template = await aboutToBegin(1);
    const spec = readJson(folderOf(state, template).spec);
    const running = { ...stateOf(template), state: 'running', offset: 0 };
    rmSync(folderOf(state, template).root, { recursive: true });
    const asking = doomed({ prompts: [plan({ ask: ['q', 't'] }, { result: 'answered' })] });
    await eventually(() => asking.lines.some((line) => line.asked) && asking.lines.some((line) => line.sessionId));
    await killed(asking.child);
    const waiting = sessionOf(asking.lines);
    const line = `${JSON.stringify({ type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: 'x'.repeat(1_000) }] } })}\n`;
    const text = line.repeat(2_000);
    for (let n = 0; n < 99; n += 1) {
      const id = crypto.randomUUID();
      const folder = folderOf(state, id);
      makeFolder(folder);
      writeFileSync(folder.out, text);
      writeFileSync(folder.spec, JSON.stringify({ ...spec, id }));
      writeFileSync(folder.state, JSON.stringify(running));
      writeFileSync(folder.exit, '3 1\n');
    }
    const host = await kernel();
    expect(host.sessions.listSessions().length).toBe(100);
    await host.until('verdict');
    const settled = host.payloads('session-ended').length;
    await eventually(() => host.sessions.getActiveSessions().length === 0);
    expect(settled).toBeLessThan(20);
    expect(host.sessions.getSessionStatus(waiting)).toMatchObject({ state: 'completed', result: 'answered' });
    expect(host.payloads('session-ended').length).toBe(100);
    // Which are being read, as the taps see it.
    const left = new Map<string, number>();
    let most = 0;
    for (const { session, events } of host.payloads<OutputBatch>('on-output')) {
      const rest = (left.get(session.id) ?? 2_000) - events.length;
      left.set(session.id, rest);
      most = Math.max(most, [...left].filter(([id, lines]) => id !== waiting && lines > 0).length);
    }
    expect(most).toBeLessThanOrEqual(4);
    expect(host.payloads<OutputBatch>('on-output').every((batch) => batch.replayed || batch.session.id === waiting)).toBe(true);
  });

  it('with much output are read on from where a kernel before had come', async () => {
    const host = await kernel();
    const big = { say: { type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: 'x'.repeat(60_000) }] } } };
    const { sessionId } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: plan(...Array.from({ length: 150 }, () => big), { ask: ['q', 't'] }, { result: 'read' }),
      keepOpen: true,
    });
    await host.until('session-state', (change: { state: string }) => change.state === 'waiting');
    await host.stop();
    hosts = [];
    expect((stateOf(sessionId)['checkpoint'] as { offset: number }).offset).toBeGreaterThan(4e6);
    // What is before the checkpoint is not looked at again: else this would be a line that is lost.
    const { out } = folderOf(state, sessionId);
    const text = readFileSync(out, 'utf8');
    writeFileSync(out, text.replace('{', '!'));
    appendFileSync(out, '');
    const next = await kernel();
    await next.sessions.adopted();
    next.sessions.sendInput(sessionId, 'more');
    await next.until('on-output', (batch: OutputBatch) => batch.events.some((event) => event.text === 'more'));
    next.sessions.closeInput(sessionId);
    const { payload } = await next.until('session-ended');
    expect(payload).toMatchObject({ status: { state: 'completed', result: 'more', metrics: { errors: 0 } } });
  });
});
