import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputBatch, SessionCrashReport, SessionRow } from '@vp/sdk';
import { linux } from '../../../plugins/claude/platform/linux.ts';
import { agentHome, realAgent, startApi, type AgentHome, type Script, type ScriptedApi } from '../../support/api/index.ts';
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

async function start(script: Script, bin = realAgent): Promise<void> {
  api.use(script);
  const stop = { interruptMs: 2_000, eofMs: 2_000, termMs: 1_000 };
  host = await startHost({ variables: home.env, config: { bin, canary: false, withoutFacts: 'allow', stop } });
}

interface Ended {
  readonly status: SessionRow;
  readonly crash: SessionCrashReport | null;
}

/** Starts a session and gives the report of its crash, once `act` has had its way with it. */
async function crash(act: (pid: number) => void | Promise<void>): Promise<{ sessionId: string; report: SessionCrashReport }> {
  const { sessionId, pid, completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'MAIN-TASK' });
  await act(pid);
  await completion;
  return { sessionId, report: reportOf(sessionId) };
}

function reportOf(sessionId: string): SessionCrashReport {
  const report = host.sessions.getCrashReport(sessionId);
  expect(host.payloads<Ended>('session-ended').at(-1)?.crash).toEqual(report);
  if (report === null) throw new Error('no report');
  return report;
}

const kill = (pid: number): void => void process.kill(pid, 'SIGKILL');
const said = (text: string): Promise<unknown> =>
  host.until('on-output', (batch: OutputBatch) => batch.events.some((event) => event.text?.includes(text)));
const main = (): readonly string[] =>
  api.requests.filter(({ body }) => (body.tools ?? []).length > 0).map(({ body }) => JSON.stringify(body.messages));
/** All that the agent has written down of its conversations. */
function transcripts(): string {
  const projects = join(home.home, '.claude', 'projects');
  const files = existsSync(projects) ? readdirSync(projects, { recursive: true, encoding: 'utf8' }) : [];
  return files
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => readFileSync(join(projects, name), 'utf8'))
    .join('');
}

/** How often a text stands in a request. */
const times = (request: string | undefined, text: string): number => (request ?? '').split(text).length - 1;

