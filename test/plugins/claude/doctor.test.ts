import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '@vp/sdk';
import checks from '../../../plugins/claude/checks.ts';
import { folderOf, makeFolder, readJson, writeWhole } from '../../../plugins/claude/holder/folder.ts';
import { linux } from '../../../plugins/claude/platform/linux.ts';
import { fakeAgent } from '../../support/agents/index.ts';
import { agentHome, type AgentHome } from '../../support/api/index.ts';
import { eventually, removeHome, startHost, type Host } from '../../support/sessions.ts';

let home: AgentHome;
let host: Host;
const children: ChildProcess[] = [];

beforeEach(async () => {
  home = await agentHome('http://127.0.0.1:9');
  const state = mkdtempSync(join(tmpdir(), 'vp-home-'));
  host = await startHost({ home: state, variables: home.env, config: { bin: fakeAgent('player'), canary: false } });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
  await home.remove();
});

/** What is found of sessions. */
async function found(): Promise<CheckResult[]> {
  const results = await checks({ home: host.home, cwd: home.project, env: { ...home.env, VP_CLAUDE_BIN: '/nowhere/claude' } });
  return results.filter(({ name }) => ['sessions', 'session folders', 'orphans'].includes(name));
}

const warnings = async (): Promise<string[]> =>
  (await found()).filter(({ state }) => state !== 'ok').map(({ detail, hint }) => `${detail} → ${hint}`);

async function ended(): Promise<string> {
  const { sessionId, completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x' });
  await completion;
  return sessionId;
}

/** A process with the mark of a session. */
async function marked(session: string): Promise<number> {
  const child = spawn('sleep', ['600'], { env: { PATH: process.env['PATH'], VP_SESSION: session }, stdio: 'ignore' });
  children.push(child);
  await eventually(() => linux.marked().some(({ pid }) => pid === child.pid));
  return child.pid ?? 0;
}

/** An ended session made into one that has not. */
function reopen(id: string, change: object = {}): void {
  const { state } = folderOf(host.home, id);
  writeWhole(state, JSON.stringify({ ...readJson(state), state: 'running', row: null, ...change }));
}

describe('what the doctor says of sessions', () => {
  it('is how many run, how many are kept and what room they take; nothing else where nothing is left behind', async () => {
    await ended();
    expect((await found()).filter(({ state }) => state === 'ok')).toMatchObject([
      { detail: expect.stringMatching(/^0 running, 1 ended and kept, \d+ MB$/) },
    ]);
    expect((await warnings()).filter((one) => one.includes('sessions that have ended'))).toEqual([]);
  });

  it('names the processes of a session that has ended, and of one that has no folder', async () => {
    const pids = [await marked(await ended()), await marked(crypto.randomUUID())];
    const said = await warnings();
    expect(said.find((one) => one.includes('of sessions that have ended'))).toContain(String(pids[0]));
    expect(said.find((one) => one.includes('not in this state folder'))).toContain(String(pids[1]));
    expect(pids.every((pid) => linux.look(pid) !== undefined)).toBe(true);
  });

  it('is that sessions wait for a kernel, unless one runs', async () => {
    const { sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '[]', keepOpen: true });
    expect(await warnings()).toContainEqual(expect.stringMatching(new RegExp(`run on while no kernel does.*${sessionId}.*vp start`)));
    const lock = [process.pid, linux.look(process.pid)?.start, linux.bootId(), ''].join('\n');
    writeFileSync(join(host.home, 'kernel.pid'), lock);
    expect((await warnings()).filter((one) => one.includes(sessionId))).toEqual([]);
  });

  it('tells those that ended unseen from those that never began', async () => {
    const [unseen, never] = [await ended(), await ended()];
    reopen(unseen);
    reopen(never, { state: 'initializing' });
    const { bell, live, stdin, holder, pid, exit } = folderOf(host.home, never);
    for (const path of [bell, live, stdin, holder, pid, exit]) rmSync(path);
    const said = await warnings();
    expect(said.find((one) => one.includes('are not settled'))).toContain(unseen);
    expect(said.find((one) => one.includes('never began'))).toContain(never);
  });

  it('names folders that are not whole, and those of another version', async () => {
    const [bare, newer] = [crypto.randomUUID(), crypto.randomUUID()];
    makeFolder(folderOf(host.home, bare));
    makeFolder(folderOf(host.home, newer));
    writeFileSync(folderOf(host.home, newer).format, '99\n');
    const before = spawnSync('find', [host.home]).stdout.toString();
    const said = await warnings();
    expect(said.find((one) => one.includes('not whole'))).toContain(bare);
    expect(said.find((one) => one.includes('does not know'))).toContain(newer);
    expect(spawnSync('find', [host.home]).stdout.toString()).toBe(before);
  });
});
