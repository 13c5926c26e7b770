import { describe, expect, it, vi } from 'vitest';
import type { Boot } from '../../../sandbox/protocol.ts';
import { startHost, bundle, startPlugin, type Host } from '../host/support.ts';

/** A plugin whose tap runs `body`, with its setup's `ctx`. */
function asking(body: string, options: Parameters<typeof startPlugin>[1] = {}): Promise<Host> {
  return startPlugin(`{ name: 'p', hooks: { async 'pre-command'(call, ctx) { ${body} } } }`, options);
}

const may = (without: Partial<Boot['may']>): Boot['may'] => ({
  hooks: ['pre-command'],
  timers: true,
  log: true,
  kv: true,
  fs: true,
  net: true,
  ...without,
});

describe('setup', () => {
  it('taps the hooks of the definition in their order, with their options', async () => {
    const host = await startPlugin(
      `{ name: 'p', hooks: { 'on-output': () => {}, 'pre-command': { handler: () => {}, order: 'post', after: ['x'], shadow: true, other: 1 } } }`,
    );
    expect(host.said.filter(({ k }) => k === 'tap')).toEqual([
      { k: 'tap', tap: 1, hook: 'on-output', options: {} },
      { k: 'tap', tap: 2, hook: 'pre-command', options: { order: 'post', after: ['x'], shadow: true, other: 1 } },
    ]);
  });

  it.each([
    ['a hook without leave', `{ name: 'p', hooks: { 'pre-spawn': () => {} } }`, 'VP_PERMISSION_DENIED'],
    ['a tap that is no function', `{ name: 'p', hooks: { 'pre-command': 1 } }`, 'VP_HOOK_NOT_FUNCTION'],
    ['a setup that is no function', `{ name: 'p', setup: 1 }`, undefined],
    ['a setup that throws', `{ name: 'p', async setup() { throw new Error('no'); } }`, undefined],
    ['no plugin', `5`, undefined],
  ])('fails with %s', async (_, definition, code) => {
    const host = startHost(bundle(definition));
    await host.until(({ t }) => t === 'loaded');
    const answer = await host.call({ op: 'setup' });
    expect(answer).toMatchObject({ ok: false, ...(code !== undefined && { error: { code } }) });
  });

  it('asks for nothing before it has begun', async () => {
    const head = `let why; fetch('https://a.test').catch((error) => { why = error; });`;
    const host = startHost(bundle(`{ name: 'p', setup() { throw why; } }`, head));
    await host.until(({ t }) => t === 'loaded');
    expect(await host.call({ op: 'setup' })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('once setup has begun') },
    });
    expect(host.requests).toEqual([]);
  });
});