describe('an agent that is killed, with the real agent', () => {
  it('in the middle of its answer: its conversation is whole, and goes on without the prompt being said again', async () => {
    const never = Promise.withResolvers<void>();
    await start([{ text: 'never', hold: never.promise }]);
    const { sessionId, report } = await crash(async (pid) => {
      // The agent writes the prompt down a little after it has sent it.
      await eventually(() => transcripts().includes('"content":"MAIN-TASK"},"uuid"'));
      kill(pid);
    });
    expect(report).toMatchObject({
      state: 'crashed',
      signal: 'SIGKILL',
      attempt: 1,
      mode: 'first',
      turns: 0,
      inFlight: [],
      conversation: { id: sessionId, transcript: 'whole', hasPrompt: true },
    });
    never.resolve();
    api.use([{ text: 'it is done' }]);
    const again = await host.sessions.restartSession(sessionId, { mode: 'resume', note: 'You were cut off: GO-ON' });
    expect(again.sessionId).toBe(sessionId);
    expect(await again.completion).toMatchObject({ state: 'completed', result: 'it is done', attempts: 2, agentSessionId: sessionId });
    expect([times(main().at(-1), 'MAIN-TASK'), times(main().at(-1), 'GO-ON')]).toEqual([1, 1]);
    expect(host.sessions.getCrashReport(sessionId)).toBeNull();
  });

  it('in the middle of a tool: the call is reported as in flight, its processes are gone before the next attempt, and the model hears of it', async () => {
    const command = `echo $$ > tool; setsid sh -c 'echo $$ > far; exec tail -f /dev/null' & tail -f /dev/null`;
    await start([{ tools: [{ name: 'Bash', input: { command, description: 'never ends' } }] }]);
    const pids = (): number[] =>
      ['tool', 'far'].map((name) => (existsSync(join(home.project, name)) ? Number(readFileSync(join(home.project, name), 'utf8')) : 0));
    const { sessionId, report } = await crash(async (pid) => {
      await eventually(() => pids().every((one) => one > 0) && transcripts().includes('"tool_use"'));
      kill(pid);
    });
    const [call] = report.inFlight;
    expect(call).toMatchObject({ tool: 'Bash', input: { command } });
    expect(report.conversation).toMatchObject({ transcript: 'whole', hasPrompt: true });
    expect(report.conversation.evidence.join()).toContain(call?.toolUseId);
    expect(pids().filter((one) => linux.look(one)?.zombie === false)).toEqual([]);
    api.use([{ text: 'seen to' }]);
    const note = `The call ${call?.toolUseId} was running: its outcome is not known.`;
    const { completion } = await host.sessions.restartSession(sessionId, { mode: 'resume', note });
    expect(await completion).toMatchObject({ state: 'completed', result: 'seen to' });
    expect([times(main().at(-1), 'MAIN-TASK'), times(main().at(-1), note)]).toEqual([1, 1]);
  });

  it('while a call waits for its verdict: that call never ran and is not in flight', async () => {
    await start([{ tools: [{ name: 'Bash', input: { command: 'touch ran', description: 'x' } }] }]);
    host.taps['pre-command'] = () => new Promise(() => undefined);
    const { report } = await crash(async (pid) => {
      await host.until('pre-command');
      kill(pid);
    });
    expect(report.inFlight).toEqual([]);
    expect(existsSync(join(home.project, 'ran'))).toBe(false);
  });

  it('in its first half second: there is nothing to resume, and a fresh attempt with the same id says the prompt once', async () => {
    await start([{ text: 'done' }]);
    const { sessionId, report } = await crash(kill);
    expect(report.conversation).toMatchObject({ id: null, transcript: 'absent', hasPrompt: false });
    const { completion } = await host.sessions.restartSession(sessionId, { mode: 'anew', note: 'ONE-MORE-TIME' });
    expect(await completion).toMatchObject({ state: 'completed', result: 'done', agentSessionId: sessionId, attempts: 2 });
    expect(main().length).toBe(1);
    expect([times(main()[0], 'MAIN-TASK'), times(main()[0], 'ONE-MORE-TIME')]).toEqual([1, 1]);
  });

  it('is told that a conversation which is not there cannot be resumed, as a failure that says so', async () => {
    await start([{ text: 'done' }]);
    const { sessionId } = await crash(kill);
    await (
      await host.sessions.restartSession(sessionId, { mode: 'resume', note: 'go on' })
    ).completion;
    expect(reportOf(sessionId)).toMatchObject({
      state: 'failed',
      attempt: 2,
      mode: 'resume',
      conversation: { transcript: 'absent' },
      reason: expect.stringContaining('No conversation found'),
    });
    const { completion } = await host.sessions.restartSession(sessionId, { mode: 'anew', note: '' });
    expect(await completion).toMatchObject({ state: 'completed', attempts: 3 });
  });

  it('twice in a row: the third attempt finds one conversation with one prompt; each event id is used once, also when all is read again', async () => {
    const never = new Promise(() => undefined);
    await start([{ tools: [{ name: 'Bash', input: { command: 'echo first', description: 'x' } }] }, { text: 'never', after: never }]);
    const { sessionId } = await crash(async (pid) => {
      await eventually(() => main().length === 2 && transcripts().includes('"tool_result"'));
      kill(pid);
    });
    const second = await host.sessions.restartSession(sessionId, { mode: 'resume', note: 'NOTE-1' });
    // What is said is written down a little after it has been sent: a kill in between loses it.
    await eventually(() => transcripts().includes('"content":"NOTE-1"},"uuid"'));
    kill(second.pid);
    await second.completion;
    expect(reportOf(sessionId)).toMatchObject({ attempt: 2, mode: 'resume', conversation: { transcript: 'whole', hasPrompt: true } });
    api.use([{ text: 'at last' }]);
    const { completion } = await host.sessions.restartSession(sessionId, { mode: 'resume', note: 'NOTE-2' });
    expect(await completion).toMatchObject({ state: 'completed', result: 'at last', attempts: 3, metrics: { commandsExecuted: 1 } });
    expect(['MAIN-TASK', 'NOTE-1', 'NOTE-2'].map((text) => times(main().at(-1), text))).toEqual([1, 1, 1]);
    const ids = host.payloads<OutputBatch>('on-output').flatMap((batch) => batch.events.map((event) => event.id));
    expect(ids.length).toBe(new Set(ids).size);
    const page = await host.sessions.readOutput(sessionId, 0, 5000);
    expect(page.events.map((event) => event.id)).toEqual(ids.filter((id) => !id.includes(':err:')));
  });

  it('for want of memory: the report has its last words, and an attempt with more room leads to the end', async () => {
    await start([{ text: 'done' }], join(home.root, 'tight'));
    const tight = (limit: string): void => {
      writeFileSync(join(home.root, 'tight'), `#!/bin/sh\n${limit}\nexec ${realAgent} "$@"\n`);
      chmodSync(join(home.root, 'tight'), 0o755);
    };
    tight('ulimit -v 400000');
    const { sessionId, report } = await crash(() => undefined);
    expect(report).toMatchObject({ state: 'crashed', conversation: { transcript: 'absent' }, inFlight: [] });
    expect(report.signal).toMatch(/^SIG(ABRT|SEGV|TRAP|ILL|BUS)$/);
    tight('');
    const { completion } = await host.sessions.restartSession(sessionId, { mode: 'anew', note: '' });
    expect(await completion).toMatchObject({ state: 'completed' });
  });

  it.runIf(existsSync('/usr/bin/prlimit'))(
    'for want of memory in the middle of a turn: the conversation goes on where it stopped',
    async () => {
      const full = Promise.withResolvers<void>();
      const big = { text: 'x'.repeat(30_000_000), after: full.promise };
      await start([{ tools: [{ name: 'Bash', input: { command: 'echo first', description: 'x' } }] }, big]);
      const {
        sessionId,
        pid,
        completion: first,
      } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'MAIN-TASK' });
      await eventually(() => main().length === 2);
      execFileSync('/usr/bin/prlimit', ['--pid', String(pid), '--as=1000000', '--data=1000000']);
      full.resolve();
      // Now and then it gets its answer out before it dies of it: then nothing is left to be done.
      if ((await first).state === 'completed') return expect((await first).result?.length).toBe(big.text.length);
      const report = reportOf(sessionId);
      // By a signal or by a word of its own, as it happens.
      expect(['crashed', 'failed']).toContain(report.state);
      expect(report).toMatchObject({ inFlight: [], conversation: { hasPrompt: true } });
      api.use([{ text: 'with more room' }]);
      const { completion } = await host.sessions.restartSession(sessionId, { mode: 'resume', note: 'GO-ON' });
      expect(await completion).toMatchObject({ state: 'completed', result: 'with more room' });
      expect([times(main().at(-1), 'MAIN-TASK'), times(main().at(-1), 'GO-ON')]).toEqual([1, 1]);
    },
  );
});

