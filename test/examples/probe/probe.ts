/** A plugin that tries what `ctx` and the web globals give, and stores what came of it: the same in every tier. */
import { definePlugin, defineService, type PluginContext } from '@vp/sdk';
import { counter } from './contract.ts';

interface Options {
  readonly nested: { readonly list: readonly number[] };
}

const absent = defineService<{ ping(): Promise<void> }>('absent', { version: 1, methods: { ping: {} } });
const pause = (ctx: PluginContext<never>, ms: number): Promise<void> => new Promise((resolve) => void ctx.setTimeout(resolve, ms));

/** What something gives, or by which name and code it fails. */
async function outcome(act: () => unknown): Promise<unknown> {
  try {
    return (await act()) ?? null;
  } catch (error) {
    const { name, code } = error as { name?: string; code?: unknown };
    const isNamed = typeof code === 'string' && /^(?:VP_|E[A-Z]+$)/.test(code);
    return { threw: isNamed ? code : name };
  }
}

export default definePlugin<Options>({
  name: 'probe',
  version: '1.0.0',
  wants: ['absent@1', 'counter@1'],
  permissions: {
    fs: { read: ['texts'], write: ['texts'] },
    net: ['https://api.example.com'],
    env: ['GRANTED', 'UNSET'],
    services: ['counter:use', 'counter:events'],
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      nested: {
        type: 'object',
        additionalProperties: false,
        default: {},
        properties: { list: { type: 'array', items: { type: 'integer' }, default: [1, 2] } },
      },
    },
  },
  hooks: {
    'pre-command': (call, ctx) => {
      if (call.tool === 'Throw') throw new Error('boom');
      if (call.tool === 'Nonsense') return { level: 'maybe' } as never;
      if (call.tool !== 'Frozen') return undefined;
      const { input } = call as unknown as { input: { inner: object } };
      const frozen = [call, call.session, input, input.inner].map((one) => Object.isFrozen(one));
      return { level: 'ask', reason: JSON.stringify({ frozen, ctx: ctx.name }) };
    },
    'session-start': { handler: (_start, ctx) => ctx.log.info('first: tap last'), order: 'post' },
  },
  async setup(ctx) {
    const results: Record<string, unknown> = {};
    const attempt = async (name: string, act: () => unknown): Promise<void> => void (results[name] = await outcome(act));
    await context(ctx, attempt);
    await storage(ctx, attempt);
    await globals(ctx, attempt);
    await services(ctx, attempt);
    lifecycle(ctx, results);
  },
});

type Attempt = (name: string, act: () => unknown) => Promise<void>;

async function context(ctx: PluginContext<Options>, attempt: Attempt): Promise<void> {
  await attempt('name', () => ctx.name);
  await attempt('config', () => ctx.config);
  await attempt('config frozen', () => [Object.isFrozen(ctx), Object.isFrozen(ctx.config), Object.isFrozen(ctx.config.nested.list)]);
  await attempt('previous', () => (ctx.previous === undefined ? 'none' : { ...ctx.previous, has: ctx.previous.state !== undefined }));
  await attempt('signal', () => ctx.signal.aborted);
  await attempt('env', () => [ctx.env.get('GRANTED'), String(ctx.env.get('UNSET')), String(ctx.env.get('toString'))]);
  await attempt('hook unknown', () => ctx.hook('nope' as 'pre-edit', () => undefined));
  await attempt('hook no function', () => ctx.hook('pre-edit', 1 as never));
  await attempt('hook taken back', () => ctx.hook('post-command', () => ctx.log.error('a tap that was taken back'))());
  await attempt('log', () => ctx.log.warn({ count: 1, deep: { list: ['x'] } }, 'fields'));
  await attempt('timer taken back', async () => {
    const undo = ctx.setTimeout(() => ctx.log.error('a timer that was taken back'), 1);
    await undo();
    await pause(ctx as PluginContext<never>, 20);
  });
  await attempt('timer throws', async () => {
    ctx.setTimeout(() => {
      throw new Error('in a timer');
    }, 1);
    await pause(ctx as PluginContext<never>, 20);
  });
  await attempt('interval', async () => {
    let count = 0;
    const undo = ctx.setInterval(() => (count += 1), 1);
    while (count < 3) await pause(ctx as PluginContext<never>, 1);
    await undo();
    return 'ran';
  });
}

