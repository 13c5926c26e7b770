import { afterEach, describe, expect, it } from 'vitest';
import { pool, sessions, type PoolRow } from '@vp/sdk';
import list from '../../../../plugins/pool/commands/sessions.ts';
import input from '../../../../plugins/pool/commands/session-input.ts';
import interrupt from '../../../../plugins/pool/commands/session-interrupt.ts';
import logs from '../../../../plugins/pool/commands/session-logs.ts';
import recover from '../../../../plugins/pool/commands/session-recover.ts';
import show from '../../../../plugins/pool/commands/session-show.ts';
import stop from '../../../../plugins/pool/commands/session-stop.ts';
import submit from '../../../../plugins/pool/commands/submit.ts';
import wait from '../../../../plugins/pool/commands/session-wait.ts';
import { fakeAgent } from '../../../support/agents/index.ts';
import { realAgent, startApi, type ScriptedApi } from '../../../support/api/index.ts';
import { eventually } from '../../../support/sessions.ts';
import { desk, type Desk, type DeskOptions } from './support.ts';

let api: ScriptedApi | undefined;
let opened: Desk | undefined;

afterEach(async () => {
  await opened?.end();
  await api?.close();
  opened = api = undefined;
});

async function open(options: DeskOptions): Promise<Desk> {
  return (opened = await desk(options));
}

/** One session runs and says nothing, a second one waits. */
async function busy(): Promise<{ here: Desk; running: string; waiting: string }> {
  const here = await open({ bin: fakeAgent('silent'), pool: { maxConcurrentSessions: 1 } });
  const [running] = await here.json<{ sessionId: string }>(submit, ['one'], { priority: 'high' });
  const [waiting] = await here.json<{ sessionId: string }>(submit, ['two']);
  await eventually(() => here.kernel.use(sessions).getActiveSessions().length === 1);
  return { here, running: running?.sessionId ?? '', waiting: waiting?.sessionId ?? '' };
}

describe('vp submit', () => {
  it('gives the ids of what was taken, the same for the same key', async () => {
    const here = await open({ bin: fakeAgent('silent') });
    const [first] = await here.json<{ requestId: string; sessionId: string }>(submit, ['do it'], { key: 'k' });
    const [second] = await here.json<object>(submit, ['do it'], { key: 'k' });
    expect(first).toMatchObject({ requestId: expect.any(String), sessionId: expect.any(String), existing: false });
    expect(second).toEqual({ ...first, existing: true });
    await expect(here.run(submit, ['another'], { key: 'k' })).rejects.toMatchObject({ code: 'VP_KEY_REUSED' });
  });

  it('tells a person what to do next', async () => {
    const { here } = await busy();
    const { out, err } = await here.run(submit, ['three']);
    expect(out[0]).toMatch(/^[\da-f-]{36} waits at place 2$/);
    expect(err[0]).toMatch(/vp session logs [\da-f]{8} -f .* vp session wait [\da-f]{8}$/);
  });
});

describe('vp sessions', () => {
  it('lists what runs and waits in a table', async () => {
    const { here, running, waiting } = await busy();
    const { out } = await here.run(list);
    expect(out[0]).toMatch(/^ID +STATE +PRIORITY/);
    expect(out[1]).toMatch(new RegExp(`^${waiting.slice(0, 8)} +queued +medium +default +0 .* place 1$`));
    expect(out[2]).toMatch(new RegExp(`^${running.slice(0, 8)} +(initializing|running) +high +default +1 `));
  });

  it('gives one array of flat rows as JSON, ended ones included', async () => {
    const { here, running, waiting } = await busy();
    await here.run(stop, [running], { force: true });
    const [rows] = await here.json<PoolRow[]>(list);
    expect(rows?.map(({ sessionId }) => sessionId)).toEqual([waiting, running]);
    expect(rows?.[1]).toMatchObject({
      requestId: expect.any(String),
      orchestrator: 'default',
      state: 'terminated',
      type: 'claude-code',
      attempts: 1,
      priority: 'high',
      endedAt: expect.any(String),
      usage: { inputTokens: 0 },
    });
    expect((await here.json<PoolRow[]>(list, [], { limit: '1' }))[0]?.length).toBe(1);
    await expect(here.run(list, [], { limit: 'all' })).rejects.toMatchObject({ code: 'VP_USAGE' });
  });

  it('says how to start one where there is none', async () => {
    const here = await open({});
    expect((await here.run(list)).err).toEqual([expect.stringContaining('vp submit')]);
    expect((await here.run(list, [], {}, { json: true })).out).toEqual(['[]']);
  });
});

