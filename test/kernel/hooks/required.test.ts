/** Required guards, attribution and whole versions, in a kernel with plugins on disk. */
import { readFileSync } from 'node:fs';
import { preCommand, preSpawn, budgetCheck } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually, next, world } from '../support.ts';

const guard = (reason = 'guarded'): string => `hooks: { 'pre-command'() { return deny(${JSON.stringify(reason)}); } }`;

describe('a required plugin', () => {
  it('that is stopped closes the hooks that it guards, and opens them when it is back', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.firer('pre-command', 'budget-check'), here.plugin('quiet', `hooks: { 'pre-command'() {} }`)],
      required: ['quiet'],
    });
    expect(await here.fire('pre-command', preCommand())).toEqual([]);
    await kernel.stopPlugin('quiet');
    expect(kernel.status().plugins.find((one) => one.name === 'quiet')).toMatchObject({ state: 'stopped', owns: [] });
    expect(await here.fire('pre-command', preCommand())).toMatchObject([
      { level: 'deny', plugin: 'quiet', reason: expect.stringContaining('"quiet" is not running') },
    ]);
    expect(await here.fire('budget-check', budgetCheck())).toMatchObject({ severity: 'ok' });
    await kernel.reload('quiet');
    expect(await here.fire('pre-command', preCommand())).toEqual([]);
  });

  it('that tapped only later closes that hook too', async () => {
    const here = world();
    const later = here.plugin(
      'later',
      `hooks: { 'budget-check'() {} }, setup(ctx) { ctx.onReady(() => ctx.hook('pre-command', () => undefined)); }`,
    );
    const kernel = await here.start({ plugins: [here.firer('pre-command'), later], required: ['later'] });
    await kernel.stopPlugin('later');
    expect(await here.fire('pre-command', preCommand())).toMatchObject([{ level: 'deny', plugin: 'later' }]);
  });

  it('whose restart fails, with the old version too, closes its hooks', async () => {
    const here = world();
    const once = here.plugin(
      'once',
      `reload: 'restart', hooks: { 'pre-command'() {} }, setup() { if (globalThis[Symbol.for('${here.id}')]) throw new Error('only once'); globalThis[Symbol.for('${here.id}')] = 1; }`,
    );
    const kernel = await here.start({ plugins: [here.firer('pre-command'), once], required: ['once'], reload: { watch: false } });
    here.write('once.ts', readFileSync(here.path('once.ts'), 'utf8').replace('only once', 'only one time'));
    expect(await kernel.reload('once')).toMatchObject([{ result: 'refused' }]);
    expect(kernel.status().plugins.find((one) => one.name === 'once')).toMatchObject({ state: 'failed' });
    expect(await here.fire('pre-command', preCommand())).toMatchObject([{ level: 'deny', plugin: 'once' }]);
  });

  it('that is not up yet closes every guard hook', async () => {
    const here = world();
    const early = here.plugin(
      'early',
      `fires: ['pre-command', 'pre-spawn'], async setup(ctx) { said(await ctx.fire('pre-command', ${JSON.stringify(preCommand())}), await ctx.fire('pre-spawn', ${JSON.stringify(preSpawn())})); }`,
    );
    await here.start({ plugins: [early, here.plugin('guard', guard())], required: ['guard'] });
    expect(here.said).toMatchObject([[{ level: 'deny', plugin: 'guard' }], { refused: { level: 'deny', plugin: 'guard' } }]);
  });

  it('that restarts makes calls wait, and they go on with the new version', async () => {
    const here = world();
    const body = (n: number): string =>
      `reload: 'restart', hooks: { 'pre-command'() { return ask('v${n}'); } }, async setup() { if (${n} > 1) await new Promise((resolve) => said({ resolve })); }`;
    const kernel = await here.start({
      plugins: [here.firer('pre-command'), here.plugin('slow', body(1))],
      required: ['slow'],
      deadlines: { 'pre-command': 30_000 },
      reload: { watch: false },
    });
    here.plugin('slow', body(2));
    const reloaded = kernel.reload('slow');
    await eventually(() => expect(here.said.at(-1)).toHaveProperty('resolve'));
    let isAnswered = false;
    const call = here.fire('pre-command', preCommand()).finally(() => (isAnswered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([isAnswered, kernel.status().plugins.find((one) => one.name === 'slow')?.state]).toEqual([false, 'restarting']);
    (here.said.at(-1) as { resolve: () => void }).resolve();
    expect(await call).toMatchObject([{ reason: 'v2', plugin: 'slow' }]);
    expect(await reloaded).toMatchObject([{ result: 'restarted' }]);
  });

  it('that does not come back within the deadline denies', async () => {
    const here = world();
    const body = (n: number): string =>
      `reload: 'restart', hooks: { 'pre-command'() {} }, async setup() { if (${n} > 1) await new Promise((resolve) => said({ resolve })); }`;
    const kernel = await here.start({
      plugins: [here.firer('pre-command'), here.plugin('slow', body(1))],
      required: ['slow'],
      deadlines: { 'pre-command': 30 },
      reload: { watch: false },
    });
    here.plugin('slow', body(2));
    const reloaded = kernel.reload('slow');
    await eventually(() => expect(here.said.at(-1)).toHaveProperty('resolve'));
    expect(await here.fire('pre-command', preCommand())).toMatchObject([{ level: 'deny', plugin: 'slow' }]);
    (here.said.at(-1) as { resolve: () => void }).resolve();
    await reloaded;
  });

  it('that is swapped leaves no gap: every call of a steady stream is guarded', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.firer('pre-command'), here.plugin('guard', guard('v0'))],
      required: ['guard'],
      reload: { watch: false },
    });
    let isOver = false;
    const stream = (async () => {
      const reasons: string[] = [];
      while (!isOver) {
        const found = await here.fire('pre-command', preCommand());
        expect(found).toHaveLength(1);
        reasons.push(found[0]?.reason ?? '');
        await new Promise((resolve) => setImmediate(resolve));
      }
      return reasons;
    })();
    for (let n = 1; n <= 10; n += 1) {
      here.plugin('guard', guard(`v${n}`));
      expect(await kernel.reload('guard')).toMatchObject([{ result: 'swapped' }]);
    }
    isOver = true;
    const reasons = await stream;
    expect(reasons.every((reason) => /^v\d+$/.test(reason))).toBe(true);
    expect(new Set(reasons).size).toBeGreaterThan(1);
  });
});

