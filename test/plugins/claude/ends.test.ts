import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputBatch, SessionRow } from '@vp/sdk';
import { linux } from '../../../plugins/claude/platform/linux.ts';
import { agentHome, realAgent, startApi, type AgentHome, type Script, type ScriptedApi, type Turn } from '../../support/api/index.ts';
import { eventually, removeHome, startHost, type Host } from '../../support/sessions.ts';

let api: ScriptedApi;
let home: AgentHome;
let host: Host;

beforeEach(async () => {
  api = await startApi([]);
  home = await agentHome(api.url);
});

afterEach(async () => {
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
  await api.close();
  await home.remove();
});

async function start(script: Script): Promise<void> {
  api.use(script);
  const stop = { interruptMs: 2_000, eofMs: 2_000, termMs: 1_000 };
  host = await startHost({ variables: home.env, config: { bin: realAgent, canary: false, withoutFacts: 'allow', stop } });
}

function spawn(more: object = {}): ReturnType<Host['sessions']['spawnSession']> {
  return host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'MAIN-TASK', ...more });
}

/** A command that starts two lasting processes, one in a session of its own, writes their ids down, and never ends. */
function lasting(): Turn {
  const command = `tail -f /dev/null & echo $! > near; setsid sh -c 'echo $$ > far; exec tail -f /dev/null' & tail -f /dev/null`;
  return { tools: [{ name: 'Bash', input: { command, description: 'never ends', timeout: 600_000 } }] };
}

function pidIn(name: string): number {
  try {
    return Number(readFileSync(join(home.project, name), 'utf8'));
  } catch {
    return 0;
  }
}

async function bothRun(): Promise<number[]> {
  await eventually(() => pidIn('near') > 0 && pidIn('far') > 0);
  return [pidIn('near'), pidIn('far')];
}

const living = (pids: readonly number[]): number[] => pids.filter((pid) => linux.look(pid)?.zombie === false);

/** What still lived at the very moment when the end was told. */
function livingAtTheEnd(sessionId: string): Promise<number[]> {
  return host.until('session-ended').then(() => linux.members(sessionId, undefined));
}

interface Way {
  readonly how: string;
  readonly state: SessionRow['state'];
  readonly more?: object;
  act(sessionId: string, pid: number): void;
}

describe('the end of a session, with the real agent', () => {
  const ways: readonly Way[] = [
    { how: 'a timeout', state: 'timeout', more: { timeout: 4_000 }, act: () => undefined },
    { how: 'being asked to end', state: 'terminated', act: (id) => void host.sessions.terminateSession(id) },
    { how: 'being ended by force', state: 'terminated', act: (id) => void host.sessions.terminateSession(id, false) },
    { how: 'a kill', state: 'crashed', act: (_id, pid) => void process.kill(pid, 'SIGKILL') },
    { how: 'SIGTERM from elsewhere', state: 'crashed', act: (_id, pid) => void process.kill(pid, 'SIGTERM') },
  ];

  it.each(ways)('by $how leaves no descendant, is told only then, and counts as $state', async ({ state, more, act }) => {
    await start([lasting(), { text: 'never' }]);
    const { sessionId, pid, completion } = await spawn(more);
    const left = livingAtTheEnd(sessionId);
    const pids = await bothRun();
    expect(living(pids)).toEqual(pids);
    act(sessionId, pid);
    expect(await left).toEqual([]);
    expect(living([...pids, pid])).toEqual([]);
    expect((await completion).state).toBe(state);
  });

  it('by itself leaves no descendant either', async () => {
    const command = `setsid sh -c 'echo $$ > far; exec tail -f /dev/null' >/dev/null 2>&1 & while [ ! -s far ]; do :; done; echo started`;
    await start([{ tools: [{ name: 'Bash', input: { command, description: 'leaves something' } }] }, { text: 'done' }]);
    const { completion } = await spawn();
    expect(await completion).toMatchObject({ state: 'completed', result: 'done', exitCode: 0 });
    expect(pidIn('far')).toBeGreaterThan(0);
    expect(living([pidIn('far')])).toEqual([]);
  });

  it("by an error of the API is failed, with the API's own words", async () => {
    await start([{ status: 400, errorType: 'invalid_request_error' }]);
    expect(await (await spawn()).completion).toMatchObject({ state: 'failed', reason: expect.stringContaining('scripted error') });
  });

  it('by refused credentials comes at once, and says what to do', async () => {
    await start([{ status: 401, errorType: 'authentication_error' }]);
    const row = await (await spawn()).completion;
    expect(row).toMatchObject({ state: 'failed', reason: expect.stringMatching(/credentials .*ANTHROPIC_API_KEY/) });
    expect(api.requests.length).toBeLessThan(4);
  });
});

describe('what a session is told while it runs, with the real agent', () => {
  const prompt = (repeats: number): string => `START ${'lorem ipsum '.repeat(repeats)} END-OF-PROMPT`;

  it('reaches the API whole, with a prompt as large as the model takes', async () => {
    await start([{ text: 'read it' }]);
    expect(await (await spawn({ prompt: prompt(150_000) })).completion).toMatchObject({ state: 'completed' });
    expect(api.requests.some((request) => request.raw.includes('END-OF-PROMPT') && request.raw.length > 1.8e6)).toBe(true);
  });

  it('gets a prompt of ten megabytes whole, and says by itself that it is too long for its model', async () => {
    await start([{ text: 'read it' }]);
    const { completion, sessionId } = await spawn({ prompt: prompt(875_000) });
    expect(await completion).toMatchObject({ state: 'failed', reason: 'Prompt is too long' });
    const echoed = readFileSync(join(host.home, 'sessions', sessionId, 'out'), 'utf8')
      .split('\n')
      .find((line) => line.includes('"isReplay":true'));
    expect((JSON.parse(echoed ?? '{}') as { message: { content: string } }).message.content).toBe(prompt(875_000));
  });

  it('stays open for more where that is wanted, and ends when its input is closed', async () => {
    await start([{ text: 'first' }, { text: 'second' }]);
    const { sessionId, completion } = await spawn({ keepOpen: true });
    await host.until('session-state', (change: { state: string }) => change.state === 'waiting');
    host.sessions.sendInput(sessionId, 'and then?');
    await host.until('on-output', (batch: OutputBatch) => batch.events.some((event) => event.type === 'result' && event.text === 'second'));
    host.sessions.closeInput(sessionId);
    expect(await completion).toMatchObject({ state: 'completed', result: 'second', usage: { inputTokens: 200, outputTokens: 40 } });
    expect(() => host.sessions.sendInput(sessionId, 'more')).toThrow(expect.objectContaining({ code: 'VP_SESSION_ENDED' }));
  });

  it('can be interrupted, and takes a new turn afterwards', async () => {
    await start([lasting(), { text: 'after the interrupt' }]);
    const { sessionId, completion } = await spawn({ keepOpen: true });
    await bothRun();
    await host.sessions.interrupt(sessionId);
    await host.until('session-state', (change: { state: string }) => change.state === 'waiting');
    host.sessions.sendInput(sessionId, 'go on');
    await host.until('on-output', (batch: OutputBatch) => batch.events.some((event) => event.text === 'after the interrupt'));
    host.sessions.closeInput(sessionId);
    const row: SessionRow = await completion;
    expect(row).toMatchObject({ state: 'completed', result: 'after the interrupt' });
  });
});
