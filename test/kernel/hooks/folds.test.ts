/** How the answers of taps become one result, hook by hook. */
import { allow, ask, deny } from '@vp/sdk';
import { budgetCheck, onCrash, onOutput, preCommand, preSpawn } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { hang, hooks, thenable } from './support.ts';

const boom = (): never => {
  throw new Error('boom');
};

describe('pre-command', () => {
  const hook = 'pre-command' as const;

  it('gathers every objection, each with the plugin that raised it', async () => {
    const { fire } = hooks([
      { hook, handler: () => [ask('first'), deny({ reason: 'second', rule: 'r', instead: 'i' })] },
      { hook, handler: () => Promise.resolve(ask('third')) },
    ]);
    expect(await fire(hook, preCommand())).toEqual([
      { level: 'ask', reason: 'first', plugin: 'p0' },
      { level: 'deny', reason: 'second', rule: 'r', instead: 'i', plugin: 'p0' },
      { level: 'ask', reason: 'third', plugin: 'p1' },
    ]);
  });

  it("finds nothing where nobody objects; allow() takes nobody's objection away", async () => {
    const { fire } = hooks([
      { hook, handler: () => undefined },
      { hook, handler: () => allow() },
      { hook, handler: () => [] },
    ]);
    expect(await fire(hook, preCommand())).toEqual([]);
    const both = hooks([
      { hook, handler: () => deny('no') },
      { hook, handler: () => allow() },
    ]);
    expect(await both.fire(hook, preCommand())).toHaveLength(1);
  });

  it.each([
    ['throws', boom, 'the tap threw: boom'],
    ['rejects', () => Promise.reject(new Error('later')), 'the tap threw: later'],
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a tap may do by mistake
    ['throws what is no error', () => Promise.reject('words'), 'the tap threw: words'],
    ['hangs', hang, 'no answer within 40 ms'],
    ['answers text', () => 'deny', /nonsense/],
    ['answers null', () => null, /nonsense/],
    ['answers a function', () => () => undefined, /nonsense/],
    ['answers an unknown level', () => ({ level: 'lenient', reason: 'x' }), /nonsense/],
    ['gives no reason', () => ({ level: 'ask' }), /nonsense/],
    ['hides nonsense among findings', () => [ask('fine'), 7], /nonsense/],
    [
      'answers something that throws when it is read',
      () => ({
        get level() {
          return boom();
        },
      }),
      /nonsense/,
    ],
    ['answers a thenable that throws', () => thenable(boom), 'the tap threw: boom'],
  ])('denies when a tap %s, and names the plugin', async (_what, handler, why) => {
    const { fire, failed, figures } = hooks([{ hook, plugin: 'bad', handler }]);
    const [found] = await fire(hook, preCommand());
    expect(found).toMatchObject({ level: 'deny', rule: 'tap-failed', plugin: 'bad' });
    expect(found?.reason).toMatch(why);
    expect(failed).toMatchObject([{ hook, plugin: 'bad' }]);
    expect(figures('bad')?.errors).toBe(why === 'no answer within 40 ms' ? 0 : 1);
  });

  it('goes on with the taps after one that threw', async () => {
    const { fire } = hooks([
      { hook, handler: boom },
      { hook, handler: () => ask('still asked') },
    ]);
    expect((await fire(hook, preCommand())).map((one) => one.reason)).toEqual(['the tap threw: boom', 'still asked']);
  });

  it('asks each tap once, also where an answer calls back twice', async () => {
    let asked = 0;
    const twice = thenable((done) => (done(undefined), done(ask('again'))));
    const { fire } = hooks([
      { hook, handler: () => twice },
      { hook, handler: () => void (asked += 1) },
    ]);
    expect(await fire(hook, preCommand())).toEqual([]);
    expect(asked).toBe(1);
  });

  it('passes on nothing of a finding but its own keys', async () => {
    const { fire } = hooks([{ hook, handler: () => ({ ...ask('x'), plugin: 'somebody-else', extra: 1 }) }]);
    expect(await fire(hook, preCommand())).toEqual([{ level: 'ask', reason: 'x', plugin: 'p0' }]);
  });
});

