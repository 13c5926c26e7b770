/** In which order taps run, and what they cannot reach by asking for a place. */
import { ask, deny } from '@vp/sdk';
import { preCommand, preSpawn } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { hooks, tappedOf, type Given } from './support.ts';

const hook = 'pre-command' as const;

/** The plugins in the order in which their taps were asked. */
async function asked(given: readonly Omit<Given, 'hook' | 'handler'>[]): Promise<string[]> {
  const { fire } = hooks(given.map((one, index) => ({ ...one, hook, handler: () => ask(one.plugin ?? `p${index}`) })));
  return (await fire(hook, preCommand())).map((found) => found.reason);
}

const codeOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('the order of taps', () => {
  it('is that of their plugins', async () => {
    expect(await asked([{}, {}, {}])).toEqual(['p0', 'p1', 'p2']);
  });

  it('is by band first: pre, normal, post', async () => {
    expect(await asked([{ order: 'post' }, {}, { order: 'pre' }, { order: 'post' }, { order: 'pre' }])).toEqual([
      'p2',
      'p4',
      'p1',
      'p0',
      'p3',
    ]);
  });

  it('follows `after` within a band, over more than one step', async () => {
    expect(await asked([{ after: ['p2'] }, {}, { after: ['p3'] }, {}])).toEqual(['p3', 'p2', 'p0', 'p1']);
  });

  it('does not let `after` leave a band', async () => {
    expect(await asked([{ order: 'pre', after: ['p1'] }, {}])).toEqual(['p0', 'p1']);
    expect(await asked([{ order: 'post' }, { after: ['p0'] }])).toEqual(['p1', 'p0']);
  });

  it('puts several taps of one plugin in the order in which it made them', async () => {
    const { fire } = hooks([1, 2, 3].map((n) => ({ hook, plugin: 'a', handler: () => ask(String(n)) })));
    expect((await fire(hook, preCommand())).map((one) => one.reason)).toEqual(['1', '2', '3']);
  });

  it('takes no unknown name', () => {
    expect(codeOf(() => hooks([{ hook, after: ['nobody'], handler: () => undefined }]))).toBe('VP_AFTER_UNKNOWN');
  });

  it('takes no circle, and names it', () => {
    const circle = [
      { hook, after: ['p1'], handler: () => undefined },
      { hook, after: ['p0'], handler: () => undefined },
    ];
    expect(() => hooks(circle)).toThrow('p0 -> p1 -> p0');
    expect(codeOf(() => hooks(circle))).toBe('VP_AFTER_CYCLE');
  });

  it('takes the name of a plugin that has no tap, or none on this hook', async () => {
    expect(await asked([{ after: ['p1'] }, {}])).toEqual(['p1', 'p0']);
    const { fire } = hooks([
      { hook, after: ['p1'], handler: () => ask('x') },
      { hook: 'on-crash', handler: () => undefined },
    ]);
    expect(await fire(hook, preCommand())).toHaveLength(1);
  });
});

describe('a tap that wants to be in front of a guard', () => {
  it('cannot: guards alone see the final value, whatever bands and names are asked for', async () => {
    const seen: string[] = [];
    const spawn = 'pre-spawn' as const;
    const { fire } = hooks([
      {
        hook: spawn,
        plugin: 'guard',
        guard: true,
        order: 'post',
        handler: ({ argv }: { argv: string[] }) => (seen.push(argv.join(' ')), undefined),
      },
      { hook: spawn, plugin: 'pushy', order: 'pre', handler: () => (seen.push('pushy'), { prompt: 'mine' }) },
    ]);
    await fire(spawn, preSpawn());
    await fire(spawn, preSpawn({ argv: ['the', 'argv'] }));
    expect(seen).toEqual(['pushy', 'the argv']);
  });

  it('cannot keep a later denial from counting, neither by hanging nor by throwing', async () => {
    for (const handler of [() => new Promise(() => undefined), () => Promise.reject(new Error('x')), () => ({ level: 'allow' })]) {
      const { fire } = hooks([
        { hook, order: 'pre', handler },
        { hook, order: 'post', handler: () => deny('guard') },
      ]);
      expect((await fire(hook, preCommand())).some((found) => found.level === 'deny')).toBe(true);
    }
  });
});

describe('a change of taps', () => {
  it('is seen by the next pass and not by one that runs', async () => {
    let release: (answer: unknown) => void = () => undefined;
    const { taps, fire } = hooks(
      [
        { hook, plugin: 'a', handler: () => new Promise((resolve) => (release = resolve)) },
        { hook, plugin: 'b', handler: () => ask('old') },
      ],
      { deadlineMs: () => 10_000 },
    );
    const running = fire(hook, preCommand());
    taps.replace('a', []);
    taps.replace('b', [tappedOf({ hook, plugin: 'b', handler: () => ask('new') })]);
    let isDrained = false;
    const drained = taps.drained().then(() => (isDrained = true));
    expect(await fire(hook, preCommand())).toMatchObject([{ reason: 'new' }]);
    expect(isDrained).toBe(false);
    release(undefined);
    expect(await running).toMatchObject([{ reason: 'old' }]);
    await drained;
  });

  it('that a tap brings about itself waits for the pass of that tap', async () => {
    let isOver = false;
    let drained: Promise<unknown> = Promise.resolve();
    const { taps, fire } = hooks([
      {
        hook,
        plugin: 'a',
        handler: async () => {
          taps.replace('a', []);
          drained = taps.drained().then(() => expect(isOver).toBe(true));
          await Promise.resolve();
          isOver = true;
        },
      },
    ]);
    await fire(hook, preCommand());
    await drained;
    expect(isOver).toBe(true);
  });
});
