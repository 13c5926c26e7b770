import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CrashType } from '@vp/sdk';
import { around, crashed, NOON, POLICY, run } from './support.ts';

const gone = { id: null, transcript: 'absent', hasPrompt: false, evidence: [] } as const;
const text = fc.constantFrom(
  null,
  'Invalid API key',
  'Credit balance is too low',
  'Prompt is too long',
  'No conversation found with session ID: x',
  "You've hit your 5-hour limit · resets 3:45pm",
  'API Error: 529 Overloaded',
  'API Error: Connection dropped (ECONNRESET)',
  'Request timed out',
  'Reached maximum number of turns (1)',
  'something else',
);
const anyReport = fc
  .record({
    state: fc.constantFrom('crashed' as const, 'failed' as const),
    signal: fc.constantFrom(null, 'SIGKILL', 'SIGSEGV', 'SIGTERM'),
    result: text,
    reason: text,
    apiStatus: fc.constantFrom(null, 400, 401, 403, 404, 413, 429, 500, 529),
    rateLimit: fc.option(
      fc.record({ resetsAt: fc.option(fc.integer({ min: NOON - 1e9, max: NOON + 1e9 })), type: fc.constantFrom(null, 'five_hour') }),
    ),
    oomKills: fc.nat(2),
    runMs: fc.constantFrom(0, 1_000, POLICY.stableMs),
    conversation: fc.record({
      id: fc.constantFrom(null, 'x'),
      transcript: fc.constantFrom('whole' as const, 'damaged' as const, 'absent' as const),
      hasPrompt: fc.boolean(),
      evidence: fc.constant([]),
    }),
  })
  .map((part) => crashed(part));
const story = fc.array(anyReport, { minLength: 1, maxLength: 25 });
const HANDS_OFF: ReadonlySet<CrashType> = new Set(['auth', 'billing', 'config', 'limit_reached', 'permission']);

describe('whatever happens', () => {
  test('what a person must mend is never retried', () => {
    fc.assert(fc.property(story, (reports) => run(reports).every((one) => one.action === 'stop' || !HANDS_OFF.has(one.analysis.type))));
  });

  test('a conversation that is not there is never resumed', () => {
    fc.assert(
      fc.property(story, (reports) =>
        run(reports).every((one, index) => {
          const { id, transcript, hasPrompt } = reports[index]?.conversation ?? gone;
          return one.action === 'stop' || one.mode === 'anew' || (id !== null && transcript === 'whole' && hasPrompt);
        }),
      ),
    );
  });

  test('retries that count stay within the limits, and what gets no further ends', () => {
    fc.assert(
      fc.property(story, (reports) => {
        const counted = run(reports).filter((one) => one.action === 'retry' && one.analysis.type !== 'rate_limit');
        return counted.length <= POLICY.maxRecoveries;
      }),
    );
    fc.assert(
      fc.property(anyReport, (report) => {
        const decisions = run(Array.from({ length: 40 }, () => ({ ...report, runMs: 0 })));
        return decisions.at(-1)?.action === 'stop';
      }),
    );
  });

  test('delays stay within their bounds', () => {
    const { maxMs } = POLICY.backoff;
    const { maxWaitMs, jitterMs } = POLICY.rateLimit;
    fc.assert(
      fc.property(story, fc.double({ min: 0, max: 0.999, noNaN: true }), (reports, chance) =>
        run(reports, around({ random: () => chance })).every((one) => {
          if (one.action === 'stop') return true;
          const most = one.analysis.type === 'rate_limit' ? maxWaitMs + jitterMs : maxMs;
          return Number.isInteger(one.delayMs) && one.delayMs >= 0 && one.delayMs <= most && one.notBefore === NOON + one.delayMs;
        }),
      ),
    );
  });

  test('the same is decided for the same', () => {
    fc.assert(
      fc.property(story, (reports) => {
        const [first, second] = [run(reports), run(structuredClone(reports))];
        expect(second).toEqual(first);
      }),
    );
  });
});