describe('pre-spawn', () => {
  const hook = 'pre-spawn' as const;

  it('lets each tap see what those before it changed', async () => {
    const { fire } = hooks([
      { hook, handler: () => ({ prompt: 'one', labels: { a: '1' }, env: { A: '1' } }) },
      { hook, handler: ({ prompt }: { prompt: string }) => ({ addPrompt: `after ${prompt}`, labels: { b: '2' }, priority: 'low' }) },
      { hook, handler: () => ({ model: 'm', limits: { maxTurns: 3 } }) },
    ]);
    const { spec } = await fire(hook, preSpawn());
    expect(spec).toMatchObject({
      prompt: 'one\n\nafter one',
      labels: { a: '1', b: '2' },
      env: { A: '1' },
      priority: 'low',
      model: 'm',
      limits: { maxTurns: 3 },
    });
    expect(Object.isFrozen(spec) && Object.isFrozen(spec?.labels)).toBe(true);
  });

  it('ends at the first refusal and asks nobody else', async () => {
    let asked = 0;
    const { fire } = hooks([
      { hook, handler: () => deny('no') },
      { hook, handler: () => void (asked += 1) },
    ]);
    expect(await fire(hook, preSpawn())).toEqual({ refused: { level: 'deny', reason: 'no', plugin: 'p0' } });
    expect(asked).toBe(0);
  });

  it('shows guards the final spec, and only them', async () => {
    const seen: string[] = [];
    const { fire } = hooks([
      { hook, handler: () => void seen.push('tap') },
      {
        hook,
        guard: true,
        handler: ({ argv }: { argv: string[] }) => (seen.push('guard'), argv.includes('--bad') ? deny('bad') : undefined),
      },
    ]);
    await fire(hook, preSpawn());
    expect((await fire(hook, preSpawn({ argv: ['claude'] }))).spec).toBeDefined();
    expect((await fire(hook, preSpawn({ argv: ['claude', '--bad'] }))).refused?.reason).toBe('bad');
    expect(seen).toEqual(['tap', 'guard', 'guard']);
  });

  it.each([
    ['throws', boom],
    ['hangs', hang],
    ['answers nonsense', () => 3],
    ['changes the prompt to nonsense', () => ({ prompt: 3 })],
  ])('refuses when a tap %s', async (_what, handler) => {
    const { fire } = hooks([{ hook, plugin: 'bad', handler }]);
    expect((await fire(hook, preSpawn())).refused).toMatchObject({ plugin: 'bad', rule: 'tap-failed' });
  });

  it('refuses when a guard tries to change the spec', async () => {
    const { fire } = hooks([{ hook, guard: true, handler: () => ({ prompt: 'x' }) }]);
    expect((await fire(hook, preSpawn({ argv: [] }))).refused?.reason).toMatch('may only deny');
  });
});

describe('budget-check', () => {
  const hook = 'budget-check' as const;

  it('comes to the highest severity and names all who raised it', async () => {
    const { fire } = hooks([
      { hook, handler: () => ({ severity: 'throttle', reason: 'half' }) },
      { hook, handler: () => 'warn' },
      { hook, handler: () => 'ok' },
    ]);
    expect(await fire(hook, budgetCheck())).toEqual({
      severity: 'throttle',
      reasons: [
        { severity: 'throttle', reason: 'half', plugin: 'p0' },
        { severity: 'warn', reason: 'budget', plugin: 'p1' },
      ],
    });
  });

  it.each([
    ['throws', boom],
    ['hangs', hang],
    ['answers nonsense', () => 'plenty'],
  ])('denies when a tap %s', async (_what, handler) => {
    const { fire } = hooks([{ hook, plugin: 'bad', handler }]);
    expect(await fire(hook, budgetCheck())).toMatchObject({ severity: 'deny', reasons: [{ plugin: 'bad' }] });
  });
});

describe('on-crash', () => {
  const hook = 'on-crash' as const;

  it('takes the first proposal and ignores taps that fail', async () => {
    const { fire } = hooks([
      { hook, handler: boom },
      { hook, handler: () => ({ strategy: 'often' }) },
      { hook, handler: () => ({ strategy: 'delayed', delayMs: 5, reason: 'busy' }) },
      { hook, handler: () => ({ strategy: 'manual', reason: 'later' }) },
    ]);
    expect(await fire(hook, onCrash())).toEqual({ strategy: 'delayed', delayMs: 5, reason: 'busy', plugin: 'p2' });
  });

  it('leaves the default plan where nobody proposes one, or only after the deadline', async () => {
    expect(await hooks([{ hook, handler: () => undefined }]).fire(hook, onCrash())).toBeUndefined();
    expect(await hooks([{ hook, handler: hang }]).fire(hook, onCrash())).toBeUndefined();
  });
});

describe('on-output', () => {
  it('shows every tap every batch, whatever the others do', async () => {
    const seen: number[] = [];
    const hook = 'on-output' as const;
    const { fire, figures, failed } = hooks([
      { hook, handler: boom },
      { hook, handler: () => Promise.reject(new Error('rejected')) },
      { hook, handler: ({ events }: { events: unknown[] }) => void seen.push(events.length) },
    ]);
    expect(fire(hook, onOutput([{}, {}]))).toBeUndefined();
    await Promise.resolve();
    expect(seen).toEqual([2]);
    expect([figures('p0')?.errors, figures('p1')?.errors]).toEqual([1, 1]);
    expect(failed.map((one) => one.plugin)).toEqual(['p0', 'p1']);
  });
});

describe('payloads', () => {
  it('are frozen all the way down for taps that decide, also below what came frozen', async () => {
    const call = preCommand({ input: Object.freeze({ command: 'ls', deep: { list: [{ a: 1 }] } }) });
    const hook = 'pre-command' as const;
    const { fire } = hooks([
      { hook, handler: ({ input }: { input: { deep: { list: { a: number }[] } } }) => void (input.deep.list[0] = { a: 2 }) },
    ]);
    const [found] = await fire(hook, call);
    expect(found?.reason).toMatch(/read only|not extensible/);
    expect(call.input['deep']).toEqual({ list: [{ a: 1 }] });
  });

  it('may hold themselves', async () => {
    const inner: Record<string, unknown> = {};
    inner['self'] = inner;
    expect(await hooks([]).fire('pre-command', preCommand({ input: Object.freeze({ inner }) }))).toEqual([]);
  });

  it('of output are frozen down to each event', () => {
    const hook = 'on-output' as const;
    const { fire, failed } = hooks([
      { hook, handler: ({ events }: { events: { type: string }[] }) => void ((events[0] ?? { type: '' }).type = 'x') },
    ]);
    fire(hook, onOutput([{}]));
    expect(failed).toHaveLength(1);
  });
});
