import { afterEach, describe, expect, it, vi } from 'vitest';
import { VpError, type CrashAnalysis, type RecoveryDecision } from '@vp/sdk';
import { eventually, request, settled, startPool, stopPools, type Running } from './support.ts';

afterEach(async () => {
  vi.useRealTimers();
  await stopPools();
});

const analysis: CrashAnalysis = { type: 'unknown', rootCause: 'x', confidence: 1, evidence: [], strategy: 'delayed', suggestedFixes: [] };

function retry(change: Partial<Extract<RecoveryDecision, { action: 'retry' }>> = {}): Extract<RecoveryDecision, { action: 'retry' }> {
  return {
    action: 'retry',
    attemptNumber: 1,
    mode: 'resume',
    notBefore: Date.now(),
    delayMs: 0,
    note: 'go on',
    reason: 'it crashed',
    analysis,
    ...change,
  };
}

/** A retry that is due in an hour. */
function later(): Extract<RecoveryDecision, { action: 'retry' }> {
  return retry({ notBefore: Date.now() + 3_600_000, delayMs: 3_600_000 });
}

async function run({ pool, sessions }: Running): Promise<{ requestId: string; sessionId: string }> {
  const accepted = await pool.submit(request());
  await eventually(() => sessions.rows.get(accepted.sessionId)?.state === 'running');
  return accepted;
}

describe('a session that crashes', () => {
  it('goes on with the same id as recovery decides, and its request ends once', async () => {
    const handleCrash = vi.fn().mockResolvedValueOnce(retry());
    const running = await startPool({ recovery: { handleCrash } });
    const { pool, sessions, of } = running;
    const { requestId, sessionId } = await run(running);
    sessions.end(sessionId, 'crashed');
    await eventually(() => sessions.rows.get(sessionId)?.attempts === 2);
    expect(handleCrash).toHaveBeenCalledWith(sessionId, expect.objectContaining({ attempt: 1 }));
    expect(sessions.restarts).toEqual([{ sessionId, mode: 'resume', note: 'go on' }]);
    expect(of('session-recovering')).toMatchObject([{ requestId, sessionId, attempt: 2, mode: 'resume', reason: 'it crashed' }]);
    sessions.end(sessionId);
    await eventually(() => of('request-ended').length === 1);
    expect(await pool.getSession(requestId)).toMatchObject({ state: 'completed', attempts: 2 });
    expect(pool.getMetrics()).toMatchObject({
      totalSessions: 1,
      completedSessions: 1,
      crashedSessions: 0,
      recoveredSessions: 1,
      totalTokens: 10,
    });
    expect(of('session-released').length).toBe(2);
  });

  it.each([
    [
      'recovery says stop',
      { handleCrash: () => Promise.resolve({ action: 'stop' as const, reason: 'no more retries', analysis }) },
      'no more retries',
    ],
    ['recovery itself fails', { handleCrash: () => Promise.reject(new Error('broken')) }, 'broken'],
    ['nobody recovers', undefined, null],
  ])('ends where %s', async (_what, recovery, reason) => {
    const running = await startPool(recovery ? { recovery } : {});
    const { requestId, sessionId } = await run(running);
    running.sessions.end(sessionId, 'crashed');
    await eventually(() => running.of('request-ended').length === 1);
    expect(await running.pool.getSession(requestId)).toMatchObject({
      state: 'crashed',
      reason: reason === null ? null : expect.stringContaining(reason),
    });
  });

  it('is not recovered where it was being stopped, has completed, or autoRecovery is off', async () => {
    const handleCrash = vi.fn().mockResolvedValue(retry());
    const running = await startPool({ recovery: { handleCrash }, config: { autoRecovery: false } });
    const { sessionId } = await run(running);
    running.sessions.end(sessionId, 'crashed');
    await eventually(() => running.of('request-ended').length === 1);
    expect(handleCrash).not.toHaveBeenCalled();
  });

  it.each([
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ])('is tried again in time though the clock is set %s by a day', async (_what, byMs) => {
    const running = await startPool({ recovery: { handleCrash: async () => retry({ notBefore: Date.now() + 300, delayMs: 300 }) } });
    const { sessionId } = await run(running);
    running.sessions.end(sessionId, 'crashed');
    await eventually(() => running.of('session-recovering').length === 1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs });
    const started = performance.now();
    while (running.sessions.restarts.length === 0 && performance.now() - started < 20_000) await settled();
    expect(running.sessions.restarts.length).toBe(1);
  });

  it('goes on at once when a person wants it, while it waits and after it has ended', async () => {
    const running = await startPool({ recovery: { handleCrash: async () => later() } });
    const { pool, sessions, of } = running;
    const { requestId, sessionId } = await run(running);
    sessions.end(sessionId, 'crashed');
    await eventually(async () => (await pool.getSession(requestId))?.state === 'queued');
    expect(await pool.getSession(requestId)).toMatchObject({ waitsUntil: expect.any(String), reason: 'it crashed', position: 1 });
    expect(pool.getPoolStatus()).toMatchObject({ queued: 1, recovering: 1 });
    running.recover('recovery-wanted', { sessionId, decision: retry() });
    await eventually(() => sessions.restarts.length === 1);
    await pool.stopSession(sessionId);
    expect(pool.getMetrics()).toMatchObject({ terminatedSessions: 1 });
    running.recover('recovery-wanted', { sessionId, decision: retry({ mode: 'anew' }) });
    await eventually(() => sessions.rows.get(sessionId)?.attempts === 3);
    expect(await pool.getSession(requestId)).toMatchObject({ state: 'running', attempts: 3 });
    sessions.end(sessionId);
    await eventually(() => of('request-ended').length === 2);
    expect(pool.getMetrics()).toMatchObject({ totalSessions: 1, terminatedSessions: 0, completedSessions: 1 });
  });

  it('ends as it crashed when its recovery is given up', async () => {
    const running = await startPool({ recovery: { handleCrash: async () => later() } });
    const { requestId, sessionId } = await run(running);
    running.sessions.end(sessionId, 'crashed');
    await eventually(() => running.of('session-recovering').length === 1);
    running.recover('recovery-abandoned', { sessionId });
    await eventually(() => running.of('request-ended').length === 1);
    expect(await running.pool.getSession(requestId)).toMatchObject({ state: 'crashed', attempts: 1 });
  });
});

