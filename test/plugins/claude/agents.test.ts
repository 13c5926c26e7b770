import { readFileSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutputBatch, SessionRow } from '@vp/sdk';
import { linux } from '../../../plugins/claude/platform/linux.ts';
import { fakeAgent } from '../../support/agents/index.ts';
import { agentHome, type AgentHome } from '../../support/api/index.ts';
import { eventually, removeHome, startHost, type Host } from '../../support/sessions.ts';

type Agent = Parameters<typeof fakeAgent>[0];

const hosts: Host[] = [];
const homes: AgentHome[] = [];

async function hostFor(agent: string, config: object = {}): Promise<{ host: Host; home: AgentHome }> {
  const home = await agentHome('http://127.0.0.1:9');
  const stop = { interruptMs: 100, eofMs: 100, termMs: 100 };
  const host = await startHost({ variables: home.env, config: { bin: agent, canary: false, withoutFacts: 'allow', stop, ...config } });
  hosts.push(host);
  homes.push(home);
  return { host, home };
}

async function run(agent: Agent, prompt = 'go', config: object = {}): Promise<{ host: Host; row: SessionRow }> {
  const { host, home } = await hostFor(fakeAgent(agent), config);
  const { completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt });
  return { host, row: await completion };
}

function events(host: Host): OutputBatch['events'] {
  return host.payloads<OutputBatch>('on-output').flatMap((batch) => batch.events);
}

afterEach(async () => {
  for (const host of hosts.splice(0)) {
    await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
    await host.stop();
    await removeHome(host.home);
  }
  for (const home of homes.splice(0)) await home.remove();
});

describe('an agent that behaves badly', () => {
  it('prints garbage: each line that does not parse is reported as lost, and the session goes on', async () => {
    const { host, row } = await run('garbage');
    expect(row).toMatchObject({ state: 'completed', result: 'after the garbage' });
    expect(events(host).filter((event) => event.type === 'lost').length).toBe(5);
  });

  it('ends in the middle of a line: the half line is reported, the result stands', async () => {
    const { host, row } = await run('half-line');
    expect(row).toMatchObject({ state: 'completed', result: 'whole' });
    expect(events(host).at(-1)).toMatchObject({ type: 'lost', text: expect.stringContaining('"assistant","mess') });
  });

  it('prints 100 MB without a newline: the line is passed over without being held in memory', async () => {
    const before = process.memoryUsage().rss;
    let peak = 0;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);
    const { host, row } = await run('flood', '100', { lineMb: 16 });
    clearInterval(timer);
    expect(row).toMatchObject({ state: 'completed', result: 'after the flood' });
    expect(events(host).find((event) => event.type === 'lost')?.text).toContain('100000000 bytes');
    expect(peak - before).toBeLessThan(60e6);
  });

  it('prints without end: the session is ended as failed once its output has reached the cap', async () => {
    const { row } = await run('flood', '1000000', { transcriptMb: 5 });
    expect(row).toMatchObject({ state: 'failed', reason: expect.stringContaining('transcriptMb') });
  });

  it('ends at once: failed, with its own last words', async () => {
    const { row } = await run('quitter');
    expect(row).toMatchObject({ state: 'failed', exitCode: 3, signal: null, reason: expect.stringContaining('I quit') });
  });

  it('is no program: the session is refused before anything is started', async () => {
    const { host, home } = await hostFor('/nowhere/claude');
    await expect(host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'go' })).rejects.toMatchObject({
      code: 'VP_CLAUDE_MISSING',
    });
    expect(host.payloads('pre-spawn')).toEqual([]);
  });

  it('never answers: it is initializing until its time is over, and ends as timeout', async () => {
    const { host, home } = await hostFor(fakeAgent('silent'));
    const { completion, sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'go', timeout: 300 });
    expect(host.sessions.getSessionStatus(sessionId)?.state).toBe('initializing');
    expect(await completion).toMatchObject({ state: 'timeout' });
    expect(host.log.map((one) => one.name)).toContain('session-timeout');
  });

  it('ignores the interrupt, the end of its input and SIGTERM: the ladder ends with SIGKILL', async () => {
    const { host, home } = await hostFor(fakeAgent('stubborn'));
    const { completion, sessionId, pid } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'go' });
    await host.until('on-output', (batch: OutputBatch) => batch.events.some((event) => event.text === 'never'));
    await host.sessions.terminateSession(sessionId);
    expect(await completion).toMatchObject({ state: 'terminated', signal: 'SIGKILL' });
    expect(linux.look(pid)?.zombie ?? true).toBe(true);
  });

  it('leaves children behind, one with setsid: none of them lives when the session counts as ended', async () => {
    const { host, home } = await hostFor(fakeAgent('litterer'));
    const { sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'go' });
    const alive: number[] = [];
    const ended = await host.until('session-ended');
    const row = (ended.payload as { status: SessionRow }).status;
    for (const pid of (row.result ?? '').split(' ').map(Number)) if (linux.look(pid)?.zombie === false) alive.push(pid);
    expect(row.state).toBe('completed');
    expect(row.result).toMatch(/^\d+ \d+$/);
    expect(alive).toEqual([]);
    expect(linux.members(sessionId, undefined)).toEqual([]);
  });

  it('closes its input: the kernel is not held up, and its end is seen', async () => {
    const { row } = await run('deaf');
    expect(row).toMatchObject({ state: 'failed', exitCode: 0, reason: expect.stringContaining('without a result') });
  });

  it('runs with settings in which the gate does not hold: it never gets the prompt', async () => {
    const { row } = await run('ungated');
    expect(row).toMatchObject({ state: 'failed', result: null, reason: expect.stringContaining('the gate does not hold') });
  });

  it('is killed: crashed, with the signal, and reported', async () => {
    const { host, home } = await hostFor(fakeAgent('stubborn'));
    const { completion, pid, sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'go' });
    await host.until('on-output');
    process.kill(pid, 'SIGKILL');
    expect(await completion).toMatchObject({ state: 'crashed', exitCode: null, signal: 'SIGKILL' });
    expect(host.sessions.getCrashReports()).toMatchObject([{ sessionId, signal: 'SIGKILL' }]);
  });

  it('loses its holder to SIGKILL: it works on, and its end is noticed though nobody recorded it', async () => {
    const { host, home } = await hostFor(fakeAgent('asker'));
    const { completion, sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '0', keepOpen: true });
    await host.until('session-state', (change: { state: string }) => change.state === 'waiting');
    const holder = Number(readFileSync(`${host.home}/sessions/${sessionId}/holder`, 'utf8').split(' ')[0]);
    process.kill(holder, 'SIGKILL');
    host.sessions.sendInput(sessionId, '1');
    await host.until('verdict');
    host.sessions.closeInput(sessionId);
    expect(await completion).toMatchObject({ state: 'completed', exitCode: null, reason: expect.stringContaining('holder') });
  });
});

