/** The fake kernel of the test kit folds as the real one does: each case goes through both. */
import { ask, deny, type HookName, type HookTypes, type Tap, type TapOptions } from '@vp/sdk';
import { budgetCheck, onCrash, preCommand, preSpawn, testPlugin, type TestPlugin } from '@vp/sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOOKS } from '../../kernel/hooks/table.ts';
import { TapStats } from '../../kernel/hooks/stats.ts';
import { Taps } from '../../kernel/hooks/taps.ts';

type Handler = (payload: never) => unknown;
interface Case {
  readonly handler: Handler;
  readonly options?: TapOptions;
}

async function both<H extends HookName>(hook: H, payload: HookTypes[H]['payload'], cases: readonly Case[]) {
  const names = cases.map((_case, index) => `p${index}`);
  const real = new Taps(
    { names: () => names, closedBy: () => undefined, deadlineMs: (name) => HOOKS[name].deadlineMs ?? 0 },
    { failed: () => undefined, shadowed: () => undefined },
  );
  // All names are known before the first tap says `after`.
  let kit: TestPlugin | undefined;
  const kits: TestPlugin[] = [];
  for (const name of names) kits.push((kit = await testPlugin({ name }, kit ? { beside: kit } : {})));
  const entries: [string, Parameters<typeof real.replace>[1][number]][] = [];
  for (const [index, { handler, options = {} }] of cases.entries()) {
    const name = `p${index}`;
    const { order = 'normal', after = [], guard = false, shadow = false } = options;
    entries.push([
      name,
      { hook, entry: { plugin: name, order, after, guard, shadow, call: (value) => handler(value as never), stats: new TapStats() } },
    ]);
    const tap = { ...options, handler: handler as unknown as Tap<H> };
    await kits[index]?.reload({ name, hooks: { [hook]: tap } });
  }
  for (const name of names) real.replace(name, []);
  for (const [name, tapped] of entries) real.replace(name, [tapped]);
  const fired: unknown = kit?.fire(hook, payload);
  const result = { real: await real.fire(hook, structuredClone(payload)), kit: await Promise.resolve(fired) };
  await Promise.all(kits.map((one) => one.stop()));
  return result;
}

const throws: Handler = () => {
  throw new Error('oh');
};
const hangs: Handler = () => new Promise(() => undefined);
const late: Handler = async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return ask('late');
};

describe('the fake kernel and the real one agree', () => {
  it.each<[string, HookName, readonly Case[]]>([
    [
      'findings',
      'pre-command',
      [{ handler: () => [ask('a'), deny({ reason: 'b', rule: 'r', instead: 'i' })] }, { handler: () => undefined }, { handler: late }],
    ],
    [
      'a throw, nonsense and an allow',
      'pre-command',
      [{ handler: throws }, { handler: () => 'yes' }, { handler: () => ({ level: 'allow' }) }, { handler: () => null }],
    ],
    ['a hang', 'pre-command', [{ handler: () => ask('a') }, { handler: hangs }, { handler: () => ask('never asked') }]],
    [
      'a shadow',
      'pre-command',
      [
        { handler: () => deny('a'), options: { shadow: true } },
        { handler: throws, options: { shadow: true } },
        { handler: () => ask('b') },
      ],
    ],
    [
      'order and after',
      'pre-command',
      [
        { handler: () => ask('0'), options: { order: 'post' } },
        { handler: () => ask('1'), options: { after: ['p2'] } },
        { handler: () => ask('2') },
        { handler: () => ask('3'), options: { order: 'pre' } },
      ].map((one) => one as Case),
    ],
    [
      'severities',
      'budget-check',
      [
        { handler: () => 'warn' },
        { handler: () => ({ severity: 'throttle', reason: 'x' }) },
        { handler: () => 'ok' },
        { handler: () => undefined },
      ],
    ],
    ['a severity that is none', 'budget-check', [{ handler: () => 'lots' }]],
    ['a budget tap that hangs', 'budget-check', [{ handler: hangs }]],
    [
      'plans',
      'on-crash',
      [
        { handler: throws },
        { handler: () => undefined },
        { handler: () => ({ strategy: 'delayed', delayMs: 5, reason: 'x', extra: 1 }) },
        { handler: () => ({ strategy: 'manual', reason: 'y' }) },
      ],
    ],
    ['no plan', 'on-crash', [{ handler: () => ({ strategy: 'never' }) }]],
    [
      'a changed spec',
      'pre-spawn',
      [
        { handler: () => ({ labels: { a: '1' }, env: { X: 'y' } }) },
        { handler: () => ({ addPrompt: 'more', priority: 'low', limits: { maxTurns: 1 } }) },
      ],
    ],
    [
      'a change that the next tap sees',
      'pre-spawn',
      [{ handler: () => ({ prompt: 'new' }) }, { handler: ({ prompt }: { prompt: string }) => ({ labels: { saw: prompt } }) }],
    ],
    ['a refused spawn', 'pre-spawn', [{ handler: () => deny('no') }, { handler: () => ({ prompt: 'never' }) }]],
    ['a spawn tap that throws', 'pre-spawn', [{ handler: throws }]],
    ['a guard that does not see the first pass', 'pre-spawn', [{ handler: () => deny('no'), options: { guard: true } }]],
  ])('on %s', async (_what, hook, cases) => {
    const payloads = { 'pre-command': preCommand(), 'budget-check': budgetCheck(), 'on-crash': onCrash(), 'pre-spawn': preSpawn() };
    const { real, kit } = await both(hook, payloads[hook as keyof typeof payloads], cases);
    expect(kit).toEqual(real);
  });

  it('on guards, which see the final spec and may only deny', async () => {
    const final = preSpawn({ argv: ['claude'] });
    const guard = { guard: true };
    for (const cases of [
      [{ handler: () => deny('no'), options: guard }],
      [{ handler: () => ({ prompt: 'x' }), options: guard }],
      [{ handler: () => undefined, options: guard }, { handler: () => deny('not asked') }],
    ]) {
      const { real, kit } = await both('pre-spawn', final, cases);
      expect(kit).toEqual(real);
    }
  });

  it('on any taps', async () => {
    const answers = fc.constantFrom<Handler>(
      () => undefined,
      () => ask('a'),
      () => deny('d'),
      throws,
      () => 7,
      late,
      () => [ask('x'), ask('y')],
    );
    const cases = fc.array(
      fc.record({
        handler: answers,
        options: fc.record({ order: fc.constantFrom<'pre' | 'normal' | 'post'>('pre', 'normal', 'post'), shadow: fc.boolean() }),
      }),
      { maxLength: 6, minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(cases, async (some) => {
        const { real, kit } = await both('pre-command', preCommand(), some);
        expect(kit).toEqual(real);
      }),
      { numRuns: 60 },
    );
  });
});