describe('a failing tap', () => {
  it('is told of as an event and in the row of its plugin', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.firer('pre-command'), here.plugin('bad', `hooks: { 'pre-command'() { throw new Error('boom'); } }`)],
    });
    const failed = next(kernel, 'tap-failed');
    await here.fire('pre-command', preCommand());
    expect(await failed).toMatchObject({ hook: 'pre-command', plugin: 'bad', error: { message: 'boom' } });
    expect(kernel.status().plugins.find((one) => one.name === 'bad')).toMatchObject({
      errors: 1,
      lastError: 'boom',
      calls: 1,
      hooks: { 'pre-command': { errors: 1 } },
    });
  });

  it('of a plugin in shadow is told of, and what it would have said too', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.firer('pre-command'), { ...here.plugin('trial', guard()), shadow: true }] });
    const shadowed = next(kernel, 'shadowed');
    expect(await here.fire('pre-command', preCommand())).toEqual([]);
    expect(await shadowed).toMatchObject({ plugin: 'trial', hook: 'pre-command', answer: { level: 'deny' } });
  });
});

describe('firing', () => {
  it('needs the manifest to say so', async () => {
    const here = world();
    await here.start({ plugins: [here.firer('pre-command')] });
    expect(() => here.fire('budget-check', budgetCheck())).toThrow(/fires budget-check without saying so/);
  });
});
