import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutputBatch, SessionCrashReport, SessionRow, StoreOperation } from '@vp/sdk';
import { fakeAgent } from '../../support/agents/index.ts';
import { agentHome, type AgentHome } from '../../support/api/index.ts';
import { eventually, removeHome, startHost, type Host, type HostOptions } from '../../support/sessions.ts';

let home: AgentHome;
let host: Host;

afterEach(async () => {
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
  await home.remove();
});

async function start(options: HostOptions = {}): Promise<void> {
  home = await agentHome('http://127.0.0.1:9');
  const stop = { interruptMs: 100, eofMs: 100, termMs: 100 };
  host = await startHost({
    variables: home.env,
    ...options,
    config: { bin: fakeAgent('player'), canary: false, withoutFacts: 'allow', stop, ...options.config },
  });
}

/** The next kernel on the same state folder. */
async function nextKernel(options: HostOptions = {}): Promise<void> {
  await host.stop();
  const config = { bin: fakeAgent('player'), canary: false, withoutFacts: 'allow', ...options.config };
  host = await startHost({ home: host.home, variables: home.env, ...options, config });
  await host.sessions.adopted();
}

const DIES = { die: 'SIGKILL' } as const;
const plan = (...steps: object[]): string => JSON.stringify(steps);
const text = (words: string): object => ({ say: { type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: words }] } } });

async function run(prompt: string, more: object = {}): Promise<SessionRow> {
  const { completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt, ...more });
  return completion;
}

async function again(sessionId: string, note: string, mode: 'resume' | 'anew' = 'resume'): Promise<SessionRow> {
  return (await host.sessions.restartSession(sessionId, { mode, note })).completion;
}

function ids(): string[] {
  return host.payloads<OutputBatch>('on-output').flatMap((batch) => batch.events.map((event) => event.id));
}

