import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pool } from '@vp/sdk';
import run from '../../../../plugins/pool/commands/run.ts';
import { fakeAgent } from '../../../support/agents/index.ts';
import { startApi, type ScriptedApi } from '../../../support/api/index.ts';
import { eventually } from '../../../support/sessions.ts';
import { desk, type Desk, type DeskOptions } from './support.ts';

let api: ScriptedApi | undefined;
let here: Desk | undefined;

afterEach(async () => {
  await here?.end();
  await api?.close();
  here = api = undefined;
});

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'x' } });
const NO_FORBIDDEN = `hooks: { 'pre-command': ({ input }) => JSON.stringify(input).includes('forbidden')
  ? { level: 'deny', reason: 'no', rule: 'r' } : undefined }`;

async function open(options: DeskOptions): Promise<Desk> {
  return (here = await desk(options));
}

async function scripted(): Promise<Desk> {
  api = await startApi([
    { text: 'I look.', tools: [bash('echo one; echo two')] },
    { tools: [bash('echo forbidden')] },
    { text: 'All\x1b[2J done.' },
  ]);
  return open({ api: api.url, taps: NO_FORBIDDEN });
}

interface Line {
  readonly type: string;
  readonly seq: number;
  readonly at: string;
  readonly sessionId: string;
}

describe('vp run', () => {
  it('shows text, calls with their verdicts and output, and a closing line; nothing that moves the cursor', async () => {
    const { code, out } = await (await scripted()).run(run, ['do it']);
    const text = out.join('\n');
    expect(code).toBe(0);
    expect(text).toMatch(
      /I look\.[\s\S]*✓ Bash {2}echo one; echo two[\s\S]*│ one\n[\s\S]*│ two[\s\S]*✗ Bash {2}echo forbidden\n\s+denied by r of taps: no[\s\S]*All done\./,
    );
    expect(out.at(-1)).toMatch(/^✔ completed · [\d.]+ s · 300 tokens in, 60 out · \$0\.\d{4} · 1 denied$/);
    expect(text).not.toContain('\x1b');
  });

  it('prints a line of JSON for each event, numbered, from queued to ended', async () => {
    const lines = await (await scripted()).json<Line>(run, ['do it']);
    expect(lines.map((line) => line.seq)).toEqual(lines.map((_line, n) => n));
    expect(new Set(lines.map((line) => line.sessionId)).size).toBe(1);
    expect(lines.slice(0, 2)).toMatchObject([
      { type: 'request-queued', requestId: expect.any(String), position: 0 },
      { type: 'session-spawned' },
    ]);
    expect(lines.filter((line) => line.type === 'verdict')).toMatchObject([{ verdict: 'allow' }, { verdict: 'deny', rule: 'r' }]);
    expect(lines.at(-1)).toMatchObject({
      type: 'session-ended',
      state: 'completed',
      attempts: 1,
      usage: { inputTokens: 300 },
      costUsd: expect.any(Number),
    });
    expect(lines.filter((line) => line.type === 'session-ended').length).toBe(1);
  });

  it('works in the directory that is given, relative to where it is run', async () => {
    const { agent, run: vp } = await open({ bin: fakeAgent('silent') });
    await expect(vp(run, ['do it'], { cwd: 'missing' })).rejects.toMatchObject({
      code: 'VP_CWD_INVALID',
      message: expect.stringContaining(join(agent.project, 'missing')),
    });
  });

  it('tells who refused a session, after the last line', async () => {
    const taps = `hooks: { 'pre-spawn': () => ({ level: 'deny', reason: 'not today' }) }`;
    const { run: vp } = await open({ bin: fakeAgent('silent'), taps });
    const out: string[] = [];
    const refused = vp(run, ['do it'], {}, { json: true, print: (line) => void out.push(line) });
    await expect(refused).rejects.toMatchObject({ code: 'VP_SPAWN_REFUSED', message: expect.stringContaining('taps') });
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({ type: 'session-ended', state: 'failed', error: { code: 'VP_SPAWN_REFUSED' } });
  });

  it.each([
    ['no prompt', [], {}],
    ['an empty prompt', [' '], {}],
    ['a timeout that is no number', ['x'], { timeout: 'soon' }],
    ['a timeout that no timer takes', ['x'], { timeout: '1e12' }],
  ])('refuses %s, and says what to write', async (_name, args, options) => {
    const { run: vp } = await open({ bin: fakeAgent('silent') });
    await expect(vp(run, args, options)).rejects.toMatchObject({ code: 'VP_USAGE' });
  });

  it.each([
    [1, 'an agent that fails', 'quitter', {}],
    [124, 'a timeout', 'silent', { timeout: '0.3' }],
  ] as const)('gives %i for %s', async (code, _name, agent, options) => {
    const { run: vp } = await open({ bin: fakeAgent(agent) });
    expect((await vp(run, ['x'], options)).code).toBe(code);
  });

  it('gives 130 when it is interrupted, after the session has ended', async () => {
    const { kernel, run: vp } = await open({ bin: fakeAgent('stubborn') });
    const abort = new AbortController();
    const out: string[] = [];
    const ran = vp(run, ['x'], {}, { json: true, signal: abort.signal, print: (line) => void out.push(line) });
    await eventually(() => out.some((line) => line.includes('session-output')));
    abort.abort();
    expect((await ran).code).toBe(130);
    expect(await kernel.use(pool).listSessions()).toMatchObject([{ state: 'terminated' }]);
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({ type: 'session-ended', state: 'terminated' });
  });

  it('takes its request back when it is interrupted while it waits', async () => {
    const { kernel, run: vp } = await open({ bin: fakeAgent('silent'), pool: { maxConcurrentSessions: 1 } });
    await kernel.use(pool).requestSession({ config: { workingDirectory: here?.agent.project ?? '', prompt: 'first' } });
    const abort = new AbortController();
    const out: string[] = [];
    const ran = vp(run, ['x'], {}, { signal: abort.signal, print: (line) => void out.push(line) });
    await eventually(() => out.some((line) => line.includes('place 1')));
    abort.abort();
    expect((await ran).code).toBe(130);
    expect(await kernel.use(pool).listSessions()).toMatchObject([{ state: 'terminated', attempts: 0 }, {}]);
  });
});
