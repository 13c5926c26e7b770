/** Services: a facade that lasts while what is behind it changes. */
import { defineService } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { provisionOf, Services } from '../../../kernel/core/services.ts';
import { eventually, thrown, world } from '../support.ts';

interface Counter {
  add(n: number): number;
  slow(): Promise<string>;
  fail(): Promise<never>;
}
const counter = defineService<Counter, { changed: number }>('counter', {
  version: 1,
  methods: { add: {}, slow: {}, fail: {} },
  events: ['changed'],
});
/** The same, for the text of a plugin. */
const REF = `const counter = defineService('counter', { version: 1, methods: { add: {}, slow: {}, fail: {} }, events: ['changed'] });`;

const own = (_label: string, undo: () => void | Promise<void>) => undo;
const implementation = (name: string, slow: () => Promise<string> = async () => name): Counter & { total: number } => ({
  total: 0,
  add(n) {
    return (this.total += n);
  },
  slow,
  fail: () => Promise.reject(new Error(`${name} failed`)),
});

describe('a facade', () => {
  it('calls whoever provides the service now, as its own methods', async () => {
    const services = new Services(() => undefined);
    const facade = services.facade(counter, own);
    expect(await thrown(() => facade.add(1))).toMatchObject({
      code: 'VP_SERVICE_UNAVAILABLE',
      message: expect.stringContaining('counter@1'),
    });
    services.provide(provisionOf(counter, 'a', implementation('a')));
    expect([facade.add(1), facade.add(2), await facade.slow()]).toEqual([1, 3, 'a']);
    services.provide(provisionOf(counter, 'b', implementation('b')));
    expect([facade.add(1), await facade.slow()]).toEqual([1, 'b']);
    await expect(facade.fail()).rejects.toThrow('b failed');
  });

  it('lets a call end on the provider that it started with, and counts it until then', async () => {
    const services = new Services(() => undefined);
    const facade = services.facade(counter, own);
    const { promise, resolve } = Promise.withResolvers<string>();
    const old = provisionOf(
      counter,
      'a',
      implementation('a', () => promise),
    );
    services.provide(old);
    const calls = [facade.slow(), facade.slow()];
    services.provide(provisionOf(counter, 'b', implementation('b')));
    let isDrained = false;
    const drained = services.drained(old).then(() => (isDrained = true));
    expect([await facade.slow(), isDrained, old.running]).toEqual(['b', false, 2]);
    resolve('old');
    expect(await Promise.all(calls)).toEqual(['old', 'old']);
    await drained;
    expect(old.running).toBe(0);
  });

  it('counts a call that fails as ended', async () => {
    const services = new Services(() => undefined);
    const provision = provisionOf(counter, 'a', implementation('a'));
    services.provide(provision);
    await thrown(() => services.facade(counter, own).fail());
    await services.drained(provision);
    expect(provision.running).toBe(0);
  });

  it('keeps subscriptions over a swap; what an old provider says then is not heard', () => {
    const services = new Services(() => undefined);
    const heard: number[] = [];
    const undo = services.facade(counter, own).on('changed', (n) => void heard.push(n));
    const [old, fresh] = [provisionOf(counter, 'a', implementation('a')), provisionOf(counter, 'b', implementation('b'))];
    services.provide(old);
    services.emit(old, 'changed', 1);
    services.provide(fresh);
    services.emit(old, 'changed', 2);
    services.emit(fresh, 'changed', 3);
    services.withdraw(old);
    services.emit(fresh, 'changed', 4);
    undo();
    services.emit(fresh, 'changed', 5);
    expect(heard).toEqual([1, 3, 4]);
  });

  it('lets no listener stop another; one function given twice is two subscriptions', () => {
    const failed: string[] = [];
    const services = new Services((service, event) => void failed.push(`${service} ${event}`));
    const facade = services.facade(counter, own);
    const heard: number[] = [];
    const listener = (n: number) => void heard.push(n);
    facade.on('changed', () => {
      throw new Error('x');
    });
    const undo = facade.on('changed', listener);
    facade.on('changed', listener);
    const provision = provisionOf(counter, 'a', implementation('a'));
    services.provide(provision);
    services.emit(provision, 'changed', 1);
    undo();
    services.emit(provision, 'changed', 2);
    expect([heard, failed]).toEqual([
      [1, 1, 2],
      ['counter@1 changed', 'counter@1 changed'],
    ]);
  });

  it('cannot be changed', () => {
    const facade = new Services(() => undefined).facade(counter, own);
    expect(Object.isFrozen(facade)).toBe(true);
    expect(Object.keys(facade)).toEqual(['add', 'slow', 'fail', 'on']);
  });
});

