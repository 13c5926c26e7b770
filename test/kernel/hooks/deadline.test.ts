/** Deadlines, late answers, and shadow taps. */
import { ask, deny } from '@vp/sdk';
import { preCommand, preSpawn } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support.ts';
import { hang, hooks } from './support.ts';

const hook = 'pre-command' as const;

/** An answer that is given when the test says so. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  return { handler: () => promise, resolve, reject };
}

describe('the deadline', () => {
  it('holds for the whole pass and blames the tap that it waits for', async () => {
    const { fire, figures } = hooks([
      { hook, plugin: 'quick', handler: async () => ask('quick') },
      { hook, plugin: 'stuck', handler: hang },
      { hook, plugin: 'behind', handler: () => ask('never asked') },
    ]);
    const found = await fire(hook, preCommand());
    expect(found.map((one) => [one.plugin, one.level])).toEqual([
      ['quick', 'ask'],
      ['stuck', 'deny'],
    ]);
    expect(figures('stuck')).toMatchObject({ calls: 1, timeouts: 1 });
    expect(figures('quick')).toMatchObject({ timeouts: 0 });
  });

  it('drops an answer that comes later, and counts it', async () => {
    const late = held();
    const { fire, figures } = hooks([{ hook, plugin: 'late', handler: late.handler }]);
    const found = await fire(hook, preCommand());
    late.resolve(ask('too late'));
    await eventually(() => expect(figures('late')).toMatchObject({ timeouts: 1, late: 1 }));
    expect(found).toMatchObject([{ level: 'deny', reason: 'no answer within 40 ms' }]);
  });

  it('reports a rejection that comes later and changes nothing by it', async () => {
    const late = held();
    const { fire, figures, failed } = hooks([{ hook, plugin: 'late', handler: late.handler }]);
    const found = await fire(hook, preCommand());
    late.reject(new Error('and then this'));
    await eventually(() => expect(figures('late')?.errors).toBe(1));
    expect(found).toHaveLength(1);
    expect(failed.map((one) => String(one.error))).toEqual(['Error: no answer within 40 ms', 'Error: and then this']);
  });

  it('may change between two passes', async () => {
    let ms = 20;
    const { fire } = hooks([{ hook, handler: hang }], { deadlineMs: () => ms });
    expect((await fire(hook, preCommand()))[0]?.reason).toMatch('20 ms');
    ms = 35;
    expect((await fire(hook, preCommand()))[0]?.reason).toMatch('35 ms');
  });
});

describe('a shadow tap', () => {
  it('is run and recorded, and never counts', async () => {
    const { fire, shadowed, figures } = hooks([
      { hook, plugin: 'trial', shadow: true, handler: () => deny('would') },
      { hook, handler: () => ask('real') },
    ]);
    expect(await fire(hook, preCommand())).toMatchObject([{ reason: 'real' }]);
    expect(shadowed).toEqual([{ hook, plugin: 'trial', answer: deny('would') }]);
    expect(figures('trial')).toMatchObject({ calls: 1, shadowed: 1 });
  });

  it('that has nothing to say records nothing', async () => {
    const { fire, shadowed } = hooks([{ hook, shadow: true, handler: () => undefined }]);
    await fire(hook, preCommand());
    expect(shadowed).toEqual([]);
  });

  it('that throws or answers nonsense is counted as failed and changes nothing', async () => {
    const bad = [
      () => {
        throw new Error('x');
      },
      () => Promise.reject(new Error('y')),
      () => 7,
    ];
    const { fire, failed } = hooks(bad.map((handler) => ({ hook, shadow: true, handler })));
    expect(await fire(hook, preCommand())).toEqual([]);
    await eventually(() => expect(failed).toHaveLength(3));
  });

  it("that hangs uses up nobody's time: the taps behind it are asked and their denial stands", async () => {
    const { fire, figures } = hooks([
      { hook, plugin: 'trial', shadow: true, order: 'pre', handler: hang },
      { hook, plugin: 'guard', handler: async () => deny('no') },
    ]);
    expect(await fire(hook, preCommand())).toMatchObject([{ plugin: 'guard', reason: 'no' }]);
    await eventually(() => expect(figures('trial')).toMatchObject({ timeouts: 1 }));
  });

  it('that answers after its own deadline is late', async () => {
    const late = held();
    const { fire, figures, shadowed } = hooks([{ hook, plugin: 'trial', shadow: true, handler: late.handler }]);
    await fire(hook, preCommand());
    await eventually(() => expect(figures('trial')?.timeouts).toBe(1));
    late.resolve(deny('x'));
    await eventually(() => expect(figures('trial')?.late).toBe(1));
    expect(shadowed).toEqual([]);
  });

  it('sees the value but cannot change it', async () => {
    const { fire, shadowed } = hooks([
      { hook: 'pre-spawn', shadow: true, handler: () => ({ prompt: 'mine' }) },
      { hook: 'pre-spawn', handler: ({ prompt }: { prompt: string }) => ({ labels: { saw: prompt } }) },
    ]);
    expect((await fire('pre-spawn', preSpawn({ prompt: 'given' }))).spec).toMatchObject({ prompt: 'given', labels: { saw: 'given' } });
    expect(shadowed).toHaveLength(1);
  });
});

describe('counters', () => {
  it('count every call and sample times', async () => {
    const { fire, figures } = hooks([{ hook, handler: () => undefined }]);
    for (let n = 0; n < 100; n += 1) await fire(hook, preCommand());
    expect(figures('p0')).toMatchObject({ calls: 100, errors: 0, timeouts: 0, late: 0 });
    expect(figures('p0')?.p50Ms).toBeGreaterThanOrEqual(0);
  });
});