describe('a limit that all wait for', () => {
  it('holds all starts until it is over, then lets them start one after the other, the most important first', async () => {
    const running = await startPool({ recovery: {}, config: { wakeMs: 30 } });
    const { pool, sessions } = running;
    const park = { until: Date.now() + 3_600_000, since: Date.now(), reason: 'the 5-hour limit is used up', limit: 'five_hour' };
    running.recover('parked', park);
    for (const priority of ['low', 'critical', 'medium'] as const) await pool.submit(request({ priority, prompt: priority }));
    await settled();
    expect(sessions.configs).toEqual([]);
    expect(pool.getPoolStatus()).toMatchObject({ parked: park, heldBy: expect.stringContaining('5-hour limit') });
    running.recover('unparked', {});
    await eventually(() => sessions.configs.length === 1);
    expect(pool.getPoolStatus()).toMatchObject({ parked: null, heldBy: expect.stringContaining('one after the other') });
    await eventually(() => sessions.configs.length === 3);
    expect(sessions.configs.map(({ prompt }) => prompt)).toEqual(['critical', 'medium', 'low']);
  });

  it('holds no longer than it is long, should the clock be set back', async () => {
    const running = await startPool({ recovery: {}, config: { wakeMs: 0 } });
    running.recover('parked', { until: Date.now() + 200, since: Date.now(), reason: 'r', limit: null });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
    await running.pool.submit(request());
    await eventually(() => running.sessions.configs.length === 1);
  });
});

describe('a start that fails', () => {
  it.each(['VP_DISK_LOW', 'VP_SERVICE_UNAVAILABLE', 'VP_CONVERSATION_BUSY'])('for %s is tried again', async (code) => {
    const running = await startPool();
    running.sessions.faults = [new VpError(code, 'not now')];
    const { sessionId } = await running.pool.submit(request());
    await eventually(() => running.sessions.rows.get(sessionId)?.state === 'running');
    expect(await running.pool.getSession(sessionId)).toMatchObject({ state: 'running', attempts: 1, error: null });
  });

  it('for a fault of the machine says so while it waits', async () => {
    const running = await startPool();
    running.sessions.faults = [new VpError('VP_DISK_LOW', 'only 3 MB are free')];
    await running.pool.submit(request());
    await eventually(() => running.pool.getPoolStatus().heldBy?.includes('only 3 MB') === true);
  });

  it('for no known reason is tried three times', { timeout: 30_000 }, async () => {
    const running = await startPool();
    running.sessions.faults = [1, 2, 3].map((n) => new VpError('VP_SPAWN_FAILED', `fault ${n}`));
    const { requestId } = await running.pool.submit(request());
    await eventually(() => running.of('request-ended').length === 1);
    expect(await running.pool.getSession(requestId)).toMatchObject({
      state: 'failed',
      error: { code: 'VP_SPAWN_FAILED', message: 'fault 3' },
    });
  });

  it('for the request itself ends it as failed, with the error', async () => {
    const running = await startPool();
    running.sessions.faults = [new VpError('VP_SPAWN_REFUSED', 'refused by calendar')];
    const { requestId } = await running.pool.submit(request());
    await eventually(() => running.of('request-ended').length === 1);
    expect(await running.pool.getSession(requestId)).toMatchObject({
      state: 'failed',
      attempts: 0,
      reason: 'refused by calendar',
      error: { code: 'VP_SPAWN_REFUSED' },
    });
    expect(running.pool.getPoolStatus()).toMatchObject({ active: 0, queued: 0 });
  });
});

describe('a store that cannot write', () => {
  it('refuses new requests, holds starts, and keeps an end until it is written', async () => {
    const running = await startPool({ config: { maxConcurrentSessions: 1 } });
    const { pool, sessions, store, of } = running;
    const first = await run(running);
    const second = await pool.submit(request());
    store.fault = new VpError('VP_STORE_FULL', 'no space');
    await expect(pool.submit(request())).rejects.toMatchObject({ code: 'VP_STORE_FULL' });
    sessions.end(first.sessionId);
    await eventually(() => pool.getPoolStatus().heldBy?.includes('no space') === true);
    expect(of('request-ended')).toEqual([]);
    expect(sessions.configs.length).toBe(1);
    store.fault = undefined;
    await eventually(() => of('request-ended').length === 1 && sessions.rows.get(second.sessionId)?.state === 'running');
    expect(of('request-ended')[0]).toMatchObject({ requestId: first.requestId });
  });
});