async function storage(ctx: PluginContext<Options>, attempt: Attempt): Promise<void> {
  await attempt('kv missing', () => ctx.kv.get('missing'));
  await attempt('kv set', () => ctx.kv.set('__proto__', { a: [1, null, 'ü'] }));
  await attempt('kv get', () => ctx.kv.get('__proto__'));
  await attempt('kv keys', () => ctx.kv.keys());
  await attempt('kv delete', () => ctx.kv.delete('__proto__'));
  await attempt('kv undefined', () => ctx.kv.set('x', undefined));
  await attempt('kv after', () => ctx.kv.keys());
  await attempt('fs write', () => ctx.fs.writeText('texts/a.txt', 'ä\n'));
  await attempt('fs read', () => ctx.fs.readText('texts/a.txt'));
  await attempt('fs list', async () => (await ctx.fs.list('texts')).toSorted());
  await attempt('fs missing', () => ctx.fs.readText('texts/missing.txt'));
  await attempt('fs folder', () => ctx.fs.readText('texts'));
  await attempt('fs no folder', () => ctx.fs.writeText('texts/none/a.txt', ''));
  await attempt('fetch', async () => {
    const answer = await ctx.fetch('https://api.example.com/x?y=1', { headers: new Headers({ 'X-One': '1' }) });
    return [answer.status, answer.ok, answer.headers.get('content-type'), await answer.clone().text(), await answer.json()];
  });
  await attempt('fetch aborted', () => ctx.fetch('https://api.example.com/x', { signal: AbortSignal.abort() }));
}

async function globals(ctx: PluginContext<Options>, attempt: Attempt): Promise<void> {
  const url = new URL('../b?x=1&x=2#h', 'https://user@api.example.com:8443/a/c');
  await attempt('URL', () => [url.href, url.host, url.pathname, url.searchParams.getAll('x'), URL.canParse('::')]);
  await attempt('URL bad', () => new URL('::'));
  await attempt('URLSearchParams', () => new URLSearchParams({ a: 'b c', d: '&' }).toString());
  await attempt('text', () => [new TextDecoder().decode(new TextEncoder().encode('ü€😀')), btoa('\u00ff'), atob('/w==')]);
  await attempt('structuredClone', () => [...structuredClone(new Map([['a', new Date(0)]])).values()].map((date) => date.getTime()));
  await attempt('structuredClone bad', () => structuredClone(() => undefined));
  await attempt('crypto', () => [crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)).length]);
  await attempt('abort', () => [AbortSignal.any([AbortSignal.abort('why')]).reason, new AbortController().signal.aborted]);
  await attempt('abort timeout', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return (signal.reason as Error).name;
  });
  await attempt('microtask', () => new Promise((resolve) => queueMicrotask(() => resolve('ran'))));
  await attempt('timer', () => new Promise((resolve) => setTimeout(resolve, 1, 'given')));
  await attempt('Headers', () => [...new Headers([['B', '1'], ['a', '2'], ['b', '3']])]); // prettier-ignore
  await attempt('Response', async () => [await Response.json({ a: 1 }).json(), new Response('x', { status: 404 }).ok]);
  await attempt('performance', () => typeof performance.now());
  await attempt('time zone', () => [new Date(0).getTimezoneOffset(), Intl.DateTimeFormat().resolvedOptions().timeZone]);
}

async function services(ctx: PluginContext<Options>, attempt: Attempt): Promise<void> {
  await attempt('has', () => [ctx.has(absent), ctx.has(counter)]);
  await attempt('absent', () => ctx.use(absent).ping());
  const heard: number[] = [];
  await attempt('service', async () => {
    const facade = ctx.use(counter);
    const undo = facade.on('added', (sum) => heard.push(sum));
    const sums = [await facade.add(1), await facade.add(2)];
    while (heard.length < 2) await pause(ctx as PluginContext<never>, 1);
    undo();
    return { sums, heard };
  });
  await attempt('undeclared', () => ctx.use(defineService<{ x(): void }>('other', { version: 1, methods: { x: {} } })).x());
}

/** Lines say which generation they come from: those of two overlap. */
function lifecycle(ctx: PluginContext<Options>, results: Record<string, unknown>): void {
  const say = (words: string): void => ctx.log.info(`${ctx.previous === undefined ? 'first' : 'second'}: ${words}`);
  ctx.onActivate(() => say('activated'));
  ctx.onReady(() => say('ready'));
  ctx.hook('session-start', () => say('tap before'), { order: 'pre' });
  ctx.hook('session-start', () => say('tap after'));
  ctx.snapshot(() => undefined);
  ctx.signal.addEventListener('abort', () => say('aborted'));
  ctx.own('first owned', { close: () => say('ended last') });
  ctx.own('last owned', { [Symbol.dispose]: () => say('ended first') });
  ctx.own('results', () => ctx.kv.set('results', results));
}
