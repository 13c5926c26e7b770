/** Answers of a guest: what fits is rebuilt, what does not throws, and no answer makes a verdict milder than it was without it. */
import { ask, deny, type HookName, type Severity, type SpawnOutcome } from '@vp/sdk';
import { findings, guard, plan, severity, transform, type FoldRule } from '@vp/sdk/folds';
import type { SpawnSpec } from '@vp/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAnswer } from '../../../sandbox/broker/answers.ts';

const spec = { prompt: 'p', priority: 'high', labels: {}, env: {}, limits: {} } as unknown as SpawnSpec;

describe('an answer to pre-command', () => {
  it.each([
    [undefined, undefined],
    [{ level: 'allow' }, { level: 'allow' }],
    [
      { level: 'ask', reason: 'r' },
      { level: 'ask', reason: 'r' },
    ],
    [
      { level: 'deny', reason: 'a\nb\u001b[1m', rule: 'x\n', instead: undefined },
      { level: 'deny', reason: 'a\nb\\x1b[1m', rule: 'x\n' },
    ],
    [
      [
        { level: 'ask', reason: 'r' },
        { level: 'deny', reason: 's' },
      ],
      [
        { level: 'ask', reason: 'r' },
        { level: 'deny', reason: 's' },
      ],
    ],
    [[], []],
  ])('%j is taken', (answer, taken) => {
    expect(checkAnswer('pre-command', answer)).toEqual(taken);
  });

  it.each([
    null,
    'allow',
    'deny',
    true,
    1,
    ['allow'],
    { verdict: 'allow' },
    { level: 'ALLOW' },
    { level: ['allow'] },
    { level: 'allow', reason: 'x' },
    { level: 'allow', final: true },
    { level: 'allow\0' },
    { level: 'deny' },
    { level: 'deny', reason: 1 },
    { level: 'deny', reason: 'x', plugin: 'core' },
    { level: 'deny', reason: 'x', rule: 1 },
    { level: 'deny', reason: 'x'.repeat(2_001) },
    { level: 'deny', reason: 'x', rule: 'x'.repeat(121) },
    { level: 'deny', reason: 'x', instead: 'x'.repeat(2_001) },
    [{ level: 'allow' }],
    [[{ level: 'deny', reason: 'x' }]],
    Array.from({ length: 33 }, () => ({ level: 'ask', reason: 'x' })),
    {},
    JSON.parse('{"level": "ask", "__proto__": {"level": "allow"}, "reason": "x"}'),
    JSON.parse('{"__proto__": {"level": "allow"}}'),
    JSON.parse('{"level": "ask", "reason": "x", "constructor": {"prototype": {"polluted": 1}}}'),
    Object.create({ level: 'allow' }),
    new Date(0),
  ])('%j throws', (answer) => {
    expect(() => checkAnswer('pre-command', answer)).toThrow(TypeError);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([[10n], [Symbol('allow')], [() => 'allow']])('that is no data throws', (answer) => {
    expect(() => checkAnswer('pre-command', answer)).toThrow(TypeError);
  });

  it('is a copy: nothing of what was answered travels on', () => {
    const answer = { level: 'deny', reason: 'x' };
    const taken = checkAnswer('pre-command', answer);
    answer.level = 'allow';
    expect(taken).toEqual({ level: 'deny', reason: 'x' });
  });
});

describe('an answer to another hook', () => {
  it.each<[HookName, unknown, unknown]>([
    ['budget-check', undefined, undefined],
    ['budget-check', 'warn', 'warn'],
    ['budget-check', { severity: 'deny', reason: 'r' }, { severity: 'deny', reason: 'r' }],
    ['on-crash', { strategy: 'delayed', reason: 'r', delayMs: 5 }, { strategy: 'delayed', reason: 'r', delayMs: 5 }],
    ['on-crash', { strategy: 'manual', reason: 'r' }, { strategy: 'manual', reason: 'r' }],
    ['on-output', { level: 'deny' }, undefined],
    ['session-end', 3, undefined],
    ['pre-spawn', { level: 'deny', reason: 'r' }, { level: 'deny', reason: 'r' }],
  ])('%s %j is %j', (hook, answer, taken) => {
    expect(checkAnswer(hook, answer, spec)).toEqual(taken);
  });

  it.each<[HookName, unknown]>([
    ['budget-check', 'OK'],
    ['budget-check', null],
    ['budget-check', ['deny']],
    ['budget-check', { severity: 'ok' }],
    ['budget-check', { severity: 'no', reason: 'x' }],
    ['budget-check', { severity: 'ok', reason: 'x', plugin: 'core' }],
    ['on-crash', { strategy: 'never', reason: 'x' }],
    ['on-crash', { strategy: 'manual' }],
    ['on-crash', null],
    ['on-crash', { strategy: 'delayed', reason: 'x', delayMs: -1 }],
    ['on-crash', { strategy: 'delayed', reason: 'x', delayMs: '5' }],
    ['on-crash', { strategy: 'delayed', reason: 'x', delayMs: 1e12 }],
    ['pre-spawn', { level: 'ask', reason: 'x' }],
    ['pre-spawn', { level: 'allow', addPrompt: 'x' }],
    ['pre-spawn', []],
    ['pre-spawn', null],
    ['pre-spawn', 'deny'],
    ['no-such-hook' as HookName, undefined],
  ])('%s %j throws', (hook, answer) => {
    expect(() => checkAnswer(hook, answer, spec)).toThrow(TypeError);
  });
});

/** What the kernel makes of an answer: what fits is added, what throws is a failed tap. */
function folded<A>(rule: FoldRule<A>, before: A, hook: HookName, answer: unknown, payload?: SpawnSpec): A {
  try {
    return rule.add(before, checkAnswer(hook, answer, payload), 'guest');
  } catch (error) {
    return rule.fail(before, 'guest', String(error));
  }
}

const anything = fc.oneof(
  fc.jsonValue(),
  fc.object(),
  fc.record(
    {
      level: fc.constantFrom<unknown>('allow', 'ask', 'deny', 'ALLOW', null, ['allow']),
      reason: fc.oneof(fc.string(), fc.jsonValue()),
      severity: fc.constantFrom<unknown>('ok', 'warn', 'throttle', 'deny', 'none', 0),
      env: fc.dictionary(fc.string(), fc.string()),
      prompt: fc.string(),
      priority: fc.constantFrom<unknown>('critical', 'high', 'low', 1),
      argv: fc.array(fc.string()),
      plugin: fc.string(),
    },
    { requiredKeys: [] },
  ),
);

describe('whatever a guest answers', () => {
  it('the findings of others stand', () => {
    const others = [
      { ...ask('a'), plugin: 'x' },
      { ...deny('d'), plugin: 'y' },
    ];
    fc.assert(
      fc.property(anything, (answer) => {
        expect(folded(findings, others, 'pre-command', answer).slice(0, 2)).toEqual(others);
      }),
      { numRuns: 3_000 },
    );
  });

  it('the budget is never less strict', () => {
    const order = ['ok', 'warn', 'throttle', 'deny'];
    const levels = fc.constantFrom<Severity>('ok', 'warn', 'throttle', 'deny');
    const test = (level: Severity, answer: unknown): boolean => {
      const before = { severity: level, reasons: [] };
      return order.indexOf(folded(severity, before, 'budget-check', answer).severity) >= order.indexOf(level);
    };
    fc.assert(fc.property(levels, anything, test), { numRuns: 3_000 });
  });

  it('a spawn keeps its program, prompt, environment and rank, or is refused', () => {
    const before: SpawnOutcome = { spec };
    fc.assert(
      fc.property(anything, (answer) => {
        for (const rule of [transform, guard]) {
          const after = folded(rule, before, 'pre-spawn', answer, spec);
          if (after.spec === undefined) continue;
          const { prompt, env, priority, ...rest } = after.spec;
          expect([prompt.startsWith('p'), env, 'argv' in rest]).toEqual([true, {}, false]);
          expect(['high', 'medium', 'low']).toContain(priority);
        }
      }),
      { numRuns: 3_000 },
    );
    const refused: SpawnOutcome = { refused: { ...deny('no'), plugin: 'x' } };
    fc.assert(
      fc.property(anything, (answer) => {
        expect(folded(transform, refused, 'pre-spawn', answer, spec).spec).toBeUndefined();
      }),
    );
  });

  it('the first plan for a crash stands', () => {
    const before = { strategy: 'manual' as const, reason: 'r', plugin: 'x' };
    fc.assert(
      fc.property(anything, (answer) => {
        expect(folded(plan, before, 'on-crash', answer)).toEqual(before);
      }),
    );
  });
});
