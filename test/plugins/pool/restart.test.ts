import { afterEach, describe, expect, it } from 'vitest';
import type { RecoveryDecision } from '@vp/sdk';
import { eventually, FakeSessions, FakeStore, request, sessionRow, settled, startPool, stopPools, type Running } from './support.ts';

afterEach(stopPools);

const analysis = { type: 'unknown', rootCause: '', confidence: 1, evidence: [], strategy: 'delayed', suggestedFixes: [] } as const;
const decision: RecoveryDecision = {
  action: 'retry',
  attemptNumber: 1,
  mode: 'resume',
  notBefore: 0,
  delayMs: 0,
  note: 'go on',
  reason: 'it crashed',
  analysis,
};
const recovery = { handleCrash: () => Promise.resolve(decision) };

/** What a promise rejects with. */
function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** One session crashes once and then completes; another completes. Ends where all have ended or the kernel is dead. */
async function live(running: Running): Promise<void> {
  const { sessions, life } = running;
  const isOver = (): boolean =>
    life.dead || running.store.of('requests').filter((one) => (one as { state: string }).state === 'ended').length === 2;
  while (!isOver()) {
    await settled();
    if (life.dead) return;
    for (const { sessionId, attempts, requestId, state } of sessions.active) {
      if (state === 'running') sessions.end(sessionId, requestId === 'crashes' && attempts === 1 ? 'crashed' : 'completed');
    }
    if (sessions.active.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('a kernel that dies at any write', () => {
  // Two submits; starting, running, ended for one; two attempts for the other.
  const writes = 2 + 3 + 6;
  it.each(Array.from({ length: writes }, (_, n) => [n + 1]))('%i leaves requests that each end once', async (n) => {
    for (const when of ['diesBefore', 'diesAfter'] as const) {
      const store = new FakeStore();
      const sessions = new FakeSessions();
      const setting = { store, sessions, recovery, config: { maxConcurrentSessions: 1 } };
      const first = await startPool({ ...setting, [when]: n });
      const submitted = await Promise.race([
        Promise.all(['crashes', 'completes'].map((requestId) => first.pool.submit(request({ requestId, prompt: requestId })))),
        eventually(() => first.life.dead),
      ]);
      await live(first);
      const second = await startPool(setting);
      await second.pool.listSessions();
      // Who was not told that it had been taken submits again.
      if (submitted === undefined)
        for (const requestId of ['crashes', 'completes']) await second.pool.submit(request({ requestId, prompt: requestId }));
      await live(second);
      await eventually(async () => (await second.pool.listSessions({ open: true })).length === 0);
      expect(sessions.most).toBe(1);
      expect(sessions.configs.map(({ prompt }) => prompt).toSorted()).toEqual(['completes', 'crashes']);
      expect(await second.pool.getSession('crashes')).toMatchObject({ state: 'completed', attempts: 2 });
      expect(await second.pool.getSession('completes')).toMatchObject({ state: 'completed', attempts: 1 });
      expect(
        store.events
          .filter(({ type }) => type === 'request-ended')
          .map(({ stream }) => stream)
          .toSorted(),
      ).toEqual(['completes', 'crashes']);
      // Told by the kernel that wrote it, unless that one died in the same moment.
      const told = [...first.of('request-ended'), ...second.of('request-ended')].map(({ requestId }) => requestId);
      expect(new Set(told).size).toBe(told.length);
      expect(second.pool.getMetrics()).toMatchObject({ totalSessions: 2, completedSessions: 2, recoveredSessions: 1, activeSessions: 0 });
      await stopPools();
    }
  });
});

describe('a kernel that takes over', () => {
  it('keeps order, priority and keys of what waits', async () => {
    const first = await startPool({ config: { maxConcurrentSessions: 1 } });
    for (const [prompt, priority] of [
      ['a', 'low'],
      ['b', 'medium'],
      ['c', 'critical'],
      ['d', 'medium'],
    ] as const)
      await first.pool.submit(request({ prompt, priority, idempotencyKey: prompt }));
    await eventually(() => first.sessions.active.length === 1);
    first.kill();
    const second = await startPool({ store: first.store, sessions: first.sessions, config: { maxConcurrentSessions: 1 } });
    expect(await second.pool.submit(request({ prompt: 'b', idempotencyKey: 'b' }))).toMatchObject({ existing: true, position: 2 });
    for (let n = 1; n <= 4; n += 1) {
      await eventually(() => second.sessions.configs.length === n && second.sessions.active.length === 1);
      for (const { sessionId } of second.sessions.active) second.sessions.end(sessionId);
    }
    expect(second.sessions.configs.map(({ prompt }) => prompt)).toEqual(['a', 'c', 'b', 'd']);
  });

  it('deals with a session that ended while no kernel ran as if its end had just come', async () => {
    const first = await startPool({ recovery });
    const { sessionId, requestId } = await first.pool.submit(request());
    await eventually(() => first.sessions.active.length === 1);
    first.kill();
    first.sessions.end(sessionId, 'crashed');
    const second = await startPool({ store: first.store, sessions: first.sessions, recovery });
    await eventually(() => second.sessions.rows.get(sessionId)?.attempts === 2);
    expect(second.of('session-recovering')).toMatchObject([{ requestId, attempt: 2 }]);
  });

  it('knows the requests of sessions whose database was lost; of those that ended it only has the end', async () => {
    const sessions = new FakeSessions();
    const config = { workingDirectory: '/work', prompt: '' };
    for (const requestId of ['runs', 'crashed']) {
      const row = sessionRow({ ...config, requestId });
      sessions.rows.set(row.sessionId, { ...row, state: 'running' });
      if (requestId === 'crashed') sessions.end(row.sessionId, 'crashed');
    }
    const { pool, of } = await startPool({ sessions, recovery });
    await eventually(async () => (await pool.listSessions()).length === 2);
    expect(await pool.getSession('runs')).toMatchObject({ state: 'running' });
    expect(await pool.getSession('crashed')).toMatchObject({ state: 'crashed', attempts: 1 });
    expect(pool.getPoolStatus().active).toBe(1);
    for (const { sessionId } of sessions.active) sessions.end(sessionId);
    await eventually(() => of('request-ended').length === 1);
    expect(sessions.restarts).toEqual([]);
  });

  it('ends a request whose session is gone', async () => {
    const first = await startPool();
    const { requestId, sessionId } = await first.pool.submit(request());
    await eventually(() => first.store.events.some(({ type }) => type === 'request-running'));
    first.kill();
    first.sessions.rows.delete(sessionId);
    const second = await startPool({ store: first.store, sessions: first.sessions });
    await eventually(() => second.of('request-ended').length === 1);
    expect(await second.pool.getSession(requestId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('state folder') });
  });

  it('keeps only so many ended requests, and counts the others still', async () => {
    const config = { keepRequests: 3 };
    const first = await startPool({ config });
    for (let n = 0; n < 8; n += 1) {
      const { sessionId } = await first.pool.submit(request({ idempotencyKey: `k${n}` }));
      await eventually(() => first.sessions.rows.get(sessionId)?.state === 'running');
      first.sessions.end(sessionId);
    }
    await eventually(() => first.of('request-ended').length === 8);
    first.kill();
    const second = await startPool({ store: first.store, config });
    await eventually(async () => (await second.pool.listSessions()).length === 3);
    expect(second.pool.getMetrics()).toMatchObject({ totalSessions: 8, completedSessions: 8, costUsd: 4, totalTokens: 80 });
    const third = await startPool({ store: first.store, config });
    await third.pool.listSessions();
    expect(third.pool.getMetrics()).toMatchObject({ totalSessions: 8, completedSessions: 8 });
    expect(await third.pool.submit(request({ idempotencyKey: 'k7' }))).toMatchObject({ existing: true });
    expect(await third.pool.submit(request({ idempotencyKey: 'k1' }))).toMatchObject({ existing: false });
  });
});

describe('a reload', () => {
  it('loses no promise that waits, starts nothing twice and keeps draining', async () => {
    const running = await startPool({ config: { maxConcurrentSessions: 2 } });
    const { pool, sessions } = running;
    const gate = Promise.withResolvers<void>();
    sessions.gate = gate.promise;
    const promises = Array.from({ length: 4 }, () => pool.requestSession(request()));
    await eventually(() => sessions.configs.length === 2);
    await running.reload();
    await running.reload();
    gate.resolve();
    const first = await Promise.all(promises.slice(0, 2));
    for (const { sessionId } of first) sessions.end(sessionId);
    const ended = await Promise.all(first.map(({ completion }) => completion));
    expect(ended.map(({ state }) => state)).toEqual(['completed', 'completed']);
    await Promise.all(promises);
    expect(sessions.configs.length).toBe(4);
    expect(sessions.most).toBe(2);
    const drained = pool.drain();
    await running.reload();
    expect(pool.getPoolStatus().draining).toBe(true);
    for (const { sessionId } of sessions.active) sessions.end(sessionId);
    await drained;
    expect(running.of('request-ended').length).toBeGreaterThanOrEqual(2);
  });

  it('applies a new limit to what waits', async () => {
    const running = await startPool({ config: { maxConcurrentSessions: 1 } });
    for (let n = 0; n < 3; n += 1) await running.pool.submit(request());
    await eventually(() => running.sessions.active.length === 1);
    await running.reload({ maxConcurrentSessions: 3 });
    await eventually(() => running.sessions.active.length === 3);
  });

  it('tells who waits when the service ends for good', async () => {
    const running = await startPool({ config: { maxConcurrentSessions: 1 } });
    await running.pool.requestSession(request());
    const waiting = running.pool.requestSession(request());
    await settled();
    const [told] = await Promise.all([thrown(waiting), running.plugin.stop()]);
    expect(told).toMatchObject({ code: 'VP_POOL_STOPPED' });
  });
});
