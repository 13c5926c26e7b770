import { afterEach, describe, expect, it } from 'vitest';
import { VpError, type Priority } from '@vp/sdk';
import { eventually, request, settled, startPool, stopPools } from './support.ts';

afterEach(stopPools);

describe('the pool', () => {
  it('starts a request that finds a slot, tells each step, and ends it once', async () => {
    const { pool, sessions, told, store } = await startPool();
    const accepted = await pool.submit(request({ priority: 'high' }));
    expect(accepted).toMatchObject({ existing: false, position: 0, estimatedWaitMs: null });
    await eventually(() => sessions.active.length === 1);
    expect(sessions.configs[0]).toMatchObject({
      prompt: 'do it',
      priority: 'high',
      sessionId: accepted.sessionId,
      requestId: accepted.requestId,
    });
    expect(await pool.getSession(accepted.requestId)).toMatchObject({ state: 'running', attempts: 1, position: null });
    sessions.end(accepted.sessionId, 'completed', { result: 'done' });
    await eventually(() => told.some(({ event }) => event === 'request-ended'));
    expect(told.map(({ event }) => event)).toEqual(['request-queued', 'session-allocated', 'session-released', 'request-ended']);
    expect(await pool.getSession(accepted.sessionId)).toMatchObject({ state: 'completed', result: 'done', requestId: accepted.requestId });
    expect(store.events.map(({ type, key }) => [type, key])).toEqual([
      ['request-queued', 'queued'],
      ['request-starting', 'attempt:1'],
      ['request-running', 'running:1'],
      ['request-ended', 'ended'],
    ]);
    expect(store.of('request-configs')).toEqual([]);
  });

  it('never runs more than the cap under a hundred concurrent requests, and runs them all', async () => {
    const { pool, sessions, of } = await startPool({ config: { maxConcurrentSessions: 7 } });
    const accepted = await Promise.all(Array.from({ length: 100 }, (_, n) => pool.submit(request({ prompt: `task ${n}` }))));
    expect(new Set(accepted.map(({ sessionId }) => sessionId)).size).toBe(100);
    expect(accepted.filter(({ position }) => position === 0).length).toBe(7);
    while (of('request-ended').length < 100) {
      await eventually(() => sessions.active.length > 0);
      expect(pool.getPoolStatus().active).toBeLessThanOrEqual(7);
      for (const { sessionId } of sessions.active.slice(0, 3)) sessions.end(sessionId);
      await settled();
    }
    expect(sessions.most).toBe(7);
    expect(sessions.configs.length).toBe(100);
    expect(pool.getPoolStatus()).toMatchObject({ active: 0, queued: 0, starting: 0, utilization: 0 });
  });

  it('starts what waits by priority, the older first among equals, when a slot frees', async () => {
    const { pool, sessions } = await startPool({ config: { maxConcurrentSessions: 1 } });
    const given: [string, Priority][] = [
      ['first', 'low'],
      ['m1', 'medium'],
      ['low', 'low'],
      ['m2', 'medium'],
      ['critical', 'critical'],
      ['high', 'high'],
    ];
    for (const [prompt, priority] of given) await pool.submit(request({ prompt, priority }));
    const rows = await pool.listSessions();
    expect(rows.toReversed().map(({ position, state }) => [position, state])).toEqual([
      [null, 'running'],
      [3, 'queued'],
      [5, 'queued'],
      [4, 'queued'],
      [1, 'queued'],
      [2, 'queued'],
    ]);
    for (let n = 1; n <= 6; n += 1) {
      await eventually(() => sessions.configs.length === n && sessions.active.length === 1);
      for (const { sessionId } of sessions.active) sessions.end(sessionId);
    }
    expect(sessions.configs.map(({ prompt }) => prompt)).toEqual(['first', 'critical', 'high', 'm1', 'm2', 'low']);
    await eventually(() => pool.getMetrics().completedSessions === 6);
    const accepted = await pool.submit(request());
    expect(accepted.position).toBe(0);
    expect((await pool.submit(request())).estimatedWaitMs).toBe(100);
  });

  it('starts at most maxStarting at the same time, and the next when one is ready or has ended', async () => {
    const { pool, sessions } = await startPool({ config: { maxStarting: 2 } });
    sessions.quick = false;
    for (let n = 0; n < 4; n += 1) await pool.submit(request());
    await settled();
    expect(sessions.configs.length).toBe(2);
    expect(pool.getPoolStatus()).toMatchObject({ starting: 2, active: 2, queued: 2, heldBy: null });
    sessions.ready(sessions.active[0]?.sessionId ?? '');
    await eventually(() => sessions.configs.length === 3);
    sessions.end(sessions.active[1]?.sessionId ?? '');
    await eventually(() => sessions.configs.length === 4);
  });

  it('shares slots among orchestrators, and keeps to the limit of each', async () => {
    const limited = (file: string | undefined) => ({
      id: file ?? 'default',
      hash: 'h',
      charter: { name: file ?? 'default', resources: file === 'c' ? { maxSessions: 1, tokenBudget: {} } : { tokenBudget: {} } } as never,
    });
    const { pool, sessions } = await startPool({ config: { maxConcurrentSessions: 5, perOrchestrator: 3 }, charter: limited });
    for (const charter of ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c', 'c']) await pool.submit(request({ charter }));
    await eventually(() => sessions.active.length === 5);
    // Three of a found free slots before the others came.
    expect(sessions.configs.map(({ charter }) => charter)).toEqual(['a', 'a', 'a', 'b', 'b']);
    for (const { sessionId } of sessions.active) sessions.end(sessionId);
    await eventually(() => sessions.configs.length === 8);
    expect(sessions.configs.slice(5).map(({ charter }) => charter)).toEqual(['c', 'a', 'a']);
    expect(pool.getPoolStatus()).toMatchObject({ active: 3, queued: 1, heldBy: null });
  });

  it('refuses what nobody could run, before it is noted', async () => {
    const { pool, store } = await startPool();
    const config = { workingDirectory: '/missing', prompt: 'x' };
    await expect(pool.submit({ config })).rejects.toMatchObject({ code: 'VP_CWD_INVALID' });
    expect(store.writes).toBe(0);
  });

  it('refuses a request beyond the queue, free slots counted', async () => {
    const { pool } = await startPool({ config: { maxConcurrentSessions: 2, maxQueueSize: 1 } });
    const tried = await Promise.allSettled(Array.from({ length: 5 }, () => pool.submit(request())));
    expect(tried.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await expect(pool.submit(request())).rejects.toMatchObject({ code: 'VP_QUEUE_FULL', hint: expect.stringContaining('maxQueueSize') });
  });

  it('gives requestSession once the session runs, its completion at the end of the request, and what kept it from starting', async () => {
    const { pool, sessions } = await startPool();
    const { sessionId, pid, completion } = await pool.requestSession(request());
    expect(pid).toBe(4_321);
    sessions.end(sessionId, 'completed', { result: 'yes' });
    expect(await completion).toMatchObject({ state: 'completed', result: 'yes' });
    sessions.faults = [new VpError('VP_CLAUDE_MISSING', 'not found', { hint: 'install it' })];
    await expect(pool.requestSession(request())).rejects.toMatchObject({ code: 'VP_CLAUDE_MISSING' });
    expect((await pool.listSessions({ limit: 1 }))[0]).toMatchObject({
      state: 'failed',
      error: { code: 'VP_CLAUDE_MISSING', message: 'not found', hint: 'install it' },
    });
  });

  it('waits for memory, and says so', async () => {
    const { pool, sessions, reload } = await startPool({ config: { minFreeMemoryMb: 1e9 } });
    await pool.submit(request());
    await settled();
    expect(sessions.configs).toEqual([]);
    expect(pool.getPoolStatus()).toMatchObject({ active: 0, queued: 1, heldBy: expect.stringContaining('minFreeMemoryMb') });
    await reload({ minFreeMemoryMb: 0 });
    await eventually(() => sessions.configs.length === 1);
  });

  it('lets a critical request take the slot of the least important, which goes on later', async () => {
    const { pool, sessions, of } = await startPool({ config: { maxConcurrentSessions: 2, preemption: true } });
    const low = await pool.submit(request({ priority: 'low' }));
    await pool.submit(request({ priority: 'high' }));
    await eventually(() => sessions.active.length === 2);
    const critical = await pool.submit(request({ priority: 'critical' }));
    await eventually(() => sessions.rows.get(critical.sessionId)?.state === 'running');
    expect(of('session-recovering')).toMatchObject([{ requestId: low.requestId, mode: 'resume', attempt: 2 }]);
    expect(await pool.getSession(low.requestId)).toMatchObject({ state: 'queued', attempts: 1 });
    sessions.end(critical.sessionId);
    await eventually(() => sessions.restarts.length === 1);
    sessions.end(low.sessionId);
    await eventually(() => of('request-ended').length === 2);
    expect(await pool.getSession(low.requestId)).toMatchObject({ state: 'completed', attempts: 2 });
  });
});

describe('the same request again', () => {
  it('is run once, however often its key is submitted at once', async () => {
    const { pool, sessions } = await startPool();
    const accepted = await Promise.all(Array.from({ length: 100 }, () => pool.submit(request({ idempotencyKey: 'k' }))));
    expect(new Set(accepted.map(({ requestId }) => requestId)).size).toBe(1);
    expect(accepted.filter(({ existing }) => !existing).length).toBe(1);
    await eventually(() => sessions.configs.length > 0);
    sessions.end(accepted[0]?.sessionId ?? '');
    await settled();
    expect(await pool.submit(request({ idempotencyKey: 'k' }))).toMatchObject({ existing: true, sessionId: accepted[0]?.sessionId });
    expect(sessions.configs.length).toBe(1);
  });

  it('is known by its id too, also while the pool drains', async () => {
    const { pool, sessions } = await startPool();
    await pool.submit(request({ requestId: 'r' }));
    void pool.drain();
    expect(await pool.submit(request({ requestId: 'r' }))).toMatchObject({ requestId: 'r', existing: true });
    await expect(pool.submit(request({ requestId: 's' }))).rejects.toMatchObject({ code: 'VP_POOL_DRAINING' });
    expect(sessions.configs.length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['prompt', { prompt: 'another' }],
    ['charter', { charter: '/other.yaml' }],
    ['directory', { config: { workingDirectory: '/other', prompt: 'do it' } }],
  ])('is refused with another %s', async (_what, change) => {
    const { pool } = await startPool();
    await pool.submit(request({ idempotencyKey: 'k', requestId: 'r' }));
    await expect(pool.submit(request({ idempotencyKey: 'k', ...change }))).rejects.toMatchObject({ code: 'VP_KEY_REUSED' });
    await expect(pool.submit(request({ requestId: 'r', ...change }))).rejects.toMatchObject({ code: 'VP_KEY_REUSED' });
  });

  it('is free again where the first could not be written down', async () => {
    const { pool, store } = await startPool();
    store.fault = new VpError('VP_STORE_FULL', 'no space');
    const tried = await Promise.allSettled([1, 2, 3].map(() => pool.submit(request({ idempotencyKey: 'k' }))));
    expect(tried.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    store.fault = undefined;
    expect(await pool.submit(request({ idempotencyKey: 'k' }))).toMatchObject({ existing: false });
  });
});