describe('ctx', () => {
  it('has the name, the frozen config, granted variables and what the version before left', async () => {
    const host = await asking(
      `'use strict';
       let frozen = 0;
       for (const change of [() => { ctx.config.a.b = 2; }, () => { ctx.log = 1; }, () => { ctx.kv.get = 1; }, () => { ctx.log.info.x = 1; }, () => { call.n.m = 2; }])
         try { change(); } catch { frozen++; }
       const names = ['COLOR', '__proto__', 'constructor', 'toString', 'color', 'HOME'];
       return { name: ctx.name, config: ctx.config, env: names.map((name) => String(ctx.env.get(name))), previous: ctx.previous, frozen };`,
      { boot: { config: { a: { b: 1 } }, env: { COLOR: 'red' }, previous: { version: '1.0.0', state: { n: 1 } } } },
    );
    expect(await host.tap({ n: { m: 1 } })).toEqual({
      name: 'guest',
      config: { a: { b: 1 } },
      env: ['red', 'undefined', 'undefined', 'undefined', 'undefined', 'undefined'],
      previous: { version: '1.0.0', state: { n: 1 } },
      frozen: 5,
    });
  });

  it('asks the kernel for values and files', async () => {
    const host = await asking(`
      await ctx.kv.set('k', { a: [1] }); await ctx.kv.delete('old');
      await ctx.fs.writeText('data/x', 'text');
      return [await ctx.kv.get('k'), await ctx.kv.keys(), await ctx.fs.readText('data/x'), await ctx.fs.list('data')];`);
    host.onRequest = ({ cap }) => ({ 'kv.get': { a: [1] }, 'kv.keys': ['k'], 'fs.readText': 'text', 'fs.list': ['x'] })[cap as string];
    expect(await host.tap({})).toEqual([{ a: [1] }, ['k'], 'text', ['x']]);
    expect(host.requests.map(({ cap, args }) => [cap, ...args])).toEqual([
      ['kv.set', 'k', { a: [1] }],
      ['kv.delete', 'old'],
      ['fs.writeText', 'data/x', 'text'],
      ['kv.get', 'k'],
      ['kv.keys'],
      ['fs.readText', 'data/x'],
      ['fs.list', 'data'],
    ]);
  });

  it('does not send what is not JSON', async () => {
    const host = await asking(`
      const names = [];
      for (const value of [undefined, () => 1, Symbol('x'), 1n, (() => { const a = {}; a.a = a; return a; })()])
        await ctx.kv.set('k', value).catch((error) => names.push(error.name));
      return names;`);
    expect(await host.tap({})).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError']);
    expect(host.requests).toEqual([]);
  });

  it('gives errors of the kernel as errors of its own realm', async () => {
    const host = await asking(`
      try { await ctx.fs.readText('x'); } catch (error) {
        return [error instanceof Error, error.name, error.code, error.message, Function('return typeof process')(), error.stack];
      }`);
    const id = host.ask({ op: 'tap', tap: 1, payload: {} });
    await vi.waitFor(() => expect(host.requests).toHaveLength(1), { timeout: 10_000 });
    host.tell({ k: 'reply', id: 1, ok: false, error: { code: 'VP_PERMISSION_DENIED', message: 'no' } });
    const answer = await host.answer(id);
    expect(answer).toMatchObject({ value: [true, 'VpError', 'VP_PERMISSION_DENIED', 'no', 'undefined', expect.any(String)] });
    expect(JSON.stringify(answer)).not.toMatch(/host\.js|file:|node:|\/home|\/tmp/);
  });

  it('refuses by itself what was not granted', async () => {
    const host = await asking(
      `const asked = [() => ctx.kv.get('a'), () => ctx.fs.readText('a'), () => ctx.fetch('https://a.test'), async () => ctx.setTimeout(() => {}, 1),
         async () => setInterval(() => {}, 1), async () => ctx.hook('pre-spawn', () => {}), async () => ctx.fire('pre-command', {}), async () => ctx.provide({}, {}),
         async () => ctx.discover(() => {}), async () => ctx.shared('k', () => 1), async () => ctx.workspace('/'), async () => ctx.home];
       ctx.log.info('unheard'); console.log('unheard');
       return Promise.all(asked.map((ask) => ask().then(() => 'granted', (error) => error.code)));`,
      { boot: { may: may({ kv: false, fs: false, net: false, timers: false, log: false }) } },
    );
    expect(new Set((await host.tap({})) as string[])).toEqual(new Set(['VP_PERMISSION_DENIED']));
    expect(host.requests).toEqual([]);
    expect(host.logs).toEqual([]);
  });

  it('waits for no more answers at once than it may', async () => {
    const host = await asking(
      `const all = []; for (let at = 0; at < 5; at++) all.push(ctx.kv.get('k').catch((error) => error.code));
      all[4].then((code) => ctx.log.info(String(code))); return Promise.all(all);`,
      { limits: { inFlight: 4 } },
    );
    host.ask({ op: 'tap', tap: 1, payload: {} });
    await vi.waitFor(() => expect(host.logs.map(({ message }) => message)).toEqual(['VP_SANDBOX_BUSY']), { timeout: 10_000 });
    expect(host.requests).toHaveLength(4);
    for (const { id } of host.requests) host.tell({ k: 'reply', id, ok: true, value: id });
    expect(await host.answer(2)).toMatchObject({ value: [1, 2, 3, 4, 'VP_SANDBOX_BUSY'] });
  });

  it('logs fields and messages as pino does, errors and large numbers readable', async () => {
    const host = await asking(
      `
      ctx.log.warn('alone'); ctx.log.info({ n: 1, big: 5n, error: new TypeError('bad') }, 'both'); ctx.log.error({ loop: globalThis.loop }, 'cycle');
      console.log('a', 1, { b: 2 }, undefined, Symbol('s')); console.debug(new Error('shown').message); ctx.log.info(null); ctx.log.debug({}, 7);`,
      {
        head: `globalThis.loop = {}; loop.loop = loop;`,
      },
    );
    await host.tap({});
    expect(host.logs.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'alone'],
      ['info', 'both'],
      ['error', 'cycle'],
      ['info', 'a 1 {"b":2} undefined Symbol(s)'],
      ['debug', 'shown'],
      ['info', 'null'],
      ['debug', '7'],
    ]);
    expect(host.logs[1]?.fields).toMatchObject({ n: 1, big: '5', error: { name: 'TypeError', message: 'bad' } });
    expect(host.logs[2]?.fields).toEqual({});
  });

  it('cuts a log line that is too long', async () => {
    const host = await asking(`ctx.log.info({ big: 'y'.repeat(100000) }, 'x'.repeat(100000))`, { limits: { messageBytes: 20_000 } });
    await host.tap({});
    expect(host.logs).toMatchObject([{ fields: {}, message: `${'x'.repeat(8_192)}…` }]);
  });
});

