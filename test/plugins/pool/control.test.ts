import { afterEach, describe, expect, it } from 'vitest';
import { VpError, type RecoveryDecision } from '@vp/sdk';
import { eventually, request, settled, startPool, stopPools, type Running, type Setting } from './support.ts';

afterEach(stopPools);

const analysis = { type: 'unknown', rootCause: '', confidence: 1, evidence: [], strategy: 'delayed', suggestedFixes: [] } as const;
const decision: RecoveryDecision = {
  action: 'retry',
  attemptNumber: 1,
  mode: 'resume',
  notBefore: Date.now() + 3_600_000,
  delayMs: 3_600_000,
  note: '',
  reason: 'it crashed',
  analysis,
};
const one: Setting = { config: { maxConcurrentSessions: 1 }, recovery: { handleCrash: () => Promise.resolve(decision) } };

/** Brings a request into a state. */
const states = {
  async queued({ pool, sessions }: Running) {
    await pool.submit(request());
    await eventually(() => sessions.active.length === 1);
    return pool.submit(request());
  },
  async 'waiting for a retry'({ pool, sessions, of }: Running) {
    const accepted = await pool.submit(request());
    await eventually(() => sessions.active.length === 1);
    sessions.end(accepted.sessionId, 'crashed');
    await eventually(() => of('session-recovering').length === 1);
    return accepted;
  },
  async starting({ pool, sessions, of }: Running) {
    sessions.gate = new Promise((resolve) => void setTimeout(resolve, 30));
    const accepted = await pool.submit(request());
    await eventually(() => of('session-allocated').length === 1);
    return accepted;
  },
  async running({ pool, sessions }: Running) {
    const accepted = await pool.submit(request());
    await eventually(() => sessions.rows.get(accepted.sessionId)?.state === 'running');
    return accepted;
  },
  async ended(running: Running) {
    const accepted = await states.running(running);
    running.sessions.end(accepted.sessionId);
    await eventually(() => running.of('request-ended').length === 1);
    return accepted;
  },
};

describe.each([
  ['queued', true, 'terminated'],
  ['waiting for a retry', true, 'terminated'],
  ['starting', false, 'terminated'],
  ['running', false, 'terminated'],
  ['ended', false, 'completed'],
] as const)('a request that is %s', (state, isTakenBack, outcome) => {
  it(isTakenBack ? 'is taken back by cancel, and ends once' : 'is left alone by cancel', async () => {
    const running = await startPool(one);
    const { requestId } = await states[state](running);
    expect(await running.pool.cancelRequest(requestId)).toBe(isTakenBack);
    expect(running.of('request-cancelled').length).toBe(isTakenBack ? 1 : 0);
    if (isTakenBack) expect(running.of('request-ended')).toMatchObject([{ requestId, status: { state: 'terminated' } }]);
    expect(await running.pool.cancelRequest(requestId)).toBe(false);
  });

  it.each([false, true])('is ended by stop (force: %s), which gives its last row', async (force) => {
    const running = await startPool(one);
    const { requestId, sessionId } = await states[state](running);
    const [row, again] = await Promise.all([running.pool.stopSession(sessionId, force), running.pool.stopSession(requestId, force)]);
    expect(row).toMatchObject({ state: outcome, requestId });
    expect(again).toEqual(row);
    expect(running.of('request-ended').filter((told) => told.requestId === requestId).length).toBe(1);
    expect(await running.pool.getSession(requestId)).toMatchObject({ state: outcome });
  });

  it('is neither started nor lost by drain', async () => {
    const running = await startPool(one);
    const { requestId, sessionId } = await states[state](running);
    const before = running.sessions.configs.length;
    const drained = running.pool.drain();
    const holdsSlot = running.pool.getPoolStatus().active > 0;
    await settled();
    expect(running.of('pool-drained').length).toBe(holdsSlot ? 0 : 1);
    if (state === 'starting') await eventually(() => running.sessions.active.length === 1);
    for (const row of running.sessions.active) running.sessions.end(row.sessionId);
    await drained;
    expect(running.of('pool-drained').length).toBe(1);
    expect(running.sessions.configs.length).toBe(before);
    running.pool.resume();
    if (state === 'queued') await eventually(() => running.sessions.rows.get(sessionId)?.state === 'running');
    expect(await running.pool.getSession(requestId)).not.toBeNull();
  });
});

describe('control', () => {
  it('gives the count at drain even where sessions go on for longer', async () => {
    const running = await startPool();
    await states.running(running);
    await running.pool.drain(20);
    expect(running.pool.getPoolStatus()).toMatchObject({ draining: true, active: 1 });
  });

  it('keeps a request in the queue where its cancelling cannot be written down', async () => {
    const running = await startPool(one);
    const { requestId } = await states.queued(running);
    running.store.fault = new VpError('VP_STORE_FULL', 'no space');
    await expect(running.pool.cancelRequest(requestId)).rejects.toMatchObject({ code: 'VP_STORE_FULL' });
    running.store.fault = undefined;
    expect(await running.pool.getSession(requestId)).toMatchObject({ state: 'queued', position: 1 });
    expect(await running.pool.cancelRequest(requestId)).toBe(true);
    expect(running.pool.getMetrics()).toMatchObject({ cancelledRequests: 1, terminatedSessions: 0, totalSessions: 1 });
  });

  it('knows ids of requests and sessions, and no others', async () => {
    const running = await startPool();
    const { requestId, sessionId } = await states.running(running);
    expect(await running.pool.getSession(sessionId)).toEqual(await running.pool.getSession(requestId));
    expect(await running.pool.getSession('nobody')).toBeNull();
    await expect(running.pool.stopSession('nobody')).rejects.toMatchObject({ code: 'VP_REQUEST_UNKNOWN' });
    expect(await running.pool.cancelRequest('nobody')).toBe(false);
  });
});