/** The agent's own record, as it would have written it. */
function transcript(id: string, lines: readonly (object | string)[]): void {
  const dir = join(home.home, '.claude', 'projects', home.project.replaceAll(/[^a-zA-Z0-9]/g, '-'));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${id}.jsonl`), lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''));
}

describe('a further attempt', () => {
  it('goes on in the same folder, with the same id; what was running is put away, and event ids are never used twice', async () => {
    await start();
    const { sessionId, state } = await run(plan(text('one'), { raw: '{"torn' }, DIES));
    expect(state).toBe('crashed');
    const row = await again(sessionId, plan(text('two'), { result: 'good' }));
    expect(row).toMatchObject({ sessionId, state: 'completed', attempts: 2, result: 'good', signal: null, reason: null });
    expect(readdirSync(join(host.home, 'sessions', sessionId, 'attempts', '1')).sort()).toEqual(
      ['bell', 'exit', 'holder', 'in.d', 'live', 'pid', 'stdin'].sort(),
    );
    expect(ids().length).toBe(new Set(ids()).size);
    expect(host.payloads<{ status: SessionRow }>('session-ended').map(({ status }) => `${status.attempts} ${status.state}`)).toEqual([
      '1 crashed',
      '2 completed',
    ]);
    expect(host.payloads('pre-spawn').length).toBe(4);
    expect(host.payloads('budget-check').filter((one) => (one as { moment: string }).moment === 'spawn').length).toBe(2);
  });

  it('is refused while the session runs, twice at one time, and for a session that is not known', async () => {
    await start();
    const { sessionId, completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: plan({ hang: true }) });
    const restart = () => host.sessions.restartSession(sessionId, { mode: 'anew', note: '' });
    await expect(restart()).rejects.toMatchObject({ code: 'VP_SESSION_RUNNING' });
    await host.sessions.terminateSession(sessionId, false);
    await completion;
    const [first, second] = await Promise.allSettled([restart(), restart()]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    await expect(host.sessions.restartSession(crypto.randomUUID(), { mode: 'anew', note: '' })).rejects.toMatchObject({
      code: 'VP_SESSION_UNKNOWN',
    });
  });

  it('that is refused by a hook leaves the session as it was', async () => {
    await start();
    const { sessionId } = await run(plan(DIES));
    host.taps['pre-spawn'] = () => ({ refused: { level: 'deny', reason: 'not today', plugin: 'calendar' } });
    await expect(host.sessions.restartSession(sessionId, { mode: 'anew', note: '' })).rejects.toMatchObject({ code: 'VP_SPAWN_REFUSED' });
    expect(host.sessions.getSessionStatus(sessionId)).toMatchObject({ state: 'crashed', attempts: 1 });
    delete host.taps['pre-spawn'];
    expect(await again(sessionId, plan({ result: 'now' }))).toMatchObject({ state: 'completed', attempts: 2 });
  });

  it('does not have the prompt once more where a tap adds to it', async () => {
    await start();
    host.taps['pre-spawn'] = (spec) => ({ spec: spec.argv === undefined ? { ...spec, prompt: `${spec.prompt}\n\nADDED` } : spec });
    const { sessionId } = await run(plan(DIES));
    await again(sessionId, '', 'anew');
    const [said] = readdirSync(join(host.home, 'sessions', sessionId, 'in.d')).filter((name) => name === '3');
    const message = JSON.parse(readFileSync(join(host.home, 'sessions', sessionId, 'in.d', said ?? ''), 'utf8')) as {
      message: { content: string };
    };
    expect(message.message.content).toBe(`${plan(DIES)}\n\nADDED`);
  });

  it('in the next kernel finds all that it needs on disk', async () => {
    await start();
    const { sessionId } = await run(plan(text('one'), { ask: ['q1', 't1'] }, DIES), { model: 'some-model', labels: { team: 'a' } });
    const before = host.sessions.getCrashReport(sessionId);
    await nextKernel();
    expect(host.sessions.getCrashReport(sessionId)).toEqual(before);
    expect(host.sessions.getCrashReports()).toEqual([before]);
    expect(await again(sessionId, plan({ result: 'good' }))).toMatchObject({ state: 'completed', attempts: 2 });
    expect(host.payloads<{ argv?: string[]; labels: object }>('pre-spawn').at(-1)).toMatchObject({
      labels: { team: 'a' },
      argv: expect.arrayContaining(['--resume', sessionId, '--model', 'some-model']),
    });
  });
});

describe('what attempts cost', () => {
  const spent = (row: SessionRow): unknown[] => [row.usage.inputTokens, Math.round((row.costUsd ?? 0) * 1_000) / 1_000];

  it('is added up where the agent begins at nothing in each of its processes', async () => {
    await start();
    const first = await run(plan({ result: 'x', tokens: 10, cost: 0.5 }));
    expect(spent(first)).toEqual([10, 0.5]);
    transcript(first.sessionId, [{ type: 'cost-state', totalCostUSD: 0.5, modelUsage: { m: { inputTokens: 10 } } }]);
    expect(spent(await again(first.sessionId, plan({ result: 'y', tokens: 7, cost: 0.2 })))).toEqual([17, 0.7]);
  });

  it('is not counted twice where the agent counts on from the total of its conversation', async () => {
    await start();
    const first = await run(plan({ result: 'x', tokens: 10, cost: 0.5 }));
    transcript(first.sessionId, [{ type: 'cost-state', totalCostUSD: 0.5, modelUsage: { m: { inputTokens: 10 } } }]);
    const row = await again(first.sessionId, plan({ result: 'y', tokens: 17, cost: 0.7 }, { result: 'z', tokens: 20, cost: 0.8 }));
    expect(spent(row)).toEqual([20, 0.8]);
  });

  it('has the tokens of a turn that was cut off, as its messages told them', async () => {
    await start();
    const usage = { input_tokens: 30, output_tokens: 2 };
    const { sessionId } = await run(plan({ say: { type: 'assistant', message: { id: 'm', content: [], usage } } }, DIES));
    expect((await again(sessionId, plan({ result: 'x', tokens: 5 }))).usage).toMatchObject({ inputTokens: 35, outputTokens: 2 });
  });

  it('is the same in the row of the next kernel', async () => {
    await start();
    const { sessionId } = await run(plan({ result: 'x', tokens: 10, cost: 0.5 }));
    await again(sessionId, plan({ result: 'y', tokens: 7, cost: 0.2 }, DIES));
    const row = host.sessions.getSessionStatus(sessionId);
    await nextKernel();
    expect(host.sessions.getSessionStatus(sessionId)).toEqual(row);
  });
});

describe('the report of a crash', () => {
  async function report(prompt: string, more: object = {}): Promise<SessionCrashReport> {
    await start();
    const { sessionId } = await run(prompt, more);
    const found = host.sessions.getCrashReport(sessionId);
    if (found === null) throw new Error('no report');
    return found;
  }

  it('names calls that were let run and have no result, and none that has one, was denied or never had its verdict', async () => {
    await start();
    host.taps['pre-command'] = (call) => {
      if (call.id === 'denied') return [{ level: 'deny', reason: 'no', plugin: 'policy' }];
      return call.id === 'waiting' ? new Promise(() => undefined) : [];
    };
    const done = { say: { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 'done', content: 'ok' }] } } };
    const asks = ['done', 'denied', 'running', 'waiting'].map((id) => ({ ask: [`q-${id}`, id] }));
    const { sessionId, pid, completion } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: plan(...asks.slice(0, 1), done, ...asks.slice(1), DIES),
    });
    await host.until('pre-command', (call: { id: string }) => call.id === 'waiting');
    process.kill(pid, 'SIGKILL');
    await completion;
    expect(host.sessions.getCrashReport(sessionId)?.inFlight).toEqual([
      { toolUseId: 'running', tool: 'Bash', input: { command: 'echo running' } },
    ]);
  });

  it('asks the transcript too: a call whose result was lost on its way is not in flight', async () => {
    await start();
    const { sessionId, pid, completion } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: plan(
        { ask: ['q', 'lost-one'] },
        { raw: '{"type":"user","mess{"type":"system"}\n' },
        { ask: ['q2', 'other'] },
        { hang: true },
      ),
    });
    await host.until('verdict', (verdict: { toolUseId: string }) => verdict.toolUseId === 'other');
    transcript(sessionId, [
      {
        type: 'assistant',
        message: {
          content: [
            { type: 'tool_use', id: 'lost-one' },
            { type: 'tool_use', id: 'other' },
          ],
        },
      },
      { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 'lost-one' }] } },
    ]);
    process.kill(pid, 'SIGKILL');
    await completion;
    const found = host.sessions.getCrashReport(sessionId);
    expect(found?.inFlight.map((call) => call.toolUseId)).toEqual(['other']);
    expect(found?.lastEvents.some((event) => event.type === 'lost')).toBe(true);
    expect(found?.conversation.evidence.join()).toContain('other');
  });

  it('has the limit that is used up, in milliseconds, and the word for why the last turn ended', async () => {
    const limit = {
      type: 'rate_limit_event',
      rate_limit_info: { status: 'rejected', resetsAt: 1_900_000_000, rateLimitType: 'five_hour' },
    };
    const result = {
      type: 'result',
      subtype: 'success',
      is_error: true,
      result: 'no more',
      terminal_reason: 'api_error',
      api_error_status: 429,
    };
    expect(await report(plan({ say: limit }, { say: result }))).toMatchObject({
      state: 'failed',
      rateLimit: { resetsAt: 1_900_000_000_000, type: 'five_hour' },
      terminalReason: 'api_error',
      apiStatus: 429,
      result: 'no more',
      resultSubtype: 'success',
      turns: 1,
    });
  });

  it('belongs to one attempt: nothing of the one before is in it', async () => {
    const first = await report(
      plan(text('FIRST'), { say: { type: 'system', subtype: 'api_retry', error_status: 529, error: 'overloaded' } }, DIES),
    );
    expect(first).toMatchObject({ apiStatus: 529, apiError: 'overloaded', attempt: 1, mode: 'first' });
    await again(first.sessionId, plan(text('SECOND'), DIES));
    const second = host.sessions.getCrashReport(first.sessionId);
    expect(second).toMatchObject({ apiStatus: null, apiError: null, attempt: 2, mode: 'resume', turns: 0 });
    expect(JSON.stringify(second?.lastEvents)).toContain('SECOND');
    expect(JSON.stringify(second?.lastEvents)).not.toContain('FIRST');
  });

  it('tells a damaged transcript from one whose last line was cut off', async () => {
    await start();
    const { sessionId, pid, completion } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: plan({ hang: true }),
    });
    transcript(sessionId, ['{"type":"user","mess\n', { type: 'user', message: { content: 'x' } }, '{"type":"assis']);
    await host.until('session-state', (change: { state: string }) => change.state === 'running');
    process.kill(pid, 'SIGKILL');
    await completion;
    const { conversation } = host.sessions.getCrashReport(sessionId) ?? {};
    expect(conversation).toMatchObject({ transcript: 'damaged', hasPrompt: false, id: sessionId });
    expect(conversation?.evidence).toEqual(['1 lines of it do not parse', 'its last line was cut off']);
  });

  it('finds what was said in a transcript however long it is, and tells of branches', async () => {
    await start();
    const { sessionId, pid, completion } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: plan({ hang: true }),
    });
    await host.until('session-state', (change: { state: string }) => change.state === 'running');
    const file = join(host.home, 'sessions', sessionId, 'in.d', '3');
    const { uuid } = JSON.parse(readFileSync(file, 'utf8')) as { uuid: string };
    const filler = { type: 'assistant', message: { content: [{ type: 'text', text: 'x'.repeat(1_000_000) }] } };
    const branch = { type: 'user', parentUuid: 'p', message: { content: 'y' } };
    const long = [filler, filler, { type: 'user', uuid, message: { content: 'the prompt' } }, ...Array.from({ length: 5 }, () => filler)];
    transcript(sessionId, [...long, branch, branch]);
    process.kill(pid, 'SIGKILL');
    await completion;
    const { conversation } = host.sessions.getCrashReport(sessionId) ?? {};
    expect(conversation).toMatchObject({
      transcript: 'whole',
      hasPrompt: true,
      evidence: [expect.stringContaining('more than one branch')],
    });
  });

  it('is not made where the agent was killed after its work was done', async () => {
    await start();
    const prompt = plan({ stay: true }, { result: 'all is done' });
    const { sessionId, pid, completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt });
    await eventually(() => readFileSync(join(host.home, 'sessions', sessionId, 'state.json'), 'utf8').includes('"inputClosed":true'));
    process.kill(pid, 'SIGKILL');
    expect(await completion).toMatchObject({
      state: 'completed',
      result: 'all is done',
      signal: 'SIGKILL',
      reason: expect.stringContaining('after its work was done'),
    });
    expect(host.sessions.getCrashReport(sessionId)).toBeNull();
  });
});

describe('a session whose id the caller names', () => {
  it('has that id and the request that it serves; an id that is taken or no UUID is refused', async () => {
    await start();
    const sessionId = crypto.randomUUID();
    expect(await run(plan({ result: 'x' }), { sessionId, requestId: 'r-1' })).toMatchObject({ sessionId, requestId: 'r-1' });
    await expect(run('x', { sessionId })).rejects.toMatchObject({ code: 'VP_SESSION_ID_TAKEN' });
    await expect(run('x', { sessionId: '../up' })).rejects.toMatchObject({ code: 'VP_SESSION_ID_TAKEN' });
    await nextKernel();
    expect(host.sessions.getSessionStatus(sessionId)).toMatchObject({ requestId: 'r-1' });
  });

  it('is checked without being started', async () => {
    await start();
    const check = (more: object) => () => host.sessions.checkConfig({ workingDirectory: home.project, prompt: 'x', ...more });
    expect(check({})).not.toThrow();
    expect(check({ prompt: ' ' })).toThrow(expect.objectContaining({ code: 'VP_PROMPT_EMPTY' }));
    expect(check({ workingDirectory: '/nowhere' })).toThrow(expect.objectContaining({ code: 'VP_CWD_INVALID' }));
    expect(check({ type: 'command' })).toThrow(expect.objectContaining({ code: 'VP_UNGOVERNED' }));
    expect(host.payloads('pre-spawn')).toEqual([]);
  });
});

describe('the event log', () => {
  it('gets each transition and each end once, with keys that make a second try harmless, and misses nothing when the store was away', async () => {
    const written: StoreOperation[] = [];
    let away = true;
    const store = {
      transact: (operations: readonly StoreOperation[]) => {
        if (away) return Promise.reject(new Error('away'));
        written.push(...operations);
        return Promise.resolve(operations.map(() => 1));
      },
    };
    await start({ store });
    const { sessionId } = await run(plan({ result: 'x', tokens: 10, cost: 0.5, error: true }, { exit: 3 }));
    expect(written).toEqual([]);
    away = false;
    await nextKernel({ store });
    await eventually(() => written.length > 0);
    await again(sessionId, plan({ result: 'y' }));
    await eventually(() => written.some((one) => one.op === 'append' && one.type === 'session-ended' && one.key === '2'));
    const events = new Map(written.map((one) => [one.op === 'append' ? `${one.type} ${one.key}` : one.op, one] as const));
    expect([...events.keys()]).toEqual([
      'session-state 1:running:1',
      'session-state 1:failed:2',
      'session-ended 1',
      'session-state 2:running:3',
      'session-state 2:completed:4',
      'session-ended 2',
    ]);
    expect(events.get('session-ended 1')).toMatchObject({
      stream: sessionId,
      data: { attempt: 1, state: 'failed', usage: { inputTokens: 10 }, costUsd: 0.5, exitCode: 3 },
    });
    expect(host.payloads('log warn')).toEqual([]);
  });
});

describe('what a session has said', () => {
  it('is read in pages, from any byte on, also of an ended session', async () => {
    await start();
    const { sessionId } = await run(plan(...Array.from({ length: 50 }, (_none, n) => text(`words ${n}`)), { result: 'x' }));
    const all = await host.sessions.readOutput(sessionId, 0, 5000);
    expect(all.more).toBe(false);
    const seen: string[] = [];
    let after = 0;
    for (let more = true; more;) {
      const page = await host.sessions.readOutput(sessionId, after, 7);
      expect(page.events.length).toBeLessThanOrEqual(7);
      seen.push(...page.events.map((event) => event.id));
      ({ next: after, more } = page);
    }
    expect(seen).toEqual(all.events.map((event) => event.id));
    expect(seen).toEqual(ids());
    const middle = Number(all.events[10]?.id.split(':')[1]);
    const from = await host.sessions.readOutput(sessionId, middle + 3, 1);
    expect(from.events[0]?.id).toBe(all.events[11]?.id);
    expect(await host.sessions.readOutput(sessionId, all.next)).toEqual({ events: [], next: all.next, more: false });
  });
});

describe('ended sessions are kept', () => {
  const rows = (): string[] => host.sessions.listSessions().map((row) => row.sessionId);

  it('up to a number, the oldest go first', async () => {
    await start({ config: { keepEnded: 2 } });
    const all: string[] = [];
    for (const words of ['a', 'b', 'c']) all.push((await run(words)).sessionId);
    expect(rows()).toEqual(all.slice(1));
    expect(readdirSync(join(host.home, 'sessions')).sort()).toEqual(all.slice(1).sort());
  });

  it('up to the room that they take', async () => {
    await start({ config: { keepMb: 0.5 } });
    const big = plan({ raw: `${' '.repeat(300_000)}\n` }, { result: 'x' });
    const first = (await run(big)).sessionId;
    const second = (await run(big)).sessionId;
    await eventually(() => !rows().includes(first));
    expect(rows()).toEqual([second]);
  });

  it('up to an age', async () => {
    await start({ config: { retentionMs: 1 } });
    const first = (await run('a')).sessionId;
    const kept = Date.now() + 2;
    await eventually(() => Date.now() > kept);
    const second = (await run('b')).sessionId;
    expect(rows()).not.toContain(first);
    await nextKernel({ config: { retentionMs: 600_000 } });
    expect(rows().every((id) => id === second)).toBe(true);
  });
});

describe('a disk that is nearly full', () => {
  it('pauses the agents that run, before what they say would be lost; they go on once there is space', async () => {
    await start();
    const { sessionId, pid } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '[]', keepOpen: true });
    await nextKernel({ config: { reserveMb: 1e9 } });
    await host.until('log error', (entry: { message: string }) => entry.message.includes('all agents are paused'));
    await eventually(() => stateOf(pid) === 'T');
    host.sessions.sendInput(sessionId, 'still here');
    await nextKernel({ config: { reserveMb: 0 } });
    await host.until('on-output', (batch: OutputBatch) => batch.events.some((event) => event.text === 'still here'));
    expect(stateOf(pid)).not.toBe('T');
  });

  it('lets a paused session be ended', async () => {
    await start();
    const { sessionId, pid } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '[]', keepOpen: true });
    await nextKernel({ config: { reserveMb: 1e9 } });
    await eventually(() => stateOf(pid) === 'T');
    await host.sessions.terminateSession(sessionId);
    expect(host.sessions.getSessionStatus(sessionId)).toMatchObject({ state: 'terminated', signal: null });
  });

  it('takes no new attempt, first or further', async () => {
    await start();
    const { sessionId } = await run(plan(DIES));
    await nextKernel({ config: { reserveMb: 1e9 } });
    await expect(run('x')).rejects.toMatchObject({ code: 'VP_DISK_LOW' });
    await expect(host.sessions.restartSession(sessionId, { mode: 'anew', note: '' })).rejects.toMatchObject({ code: 'VP_DISK_LOW' });
  });
});

/** The letter that the system gives the process: `T` is stopped. */
function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
}