describe('what attempts cost, with the real agent', () => {
  it('is added up once, though the agent counts on from the total of the conversation', async () => {
    await start([{ text: 'one' }]);
    const first = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'MAIN-TASK' });
    const { sessionId } = first;
    const row = await first.completion;
    expect(row.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
    const second = await (await host.sessions.restartSession(sessionId, { mode: 'resume', note: 'and then?' })).completion;
    expect(second.usage).toMatchObject({ inputTokens: 200, outputTokens: 40 });
    expect(second.costUsd).toBeCloseTo(2 * (row.costUsd ?? 0), 9);
    const anew = await (await host.sessions.restartSession(sessionId, { mode: 'anew', note: '' })).completion;
    expect(anew.usage).toMatchObject({ inputTokens: 300, outputTokens: 60 });
    expect(anew.costUsd).toBeCloseTo(3 * (row.costUsd ?? 0), 9);
    expect(anew.agentSessionId).not.toBe(sessionId);
    const other = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'X', resume: anew.agentSessionId ?? '' });
    expect((await other.completion).usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
  });
});

describe('what the API refuses, with the real agent', () => {
  it('credentials: failed at once, and the report says so', async () => {
    await start([{ status: 401, errorType: 'authentication_error' }]);
    const { report } = await crash(() => undefined);
    expect(report).toMatchObject({ state: 'failed', apiStatus: 401, apiError: 'authentication_failed' });
  });

  it('a request: the status and the words are in the report', async () => {
    await start([{ status: 400, errorType: 'invalid_request_error' }]);
    const { report } = await crash(() => undefined);
    expect(report).toMatchObject({ state: 'failed', apiStatus: 400, turns: 1, result: expect.stringContaining('scripted error') });
  });

  it('an error that has passed is not in the report of a later crash', async () => {
    const never = new Promise(() => undefined);
    await start([
      { status: 529, errorType: 'overloaded_error' },
      { text: 'well again', tools: [{ name: 'Bash', input: { command: 'echo x', description: 'x' } }] },
      { after: never },
    ]);
    const { report } = await crash(async (pid) => {
      await said('well again');
      await eventually(() => main().length >= 3);
      kill(pid);
    });
    expect(report).toMatchObject({ state: 'crashed', apiStatus: null, apiError: null });
  });
});