describe('vp session', () => {
  it('finds a session by its id, its request and a beginning of six characters; else names the nearest', async () => {
    const { here, running } = await busy();
    const [row] = await here.json<PoolRow>(show, [running]);
    expect(row).toMatchObject({ sessionId: running });
    expect(await here.json(show, [row?.requestId ?? ''])).toEqual([expect.objectContaining({ sessionId: running })]);
    expect((await here.json<PoolRow>(show, [running.slice(0, 6)]))[0]?.sessionId).toBe(running);
    await expect(here.run(show, [running.slice(0, 5)])).rejects.toMatchObject({
      code: 'VP_REQUEST_UNKNOWN',
      hint: expect.stringContaining(running),
    });
    expect((await here.run(show, [running])).out.join('\n')).toMatch(/sessionId +[\da-f-]+\n[\s\S]*state +/);
  });

  it('wait gives the exit code of the end, at once where it has come, and 124 where it does not come in time', async () => {
    const { here, running, waiting } = await busy();
    expect((await here.run(wait, [running], { timeout: '0.2' })).code).toBe(124);
    const waits = here.run(wait, [waiting], {}, { json: true });
    await here.run(stop, [waiting]);
    const { code, out } = await waits;
    expect(code).toBe(1);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ sessionId: waiting, state: 'terminated' });
    expect((await here.run(wait, [waiting])).code).toBe(1);
    await expect(here.run(wait, [running], { timeout: '-1' })).rejects.toMatchObject({ code: 'VP_USAGE' });
    const abort = new AbortController();
    const interrupted = here.run(wait, [running], {}, { signal: abort.signal });
    abort.abort();
    expect((await interrupted).code).toBe(130);
    expect(here.kernel.use(sessions).getActiveSessions().length).toBe(1);
  });

  it('logs shows what was said, and with -f what comes until the end, each once', async () => {
    api = await startApi([
      { text: 'First words.', tools: [{ name: 'Bash', input: { command: 'echo one', description: 'x' } }] },
      { text: 'Last words.', delayMs: 1_000 },
    ]);
    const here = await open({ api: api.url, bin: realAgent });
    const [{ sessionId } = { sessionId: '' }] = await here.json<{ sessionId: string }>(submit, ['go']);
    await eventually(() => here.kernel.use(sessions).getSessionStatus(sessionId)?.recentOutput.includes('First') === true);
    const { code, out } = await here.run(logs, [sessionId], { follow: true });
    expect(code).toBe(0);
    expect(out.filter((line) => line.includes('First words')).length).toBe(1);
    expect(out.filter((line) => line.includes('Last words')).length).toBe(1);
    expect(out.at(-1)).toMatch(/^✔ completed/);
    const past = await here.run(logs, [sessionId]);
    expect(past.out.join('\n')).toMatch(/First words\.[\s\S]*Bash {2}echo one: one[\s\S]*Last words\./);
    const lines = await here.json<{ type: string; sessionId: string }>(logs, [sessionId]);
    expect(lines.map(({ type }) => type)).toEqual(['session-output']);
    expect((await here.run(logs, [sessionId], { follow: true })).code).toBe(0);
  });

  it('input and interrupt reach the agent of a session that stays open', async () => {
    api = await startApi([{ text: 'Hello.' }, { text: 'Again.' }]);
    const here = await open({ api: api.url, bin: realAgent });
    const { sessionId } = await here.kernel.use(pool).requestSession({
      config: { workingDirectory: here.agent.project, prompt: 'hi', keepOpen: true },
    });
    const output = (): string => here.kernel.use(sessions).getSessionStatus(sessionId)?.recentOutput ?? '';
    await eventually(() => output().includes('Hello'));
    expect((await here.run(input, [sessionId, 'more'])).code).toBe(0);
    await eventually(() => output().includes('Again'));
    expect((await here.run(interrupt, [sessionId])).code).toBe(0);
    await expect(here.run(input, [sessionId, ' '])).rejects.toMatchObject({ code: 'VP_USAGE' });
    expect((await here.run(stop, [sessionId])).out[0]).toContain(sessionId);
  });

  it('recover lets a session go on that has failed, and says where there is nothing to recover', async () => {
    const here = await open({ bin: fakeAgent('quitter'), recovery: { maxRetries: 0 } });
    const [{ sessionId } = { sessionId: '' }] = await here.json<{ sessionId: string }>(submit, ['go']);
    await here.run(wait, [sessionId]);
    expect((await here.run(recover, [sessionId])).code).toBe(0);
    await eventually(() => (here.kernel.use(sessions).getSessionStatus(sessionId)?.attempts ?? 0) === 2);
    await eventually(() => here.kernel.use(pool).getPoolStatus().active === 0);
  });
});
