/** `vp submit` and what follows: many requests, few slots, and a service that is killed in between. */
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { PoolRow } from '@vp/sdk';
import { realAgent, startApi, type ScriptedApi } from '../support/api/index.ts';
import { place, type Place } from '../support/vp.ts';

const light = join(import.meta.dirname, '..', 'support', 'agents', 'light.sh');

let at: Place;
let api: ScriptedApi | undefined;

afterEach(async () => {
  await at.remove();
  await api?.close();
  api = undefined;
});

async function prepare(bin: string, slots: number): Promise<void> {
  at = await place(api?.url);
  await at.config({
    plugins: [
      '@vp/store',
      '@vp/charter',
      ['@vp/claude', { bin, withoutFacts: 'allow', canary: false, reserveMb: 1 }],
      ['@vp/pool', { maxConcurrentSessions: slots, minFreeMemoryMb: 0 }],
      ['@vp/recovery', { backoff: { baseMs: 50 } }],
      '@vp/gateway',
    ],
  });
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await at.vp([...args, '--json']);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return JSON.parse(out) as T;
}

async function rows(): Promise<PoolRow[]> {
  return json<PoolRow[]>('sessions');
}

describe('vp submit', () => {
  it('ends ten requests of different priorities once each, two at a time, though the service is killed twice', async () => {
    await chmod(light, 0o755);
    await prepare(light, 2);
    let service = await at.service();
    const priorities = ['low', 'medium', 'high', 'critical', 'low', 'medium', 'high', 'critical', 'medium', 'low'];
    const accepted: string[] = [];
    for (const [n, priority] of priorities.entries()) {
      const { requestId } = await json<{ requestId: string }>(
        'submit',
        `task ${n}: steps=4 pace=0.05 crash=${n === 3 ? 2 : 0}`,
        '--priority',
        priority,
        '--cwd',
        at.project,
        '--key',
        `task-${n}`,
      );
      accepted.push(requestId);
    }
    for (let kill = 0; kill < 2; kill += 1) {
      service.child.kill('SIGKILL');
      await service.ended;
      expect((await at.vp(['sessions'])).code).toBe(3);
      service = await at.service();
      expect((await rows()).filter(({ state }) => state === 'running' || state === 'initializing').length).toBeLessThanOrEqual(2);
    }
    for (const id of accepted) expect((await at.vp(['session', 'wait', id])).code).toBe(0);
    const ended = await rows();
    expect(ended.map(({ requestId }) => requestId).toSorted()).toEqual(accepted.toSorted());
    expect(ended.filter(({ state }) => state !== 'completed')).toEqual([]);
    expect(ended.find(({ requestId }) => requestId === accepted[3])?.attempts).toBe(2);
    // What the same key was given for is not run again.
    expect(await json('submit', 'task 0: steps=4 pace=0.05 crash=0', '--cwd', at.project, '--key', 'task-0')).toMatchObject({
      requestId: accepted[0],
      existing: true,
    });
    const effects = (await readdir(at.project)).filter((name) => name.startsWith('effects-'));
    expect(effects.length).toBe(10);
    for (const name of effects) expect(await readFile(join(at.project, name), 'utf8')).toBe('done\n');
    service.child.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
  });

  it('follows, stops and waits for sessions of the real agent, with the exit codes of their ends', async () => {
    api = await startApi([{ text: 'Slowly done.', delayMs: 3_000 }]);
    await prepare(realAgent, 1);
    const service = await at.service();
    const first = await json<{ sessionId: string }>('submit', 'go', '--cwd', at.project);
    const second = await json<{ sessionId: string; position: number }>('submit', 'go', '--cwd', at.project, '--priority', 'low');
    expect(second.position).toBe(1);
    const logs = at.spawn(['session', 'logs', first.sessionId, '-f']);
    expect((await at.vp(['session', 'stop', second.sessionId])).out).toBe(`${second.sessionId} terminated\n`);
    expect((await at.vp(['session', 'wait', second.sessionId])).code).toBe(1);
    expect((await at.vp(['session', 'wait', first.sessionId.slice(0, 8)])).code).toBe(0);
    const followed = await logs.ended;
    expect(followed.code).toBe(0);
    expect(followed.out).toMatch(/Slowly done\.[\s\S]*✔ completed/);
    const unknown = await at.vp(['session', 'show', 'nobody', '--json']);
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.err)).toMatchObject({ error: { code: 'VP_REQUEST_UNKNOWN' } });
    service.child.kill('SIGTERM');
    await service.ended;
  });

  it('wait ends with 3 when the service goes away', async () => {
    await chmod(light, 0o755);
    await prepare(light, 1);
    const service = await at.service();
    const { sessionId } = await json<{ sessionId: string }>('submit', 'steps=100 pace=0.1', '--cwd', at.project);
    const wait = at.spawn(['session', 'wait', sessionId]);
    // Nothing tells that it waits: it has asked once it is connected, which a session that is listed after it shows well enough.
    await rows();
    service.child.kill('SIGKILL');
    await service.ended;
    expect((await wait.ended).code).toBe(3);
  });
});