describe('services', () => {
  const ref = { $$type: 'vp.service', id: 'sessions', version: 1, methods: { list: {}, get: {} }, events: ['changed'] };

  it('are called by way of the kernel, and tell of their events', async () => {
    const host = await startPlugin(
      `{ name: 'p', hooks: { async 'pre-command'() { return [await sessions.list(), await sessions.get('a', undefined), has]; } },
      setup(ctx) { sessions = ctx.use(ref); has = [ctx.has(ref), ctx.has({ id: 'other', version: 1 })]; undo = sessions.on('changed', (event) => { ctx.log.info('saw ' + event.n); if (event.n === 2) undo(); }); } }`,
      {
        head: `let sessions, has, undo; const ref = ${JSON.stringify(ref)};`,
        boot: { services: ['sessions@1'], declared: ['sessions@1'] },
      },
    );
    host.onRequest = ({ args }) => args;
    expect(await host.tap({})).toEqual([
      ['sessions@1', 'list', []],
      ['sessions@1', 'get', ['a', null]],
      [true, false],
    ]);
    for (const n of [1, 2, 3]) host.tell({ k: 'event', sub: 1, payload: { n } });
    await vi.waitFor(() => expect(host.requests.at(-1)).toMatchObject({ cap: 'service.off', args: [1] }), { timeout: 10_000 });
    expect(host.requests[0]).toMatchObject({ cap: 'service.on', args: ['sessions@1', 'changed', 1] });
    await host.ping();
    expect(host.logs.map(({ message }) => message)).toEqual(['saw 1', 'saw 2']);
  });
});

describe('answers', () => {
  it.each([
    'Symbol("allow")',
    '10n',
    '() => 1',
    '(() => { const a = {}; a.a = a; return a; })()',
    '{ toJSON() { throw new Error("x"); } }',
  ])('that JSON cannot carry are errors: %s', async (value) => {
    const host = await asking(`return ${value};`);
    expect(await host.call({ op: 'tap', tap: 1, payload: {} })).toMatchObject({ ok: false });
  });

  it('are waited for, and missing where there is none', async () => {
    const host = await asking(`await null; return call.value === 'none' ? undefined : { then: (resolve) => resolve(call.value) };`);
    expect(await host.call({ op: 'tap', tap: 1, payload: { value: 'none' } })).toEqual({ k: 'ret', id: 2, ok: true });
    expect(await host.tap({ value: [1] })).toEqual([1]);
    expect(await host.tap({ value: null })).toBe(null);
  });

  it('that are errors arrive as bounded strings, whatever their getters do', async () => {
    const host = await asking(`
      const error = new Error('m'.repeat(1e6));
      if (call.kind === 'getter') Object.defineProperty(error, 'message', { get() { throw 1; } });
      if (call.kind === 'object') Object.defineProperty(error, 'stack', { value: { toString() { return 'x'; } } });
      throw call.kind === 'null' ? null : error;`);
    const ask = async (kind: string): Promise<unknown> => host.call({ op: 'tap', tap: 1, payload: { kind } });
    expect(await ask('long')).toMatchObject({ ok: false, error: { message: 'm'.repeat(4_096) } });
    expect(await ask('getter')).toMatchObject({ ok: false, error: { message: expect.any(String) } });
    expect(await ask('object')).toMatchObject({ ok: false, error: { stack: '' } });
    expect(await ask('null')).toMatchObject({ ok: false, error: { message: 'null' } });
  });

  it('of batches are none: each is run, and the first error is given', async () => {
    const host = await startPlugin(
      `{ name: 'p', hooks: { 'on-output'({ n }) { console.log('saw ' + n); if (n > 1) throw new Error('at ' + n); return n; } } }`,
    );
    expect(await host.call({ op: 'taps', tap: 1, payloads: [{ n: 1 }] })).toEqual({ k: 'ret', id: 2, ok: true });
    expect(await host.call({ op: 'taps', tap: 1, payloads: [{ n: 1 }, { n: 2 }, { n: 3 }] })).toMatchObject({ error: { message: 'at 2' } });
    expect(host.logs.map(({ message }) => message)).toEqual(['saw 1', 'saw 1', 'saw 2', 'saw 3']);
  });
});
