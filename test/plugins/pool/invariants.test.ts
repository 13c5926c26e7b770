import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { VpError, type Priority, type RecoveryDecision } from '@vp/sdk';
import { eventually, FakeSessions, FakeStore, request, settled, startPool, stopPools, type Running } from './support.ts';

afterEach(stopPools);

const SLOTS = 3;
const analysis = { type: 'unknown', rootCause: '', confidence: 1, evidence: [], strategy: 'immediate', suggestedFixes: [] } as const;
const retry: RecoveryDecision = {
  action: 'retry',
  attemptNumber: 1,
  mode: 'resume',
  notBefore: 0,
  delayMs: 0,
  note: 'go on',
  reason: 'it crashed',
  analysis,
};

/** At most two attempts. */
const recovery = {
  handleCrash: (_id: string, { attempt }: { readonly attempt: number }) =>
    Promise.resolve<RecoveryDecision>(attempt < 2 ? retry : { action: 'stop', reason: 'twice', analysis }),
};

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('submit' as const), priority: fc.constantFrom<Priority>('critical', 'high', 'medium', 'low') }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('complete' as const, 'crash' as const), which: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'stop' as const), which: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('reload' as const, 'kill' as const, 'pause' as const, 'fill the disk' as const, 'free the disk' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

describe('whatever happens', () => {
  it('the cap holds, each accepted request ends once, and no session is begun twice', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const store = new FakeStore();
        const sessions = new FakeSessions();
        const setting = { store, sessions, recovery, config: { maxConcurrentSessions: SLOTS, preemption: true } };
        const kernels = [await startPool(setting)];
        const accepted: string[] = [];
        const current = (): Running => kernels.at(-1) as Running;
        for (const one of steps) await act(one);
        store.fault = undefined;
        while ((await current().pool.listSessions({ open: true })).length > 0) {
          for (const { sessionId, state } of sessions.active) if (state === 'running') sessions.end(sessionId);
          await settled();
        }
        expect(sessions.most).toBeLessThanOrEqual(SLOTS);
        const ends = store.events.filter(({ type }) => type === 'request-ended').map(({ stream }) => stream);
        expect(ends.toSorted()).toEqual(accepted.toSorted());
        const told = kernels.flatMap((kernel) => kernel.of('request-ended').map(({ requestId }) => requestId));
        expect(new Set(told).size).toBe(told.length);
        expect(current().pool.getPoolStatus()).toMatchObject({ active: 0, queued: 0, starting: 0 });
        const { completedSessions, crashedSessions, terminatedSessions, cancelledRequests } = current().pool.getMetrics();
        // One that was begun twice would have failed.
        expect(completedSessions + crashedSessions + terminatedSessions + cancelledRequests).toBe(accepted.length);
        await stopPools();

        async function act(one: Step): Promise<void> {
          const { pool } = current();
          switch (one.do) {
            case 'submit':
              await pool.submit(request({ priority: one.priority })).then(
                ({ requestId }) => accepted.push(requestId),
                (error: unknown) => expect(error).toBe(store.fault),
              );
              return;
            case 'complete':
            case 'crash': {
              const running = sessions.active.filter(({ state }) => state === 'running');
              const row = running[one.which % Math.max(1, running.length)];
              if (row) sessions.end(row.sessionId, one.do === 'crash' ? 'crashed' : 'completed');
              return;
            }
            case 'cancel':
              await pool.cancelRequest(accepted[one.which % Math.max(1, accepted.length)] ?? '').catch(() => undefined);
              return;
            case 'stop':
              // It may have to wait for the disk.
              if (accepted.length > 0) pool.stopSession(accepted[one.which % accepted.length] ?? '').catch(() => undefined);
              return;
            case 'reload':
              return current().reload();
            case 'kill':
              store.fault = undefined;
              current().kill();
              kernels.push(await startPool(setting));
              await eventually(() => current().pool.getPoolStatus().heldBy === null);
              return;
            case 'fill the disk':
              store.fault = new VpError('VP_STORE_FULL', 'no space');
              return;
            case 'free the disk':
              store.fault = undefined;
              return;
            case 'pause':
              return settled();
            default:
              throw new TypeError(JSON.stringify(one satisfies never));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
