import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutputBatch, SessionRow, VerdictEvent } from '@vp/sdk';
import { fakeAgent } from '../../support/agents/index.ts';
import { agentHome, type AgentHome } from '../../support/api/index.ts';
import { removeHome, startHost, type Host } from '../../support/sessions.ts';

let home: AgentHome;
let host: Host;

afterEach(async () => {
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
  await home.remove();
});

async function start(judge: () => Promise<[]> = () => Promise.resolve([])): Promise<void> {
  home = await agentHome('http://127.0.0.1:9');
  host = await startHost({
    variables: home.env,
    config: { bin: fakeAgent('asker'), canary: false, withoutFacts: 'allow' },
    taps: { 'pre-command': judge },
  });
}

/** Event ids in the order in which they were shown. */
function shown(): string[] {
  return host.payloads<OutputBatch>('on-output').flatMap((batch) => batch.events.map((event) => event.id));
}

describe('a swap of the plugin while a session runs', () => {
  it('answers every question once and shows every line once, over fifty swaps', async () => {
    await start();
    const { completion, sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '300' });
    for (let n = 0; n < 50; n += 1) {
      const soFar = host.payloads('verdict').length;
      await host.swap();
      await host.until('verdict', () => host.payloads('verdict').length > soFar || host.payloads('session-ended').length > 0);
      // The log keeps old verdicts; wait for a new one, so that the swaps are spread over the session.
      while (host.payloads('verdict').length === soFar && host.payloads('session-ended').length === 0)
        await new Promise((resolve) => setImmediate(resolve));
    }
    const row = await completion;
    const expected = Array.from({ length: 300 }, (_none, n) => `q${n}:allow`).join(' ');
    expect(row).toMatchObject({ state: 'completed', result: expected });
    expect(new Set(host.payloads<VerdictEvent>('verdict').map((one) => one.toolUseId)).size).toBe(300);
    expect(host.payloads('verdict').length).toBe(300);
    expect(shown().length).toBe(new Set(shown()).size);
    expect(new Set(host.log.filter((one) => one.name === 'verdict').map((one) => one.generation)).size).toBeGreaterThan(10);
    expect(host.payloads('session-start').length).toBe(1);
    expect(sessionId).toBe(row.sessionId);
  });

  it('judges a waiting question afresh; the verdict that the old version was finding is dropped', async () => {
    const held: (() => void)[] = [];
    await start(() => new Promise((resolve) => held.push(() => resolve([]))));
    const { completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '1' });
    await host.until('pre-command');
    await host.swap();
    await host.until('pre-command', () => host.payloads('pre-command').length === 2);
    for (const release of held) release();
    expect(await completion).toMatchObject({ state: 'completed', result: 'q0:allow' });
    expect(host.log.filter((one) => one.name === 'verdict').map((one) => one.generation)).toEqual([2]);
  });

  it('hands a session that is being started to the version that is in force when it runs', async () => {
    await start();
    const spawning = host.sessions.spawnSession({ workingDirectory: home.project, prompt: '2' });
    await host.until('pre-spawn');
    await host.swap();
    expect(await (await spawning).completion).toMatchObject({ state: 'completed' });
    expect(new Set(host.log.filter((one) => one.name === 'on-output').map((one) => one.generation))).toEqual(new Set([2]));
  });

  it('goes on with a stop that has begun', async () => {
    home = await agentHome('http://127.0.0.1:9');
    const stop = { interruptMs: 300, eofMs: 300, termMs: 300 };
    host = await startHost({ variables: home.env, config: { bin: fakeAgent('stubborn'), canary: false, stop } });
    const { completion, sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'x' });
    await host.until('on-output');
    const terminated = host.sessions.terminateSession(sessionId);
    await host.swap();
    await terminated;
    expect(await completion).toMatchObject({ state: 'terminated', signal: 'SIGKILL' });
  });
});

describe('a stop of the plugin', () => {
  it('leaves its sessions to their holders; the next kernel takes them up and misses nothing', async () => {
    await start();
    const { sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '40' });
    await host.until('verdict', () => host.payloads('verdict').length >= 10);
    await host.stop();
    const first = host;
    const before = shown();
    host = await startHost({
      home: first.home,
      variables: home.env,
      config: { bin: fakeAgent('asker'), canary: false, withoutFacts: 'allow' },
    });
    const { payload } = await host.until('session-ended');
    expect((payload as { status: SessionRow }).status).toMatchObject({
      sessionId,
      state: 'completed',
      result: expect.stringMatching(/^q0:allow .*q39:allow$/),
    });
    // At least once: the rest of the lines, from the journaled offset on.
    expect(shown().length + before.length).toBeGreaterThanOrEqual(new Set([...before, ...shown()]).size);
    const lines = readFileSync(join(host.home, 'sessions', sessionId, 'out'), 'utf8');
    const offsets = new Set([...before, ...shown()].map((id) => Number(id.split(':')[1])));
    const results = [...lines.matchAll(/^\{"type":"result"/gm)].map((match) => match.index);
    expect(results.every((offset) => offsets.has(offset))).toBe(true);
  });

  it('settles a session that ended while no kernel ran', async () => {
    await start();
    const { sessionId, pid } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: '0', keepOpen: true });
    await host.until('session-state', (change: { state: string }) => change.state === 'waiting');
    await host.stop();
    process.kill(pid, 'SIGKILL');
    const { home: state } = host;
    host = await startHost({ home: state, variables: home.env, config: { bin: fakeAgent('asker'), canary: false } });
    const { payload } = await host.until('session-ended');
    expect(payload).toMatchObject({ sessionId, status: { state: 'crashed', signal: 'SIGKILL' } });
  });
});
