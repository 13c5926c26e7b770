/** What one version leaves to the next, and in which order things come. */
import { describe, expect, it } from 'vitest';
import { eventually, world } from '../support.ts';

describe('an old version', () => {
  it('leaves nothing: its timers stop, its things end, its late additions end at once', async () => {
    const here = world();
    const v1 = `setup(ctx) { ctx.setInterval(() => said('tick'), 1); ctx.setTimeout(() => said('timeout'), 40); ctx.signal.addEventListener('abort', () => said('aborted')); said({ ctx }); }`;
    const kernel = await here.start({ plugins: [here.plugin('p', v1)], reload: { watch: false } });
    await eventually(() => expect(here.said).toContain('tick'));
    const { ctx } = here.said.find((one) => typeof one === 'object') as {
      ctx: { own(label: string, end: () => void): void; hook(name: string, tap: () => void): void };
    };
    here.plugin('p', `setup() { said('v2'); }`);
    await kernel.reload('p');
    expect(here.said.slice(-1)).toEqual(['aborted']);
    const before = here.said.length;
    ctx.own('late', () => void here.said.push('late ended'));
    ctx.hook('pre-command', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(here.said.slice(before)).toEqual(['late ended']);
    expect(kernel.status().plugins[0]?.owns).toEqual([]);
  });

  it('hands over what its snapshot gives, as plain JSON, with its version', async () => {
    const here = world();
    const body = (n: number, snapshot: string): string =>
      `version: '${n}.0.0', setup(ctx) { said(ctx.previous); ctx.snapshot(() => (${snapshot})); }`;
    const kernel = await here.start({
      plugins: [here.plugin('p', body(1, '{ seen: [1, 2], gone: undefined, at: new Date(0) }'))],
      reload: { watch: false },
    });
    for (const [n, snapshot] of [
      [2, '(() => { throw new Error("no"); })()'],
      [3, '1n'],
      [4, '(() => { const me = {}; me.me = me; return me; })()'],
      [5, 'undefined'],
      [6, '0'],
    ] as const) {
      here.plugin('p', body(n, snapshot));
      expect(await kernel.reload('p')).toMatchObject([{ result: 'swapped' }]);
    }
    expect(here.said).toEqual([
      undefined,
      { version: '1.0.0', state: { seen: [1, 2], at: '1970-01-01T00:00:00.000Z' } },
      ...[2, 3, 4, 5].map((n) => ({ version: `${n}.0.0`, state: undefined })),
    ]);
  });

  it('shares with the next one what cannot exist twice, until the last of both has gone', async () => {
    const here = world();
    const body = (n: number): string =>
      `setup(ctx) { const value = ctx.shared('port', () => (said('opened by ${n}'), { by: ${n} }), () => said('closed')); said('v${n} has that of ' + value.by); }`;
    const kernel = await here.start({ plugins: [here.plugin('p', body(1))], reload: { watch: false } });
    here.plugin('p', body(2));
    await kernel.reload('p');
    await kernel.stop();
    expect(here.said).toEqual(['opened by 1', 'v1 has that of 1', 'v2 has that of 1', 'closed']);
  });
});

describe('moments', () => {
  it('come in order: set up, activated in the step that swaps, ready, then the old one ends', async () => {
    const here = world();
    const body = (n: number): string =>
      `setup(ctx) { said('setup ${n}'); ctx.onActivate(() => said('active ${n}')); ctx.onReady(() => said('ready ${n}')); ctx.own('x', () => said('ended ${n}')); }`;
    const kernel = await here.start({
      plugins: [here.plugin('p', body(1)), here.plugin('q', `setup() { said('setup q'); }`)],
      reload: { watch: false },
    });
    here.plugin('p', body(2));
    await kernel.reload('p');
    expect(here.said).toEqual(['setup 1', 'active 1', 'setup q', 'ready 1', 'setup 2', 'active 2', 'ready 2', 'ended 1']);
  });

  it("that throw are the plugin's error and stop nothing", async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [
        here.plugin(
          'p',
          `setup(ctx) { ctx.onActivate(() => { throw new Error('a'); }); ctx.onReady(() => { throw new Error('r'); }); ctx.setTimeout(() => { throw new Error('t'); }, 1); ctx.setTimeout(() => said('later'), 5); }`,
        ),
      ],
    });
    await eventually(() => expect(here.said).toEqual(['later']));
    expect(kernel.status()).toMatchObject({ state: 'ready', plugins: [{ state: 'active', errors: 2, lastError: 'r' }] });
  });
});