const provider = (name: string): string => `provides: ['counter@1'], setup(ctx) {
  const { emit } = ctx.provide(counter, { add: (n) => n, slow: () => globalThis[Symbol.for('hold')] ?? Promise.resolve('${name}'), fail: () => Promise.reject(new Error('x')) });
  ctx.onActivate(() => emit('changed', '${name}'));
  ctx.own('x', () => said('${name} ended'));
}`;
const user = `needs: ['counter@1'], setup(ctx) { const facade = ctx.use(counter); facade.on('changed', (by) => said('heard ' + by)); said({ facade, ctx }); }`;

describe('a provider that is swapped under its users', () => {
  it('is called anew, ends the calls in flight, and is heard; the user notices nothing', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.plugin('user', user, REF), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    const { facade } = here.said.shift() as { facade: Counter };
    const { promise, resolve } = Promise.withResolvers<string>();
    Object.assign(globalThis, { [Symbol.for('hold')]: promise });
    const inFlight = facade.slow();
    Object.assign(globalThis, { [Symbol.for('hold')]: undefined });
    here.plugin('provider', provider('v2'), REF);
    const reloaded = kernel.reload('provider');
    await eventually(() => expect(here.said).toContain('heard v2'));
    expect(await facade.slow()).toBe('v2');
    expect(here.said).not.toContain('v1 ended');
    resolve('held');
    expect([await inFlight, await reloaded]).toMatchObject(['held', [{ result: 'swapped' }]]);
    expect(here.said).toContain('v1 ended');
    expect(kernel.status().plugins.find((one) => one.name === 'user')?.generation).toBe(1);
  });

  it('is ended after the drain limit where a call never ends', async () => {
    const here = world();
    const warnings: unknown[] = [];
    const log = () => ({ debug() {}, info() {}, error() {}, warn: (...words: unknown[]) => void warnings.push(words.at(-1)) });
    const kernel = await here.start(
      {
        plugins: [here.plugin('user', user, REF), here.plugin('provider', provider('v1'), REF)],
        reload: { watch: false },
        deadlines: { drain: 30 },
      },
      { log },
    );
    const { facade } = here.said.shift() as { facade: Counter };
    Object.assign(globalThis, { [Symbol.for('hold')]: new Promise(() => undefined) });
    void facade.slow();
    Object.assign(globalThis, { [Symbol.for('hold')]: undefined });
    here.plugin('provider', provider('v2'), REF);
    await kernel.reload('provider');
    expect(here.said).toContain('v1 ended');
    expect(warnings).toEqual(['calls were still running when the old version was ended']);
  });

  it('is missed while it is stopped, and found again', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.plugin('user', user, REF), here.plugin('provider', provider('v1'), REF)] });
    const { facade, ctx } = here.said.shift() as { facade: Counter; ctx: { has(ref: unknown): boolean } };
    expect(ctx.has(counter)).toBe(true);
    await kernel.stopPlugin('provider');
    expect(ctx.has(counter)).toBe(false);
    expect(await thrown(() => facade.add(1))).toMatchObject({ code: 'VP_SERVICE_UNAVAILABLE' });
    expect(kernel.status().plugins.find((one) => one.name === 'user')?.state).toBe('active');
    await kernel.reload('provider');
    expect(facade.add(1)).toBe(1);
  });

  it('cannot take its service away, nor offer another major version, while somebody needs it', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.plugin('user', user, REF), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    for (const body of ['', `provides: ['counter@2']`]) {
      here.plugin('provider', body, REF);
      expect(await kernel.reload('provider')).toMatchObject([{ result: 'refused', error: { code: 'VP_GRAPH_MISSING' } }]);
    }
    expect((here.said[0] as { facade: Counter }).facade.add(1)).toBe(1);
  });

  it('is found by the process around the kernel too', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.plugin('provider', provider('v1'), REF)] });
    expect(kernel.use(counter).add(3)).toBe(3);
  });
});

describe('a subscription', () => {
  it('ends with the plugin that made it', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.plugin('user', user, REF), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    await kernel.stopPlugin('user');
    here.plugin('provider', provider('v2'), REF);
    await kernel.reload('provider');
    expect(here.said).not.toContain('heard v2');
  });
});

