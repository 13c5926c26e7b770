import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandContext } from '@vp/sdk';
import run from '../../../../plugins/claude/commands/run.ts';
import { agentHome, realAgent, startApi, type AgentHome, type ScriptedApi } from '../../../support/api/index.ts';
import { fakeAgent } from '../../../support/agents/index.ts';
import { eventually, removeHome, startHost, type Host } from '../../../support/sessions.ts';

let api: ScriptedApi;
let home: AgentHome;
let host: Host;

beforeEach(async () => {
  api = await startApi([
    { text: 'I look.', tools: [bash('echo one; echo two')] },
    { tools: [bash('echo forbidden')] },
    { text: 'All\x1b[2J done.' },
  ]);
  home = await agentHome(api.url);
  await use(realAgent);
});

afterEach(async () => {
  await stop();
  await api.close();
  await home.remove();
});

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'x' } });

async function use(bin: string): Promise<void> {
  host = await startHost({
    variables: home.env,
    config: { bin, canary: false, withoutFacts: 'allow', stop: { interruptMs: 100, eofMs: 100, termMs: 100 } },
    taps: {
      'pre-command': ({ input }) =>
        JSON.stringify(input).includes('forbidden') ? [{ level: 'deny', reason: 'no', rule: 'r', plugin: 'p' }] : [],
    },
  });
}

async function stop(): Promise<void> {
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
}

interface Ran {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

async function vpRun(
  args: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
  more: Partial<CommandContext> = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run({
    args,
    options,
    json: false,
    tty: false,
    cwd: home.project,
    env: {},
    signal: new AbortController().signal,
    print: (line) => void out.push(line),
    warn: (line) => void err.push(line),
    use: (() => host.remote()) as unknown as CommandContext['use'],
    ...more,
  });
  return { code, out, err };
}

describe('vp run', () => {
  it('shows text, calls with their verdicts and output, and a closing line; nothing that moves the cursor', async () => {
    const { code, out } = await vpRun(['do it']);
    const text = out.join('\n');
    expect(code).toBe(0);
    expect(text).toMatch(
      /I look\.[\s\S]*✓ Bash {2}echo one; echo two[\s\S]*│ one\n[\s\S]*│ two[\s\S]*✗ Bash {2}echo forbidden\n\s+denied by r of p: no[\s\S]*All done\./,
    );
    expect(out.at(-1)).toMatch(/^✔ completed · [\d.]+ s · 300 tokens in, 60 out · \$0\.\d{4} · 1 denied$/);
    expect(text).not.toContain('\x1b');
  });

  it('prints a line of JSON for each event, numbered, from queued to ended', async () => {
    const { code, out } = await vpRun(['do it'], {}, { json: true });
    const lines = out.map((line) => JSON.parse(line) as { type: string; seq: number; at: string; sessionId: string });
    expect(code).toBe(0);
    expect(lines.map((line) => line.seq)).toEqual(lines.map((_line, n) => n));
    expect(new Set(lines.map((line) => line.sessionId)).size).toBe(1);
    expect(lines.slice(0, 2).map((line) => line.type)).toEqual(['request-queued', 'session-spawned']);
    expect(lines.filter((line) => line.type === 'verdict')).toMatchObject([{ verdict: 'allow' }, { verdict: 'deny', rule: 'r' }]);
    expect(lines.at(-1)).toMatchObject({
      type: 'session-ended',
      state: 'completed',
      usage: { inputTokens: 300 },
      costUsd: expect.any(Number),
    });
    expect(lines.filter((line) => line.type === 'session-ended').length).toBe(1);
  });

  it('works in the directory that is given, relative to where it is run', async () => {
    await expect(vpRun(['do it'], { cwd: 'missing' })).rejects.toMatchObject({
      code: 'VP_CWD_INVALID',
      message: expect.stringContaining(join(home.project, 'missing')),
    });
  });

  it('gives 4 where the session is refused, and says by whom', async () => {
    host.taps['pre-spawn'] = () => ({ refused: { level: 'deny', reason: 'not today', plugin: 'calendar' } });
    expect(await vpRun(['do it'])).toMatchObject({ code: 4, out: [], err: [expect.stringContaining('calendar')] });
    const { err } = await vpRun(['do it'], {}, { json: true });
    expect(JSON.parse(err[0] ?? '')).toMatchObject({ error: { code: 'VP_SPAWN_REFUSED' } });
  });

  it.each([
    ['no prompt', [], {}],
    ['a timeout that is no number', ['x'], { timeout: 'soon' }],
  ])('gives 2 for %s', async (_name, args, options) => {
    expect((await vpRun(args, options)).code).toBe(2);
  });

  it.each([
    [1, 'an agent that fails', 'quitter', {}],
    [124, 'a timeout', 'silent', { timeout: '0.3' }],
  ] as const)('gives %i for %s', async (code, _name, agent, options) => {
    await stop();
    await use(fakeAgent(agent));
    expect((await vpRun(['x'], options)).code).toBe(code);
  });

  it('gives 130 when it is interrupted, after the session has ended', async () => {
    await stop();
    await use(fakeAgent('stubborn'));
    const abort = new AbortController();
    const ran = vpRun(['x'], {}, { signal: abort.signal });
    await eventually(() => host.payloads('on-output').length > 0);
    abort.abort();
    expect((await ran).code).toBe(130);
    expect(host.sessions.listSessions()).toMatchObject([{ state: 'terminated' }]);
  });
});
