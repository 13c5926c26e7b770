/** Raise only: whatever taps there are, in whatever order, however they fail, none takes back what another one said. */
import { ask, deny, type HookName } from '@vp/sdk';
import { budgetCheck, preCommand, preSpawn } from '@vp/sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hang, hooks, thenable, type Given } from './support.ts';

/** A tap, and how high its answer is where it is well-behaved: 0 for nothing. */
interface Spec {
  readonly level: number;
  readonly answer: unknown;
  readonly mode: 'sync' | 'async' | 'throw' | 'reject' | 'hang' | 'twice';
  readonly order: 'pre' | 'normal' | 'post';
  readonly shadow: boolean;
  /** Turned into the names of some plugins before it. */
  readonly after: readonly number[];
}

interface HookCase {
  readonly hook: HookName;
  readonly payload: () => unknown;
  readonly answers: readonly (readonly [level: number, answer: unknown])[];
  /** How high the result is. */
  readonly heightOf: (result: never) => number;
}

const NONSENSE = 9;
const cases: readonly HookCase[] = [
  {
    hook: 'pre-command',
    payload: preCommand,
    answers: [
      [0, undefined],
      [0, { level: 'allow' }],
      [1, ask('a')],
      [2, deny('d')],
      [2, [ask('a'), deny('d')]],
      [NONSENSE, 'allow'],
      [NONSENSE, { level: 'none', reason: '' }],
      [NONSENSE, null],
    ],
    heightOf: (found: { level: string }[]) => Math.max(0, ...found.map((one) => ['allow', 'ask', 'deny'].indexOf(one.level))),
  },
  {
    hook: 'budget-check',
    payload: budgetCheck,
    answers: [
      [0, 'ok'],
      [0, undefined],
      [1, 'warn'],
      [2, { severity: 'throttle', reason: 'x' }],
      [3, 'deny'],
      [NONSENSE, -1],
      [NONSENSE, { severity: 'low', reason: '' }],
    ],
    heightOf: ({ severity }: { severity: string }) => ['ok', 'warn', 'throttle', 'deny'].indexOf(severity),
  },
  {
    hook: 'pre-spawn',
    payload: preSpawn,
    answers: [
      [0, undefined],
      [0, { prompt: 'changed' }],
      [0, { labels: { a: 'b' } }],
      [1, deny('no')],
      [NONSENSE, 'go'],
      [NONSENSE, { prompt: 7 }],
    ],
    heightOf: ({ refused }: { refused?: unknown }) => (refused === undefined ? 0 : 1),
  },
  {
    hook: 'pre-spawn',
    payload: () => preSpawn({ argv: ['claude'] }),
    answers: [
      [0, undefined],
      [0, { level: 'allow' }],
      [1, deny('no')],
      [NONSENSE, { prompt: 'lowered' }],
    ],
    heightOf: ({ refused }: { refused?: unknown }) => (refused === undefined ? 0 : 1),
  },
];

const MODES = ['sync', 'sync', 'async', 'async', 'throw', 'reject', 'hang', 'twice'] as const;

function specs(one: HookCase): fc.Arbitrary<Spec> {
  const answers = fc.constantFrom(...one.answers).map(([level, answer]) => ({ level, answer }));
  const rest = fc.record({
    mode: fc.constantFrom(...MODES),
    order: fc.constantFrom('pre' as const, 'normal' as const, 'post' as const),
    shadow: fc.boolean(),
    after: fc.array(fc.nat(), { maxLength: 3 }),
  });
  return fc.tuple(answers, rest).map(([a, b]) => ({ ...a, ...b }));
}

function handlerOf({ mode, answer }: Spec): () => unknown {
  switch (mode) {
    case 'sync':
      return () => answer;
    case 'async':
      return async () => (await Promise.resolve(), answer);
    case 'throw':
      return () => {
        throw new Error('thrown');
      };
    case 'reject':
      return () => Promise.reject(new Error('rejected'));
    case 'hang':
      return hang;
    case 'twice':
      return () => thenable((done) => (done(answer), done(undefined)));
    default:
      return mode satisfies never;
  }
}

/** How high the verdict of these taps is. */
async function height({ hook, payload, heightOf }: HookCase, taps: readonly Spec[]): Promise<number> {
  const guard = (payload() as { argv?: unknown }).argv !== undefined;
  const given = taps.map((tap, index): Given => {
    const after = index === 0 ? [] : tap.after.map((n) => `p${n % index}`);
    return { hook, handler: handlerOf(tap), order: tap.order, shadow: tap.shadow, guard, after };
  });
  const { fire } = hooks(given, { deadlineMs: () => 4 });
  return heightOf((await fire(hook, payload() as never)) as never);
}

const isWell = (tap: Spec): boolean => !tap.shadow && tap.level !== NONSENSE && ['sync', 'async', 'twice'].includes(tap.mode);
const isBad = (tap: Spec): boolean => !tap.shadow && !isWell(tap);

describe.each(
  cases.map((one) => [`${one.hook}${one.payload === preSpawn || one.hook !== 'pre-spawn' ? '' : ' with guards'}`, one] as const),
)('%s', (_name, one) => {
  const highest = Math.max(...one.answers.map(([level]) => (level === NONSENSE ? 0 : level)));

  it('never comes to less than the highest that a well-behaved tap said, nor to less than its top where one failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(specs(one), { maxLength: 7 }), async (taps) => {
        const result = await height(one, taps);
        expect(result).toBeGreaterThanOrEqual(Math.max(0, ...taps.filter(isWell).map((tap) => tap.level)));
        if (taps.some(isBad)) expect(result).toBe(highest);
      }),
      { numRuns: 200 },
    );
  });

  it('is never lowered by one more tap, wherever it stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(specs(one), { maxLength: 5 }), specs(one), fc.nat(), async (taps, extra, at) => {
        const more = taps.toSpliced(at % (taps.length + 1), 0, extra);
        expect(await height(one, more)).toBeGreaterThanOrEqual(await height(one, taps));
      }),
      { numRuns: 150 },
    );
  });

  it('is not changed by a shadow tap at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(specs(one), { maxLength: 5 }), specs(one), fc.nat(), async (taps, extra, at) => {
        const more = taps.toSpliced(at % (taps.length + 1), 0, { ...extra, shadow: true });
        expect(await height(one, more)).toBe(await height(one, taps));
      }),
      { numRuns: 100 },
    );
  });
});