describe('discovery', () => {
  const finder = (more = ''): string =>
    `discovers: true, setup(ctx) { ctx.discover((ref, facade) => said('found ' + ref.id + '@' + ref.version + ' ' + Object.keys(ref.methods).length, { facade })); ${more} }`;
  const facades = (said: readonly unknown[]) =>
    said.flatMap((one) => (typeof one === 'object' && one !== null && 'facade' in one ? [one.facade as Counter] : []));
  const found = (said: readonly unknown[]) => said.filter((one) => typeof one === 'string' && one.startsWith('found'));

  it('tells of each service once, be it there already or not, with a facade that lasts', async () => {
    const here = world();
    const other = `provides: ['other@3'], setup(ctx) { ctx.provide(defineService('other', { version: 3, methods: {} }), {}); }`;
    const kernel = await here.start({
      plugins: [here.plugin('other', other), here.plugin('finder', finder()), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    expect(found(here.said)).toEqual(['found other@3 0', 'found counter@1 3']);
    here.plugin('provider', provider('v2'), REF);
    await kernel.reload('provider');
    expect(found(here.said)).toHaveLength(2);
    expect(await facades(here.said)[1]?.slow()).toBe('v2');
  });

  it('tells again where a new version describes the service otherwise', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.plugin('finder', finder()), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    const more = provider('v2').replace('add: (n) => n,', 'add: (n) => n, more: () => 1,');
    here.plugin('provider', more, REF.replace('fail: {}', 'fail: {}, more: {}'));
    await kernel.reload('provider');
    expect(found(here.said)).toEqual(['found counter@1 3', 'found counter@1 4']);
  });

  it('shows a new version of the finder the same while it is set up, also what is away at that moment', async () => {
    const here = world();
    const kernel = await here.start({
      plugins: [here.plugin('finder', finder()), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    await kernel.stopPlugin('provider');
    here.plugin('finder', finder(`said('set up');`));
    await kernel.reload('finder');
    expect(here.said.filter((one) => typeof one === 'string')).toEqual(['found counter@1 3', 'v1 ended', 'found counter@1 3', 'set up']);
    expect(await thrown(() => facades(here.said)[1]?.add(1))).toMatchObject({ code: 'VP_SERVICE_UNAVAILABLE' });
    await kernel.reload('provider');
    expect(facades(here.said)[1]?.add(1)).toBe(1);
    expect(found(here.said)).toHaveLength(2);
  });

  it('ends with the plugin, and subscriptions through it too', async () => {
    const here = world();
    const listens = finder(`ctx.discover((ref, facade) => facade.on('changed', (by) => said('heard ' + by)));`);
    const kernel = await here.start({
      plugins: [here.plugin('finder', listens), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    expect(here.said).toContain('heard v1');
    await kernel.stopPlugin('finder');
    const before = here.said.length;
    here.plugin('provider', provider('v2'), REF.replace('fail: {}', 'fail: { sandbox: "x" }'));
    await kernel.reload('provider');
    expect(here.said.slice(before)).toEqual(['v1 ended']);
    expect(kernel.status().plugins.find((one) => one.name === 'finder')?.owns).toEqual([]);
  });

  it('is refused without a word in the manifest; what to add is said', async () => {
    const here = world();
    const kernel = here.kernel({ plugins: [here.plugin('finder', finder().replace('discovers: true,', ''))] });
    expect(await thrown(() => kernel.start())).toMatchObject({
      code: 'VP_SERVICE_UNDECLARED',
      plugin: 'finder',
      hint: expect.stringContaining('discovers'),
    });
  });

  it('that throws stops neither the provider nor others that look', async () => {
    const here = world();
    const bad = `discovers: true, setup(ctx) { ctx.discover(() => { throw new Error('x'); }); }`;
    const kernel = await here.start({
      plugins: [here.plugin('bad', bad), here.plugin('finder', finder()), here.plugin('provider', provider('v1'), REF)],
      reload: { watch: false },
    });
    expect(found(here.said)).toEqual(['found counter@1 3']);
    expect(kernel.use(counter).add(2)).toBe(2);
  });
});

describe('a service that is only wanted', () => {
  it('may be there or not, and closes no circle', async () => {
    const here = world();
    const wants = here.plugin('wants', `wants: ['counter@1'], setup(ctx) { said(ctx.has(counter)); }`, REF);
    await (await here.start({ plugins: [wants] })).stop();
    await here.start({ plugins: [wants, here.plugin('provider', provider('v1'), REF)] });
    expect(here.said.filter((one) => typeof one === 'boolean')).toEqual([false, true]);
  });
});

describe('the order of starts', () => {
  it('is providers first, else that of the config; stops come in reverse', async () => {
    const here = world();
    const note = (name: string, more = ''): string => `${more} setup(ctx) { said('+${name}'); ctx.own('x', () => said('-${name}')); }`;
    const offers = (name: string, service: string, more = ''): string =>
      `provides: ['${service}@1'], ${more} setup(ctx) { said('+${name}'); ctx.provide(defineService('${service}', { version: 1, methods: {} }), {}); ctx.own('x', () => said('-${name}')); }`;
    const kernel = await here.start({
      plugins: [
        here.plugin('a', note('a', `needs: ['s@1'],`)),
        here.plugin('b', note('b')),
        here.plugin('c', offers('c', 's', `needs: ['t@1'],`)),
        here.plugin('d', offers('d', 't')),
      ],
    });
    expect(here.said).toEqual(['+d', '+c', '+a', '+b']);
    await kernel.stop();
    expect(here.said.slice(4)).toEqual(['-b', '-a', '-c', '-d']);
  });
});
