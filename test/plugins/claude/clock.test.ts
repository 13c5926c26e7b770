import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { momentOf, since } from '../../../plugins/claude/state/clock.ts';
import { fakeAgent } from '../../support/agents/index.ts';
import { agentHome, type AgentHome } from '../../support/api/index.ts';
import { removeHome, startHost, type Host } from '../../support/sessions.ts';

const DAY = 86_400_000;
let home: AgentHome;
let host: Host;
let shift = 0;

beforeEach(async () => {
  home = await agentHome('http://127.0.0.1:9');
  shift = 0;
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + shift);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
  await home.remove();
});

async function start(agent: 'silent' | 'stubborn', stop: object): Promise<void> {
  host = await startHost({ variables: home.env, config: { bin: fakeAgent(agent), canary: false, stop } });
}

describe.each([
  ['forwards', DAY],
  ['back', -DAY],
])('a clock that is set %s by a day', (_way, by) => {
  it('ends no session before its time, and ends it then', async () => {
    await start('silent', { interruptMs: 50, eofMs: 50, termMs: 50 });
    const began = performance.now();
    const { completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x', timeout: 1_500 });
    shift = by;
    const row = await completion;
    expect(row.state).toBe('timeout');
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_500);
    expect(row.metrics.executionTime).toBeGreaterThanOrEqual(1_500);
    expect(row.metrics.executionTime).toBeLessThan(DAY / 2);
  });

  it('gives each rung of the stop ladder its time, and no more', async () => {
    await start('stubborn', { interruptMs: 300, eofMs: 300, termMs: 300 });
    const { completion, sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x' });
    await host.until('on-output');
    const began = performance.now();
    void host.sessions.terminateSession(sessionId);
    shift = by;
    expect(await completion).toMatchObject({ state: 'terminated', signal: 'SIGKILL' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(900);
  });

  it('is believed only across a boot of the machine, and never gives a negative span', async () => {
    await start('silent', {});
    const moment = momentOf('this boot');
    shift = by;
    expect(since(moment, 'this boot')).toBeLessThan(DAY / 2);
    expect(since(moment, 'the next boot')).toBeGreaterThanOrEqual(by > 0 ? DAY : 0);
    expect(since(moment, 'the next boot')).toBeLessThan(2 * DAY);
  });
});