describe('a session of a plain command', () => {
  it('is refused unless ungoverned sessions are allowed', async () => {
    const { host, home } = await hostFor(fakeAgent('quitter'));
    const request = { workingDirectory: home.project, prompt: 'x', type: 'command', command: ['cat'] } as const;
    await expect(host.sessions.spawnSession(request)).rejects.toMatchObject({ code: 'VP_UNGOVERNED' });
  });

  it('gets the prompt as its input, and its output is text', async () => {
    const { host, home } = await hostFor('unused', { allowUngoverned: true });
    const { completion } = await host.sessions.spawnSession({
      workingDirectory: home.project,
      prompt: 'to be repeated',
      type: 'command',
      command: ['cat'],
    });
    expect(await completion).toMatchObject({ state: 'completed', governed: false, recentOutput: 'to be repeated\n' });
  });
});

describe('a request that cannot be met', () => {
  it('names the directory that is missing', async () => {
    const { host, home } = await hostFor(fakeAgent('quitter'));
    rmSync(home.project, { recursive: true });
    const spawn = host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x' });
    await expect(spawn).rejects.toMatchObject({ code: 'VP_CWD_INVALID', message: expect.stringContaining('does not exist') });
  });

  it('is refused by a pre-spawn tap, by name, and leaves no folder', async () => {
    const { host, home } = await hostFor(fakeAgent('quitter'));
    host.taps['pre-spawn'] = () => ({ refused: { level: 'deny', reason: 'not today', plugin: 'calendar' } });
    const spawn = host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x' });
    await expect(spawn).rejects.toMatchObject({ code: 'VP_SPAWN_REFUSED', message: expect.stringContaining('calendar') });
    expect(host.sessions.listSessions()).toEqual([]);
  });

  it('is refused where it would be a second writer of a conversation', async () => {
    const { host, home } = await hostFor(fakeAgent('silent'));
    const { sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x' });
    const second = host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x', resume: sessionId });
    await expect(second).rejects.toMatchObject({ code: 'VP_CONVERSATION_BUSY' });
  });

  it('shows its final arguments to guards, without the prompt', async () => {
    const { host, home } = await hostFor(fakeAgent('quitter'));
    await (
      await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'the secret prompt' })
    ).completion;
    const [first, second] = host.payloads<{ argv?: string[] }>('pre-spawn');
    expect(first?.argv).toBeUndefined();
    expect(second?.argv).toEqual(expect.arrayContaining(['--permission-prompt-tool', '--managed-settings']));
    expect(second?.argv?.join(' ')).not.toContain('the secret prompt');
  });
});

describe('ended sessions', () => {
  it('are kept until they are cleaned up', async () => {
    const { host, row } = await run('quitter');
    expect(host.sessions.getSessionStatus(row.sessionId)?.state).toBe('failed');
    expect(host.sessions.cleanupCompletedSessions()).toBe(1);
    expect(host.sessions.getSessionStatus(row.sessionId)).toBeNull();
    await eventually(() => host.sessions.listSessions().length === 0);
  });
});
