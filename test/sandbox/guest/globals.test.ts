import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { startPlugin, type Host } from '../host/support.ts';

/** Evaluates `body`, a function of `value`, in a guest, with Node's answer to compare with. */
async function evaluator(): Promise<{ host: Host; same: (body: string, value: unknown) => Promise<void> }> {
  const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command': ({ body, value }) => Function('value', body)(value) } }`);
  const same = async (body: string, value: unknown): Promise<void> => {
    // oxlint-disable-next-line typescript/no-implied-eval -- the same text is run in both
    const here = JSON.stringify((Function('value', body) as (value: unknown) => unknown)(value));
    expect(JSON.stringify(await host.tap({ body, value }))).toBe(here);
  };
  return { host, same };
}

const attempt = (code: string): string => `try { ${code} } catch (error) { return 'threw ' + error.name; }`;
const RUNS = { numRuns: 150 };
/** With halves of pairs too. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);
const urls = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  text,
  text.map((part) => `https://h.test/${part}`),
  fc.constantFrom('https://a@b:c@h.test:443/..//x?#', 'file:///x', 'https://ＡＢ.test', 'javascript:1', 'https://1.2.3', '//x', ''),
);

describe('the globals of a guest do what those of Node do', () => {
  it('text to bytes and back', async () => {
    const { same } = await evaluator();
    await fc.assert(
      fc.asyncProperty(text, fc.uint8Array({ maxLength: 40 }), async (value, bytes) => {
        await same('return [...new TextEncoder().encode(value)]', value);
        await same('const into = new Uint8Array(7); return [new TextEncoder().encodeInto(value, into), [...into]]', value);
        await same('return new TextDecoder().decode(new Uint8Array(value))', [...bytes]);
        await same(attempt('return new TextDecoder("utf8", { fatal: true }).decode(new Uint8Array(value))'), [...bytes]);
        const pieces =
          'const d = new TextDecoder(); return value.map((b) => d.decode(new Uint8Array([b]), { stream: true })).join("") + d.decode()';
        await same(pieces, [...bytes]);
      }),
      RUNS,
    );
    await same('return new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65]))', 0);
    await same('return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 65]))', 0);
  });

  it('base64', async () => {
    const { same } = await evaluator();
    const base64 = fc.string({ unit: fc.constantFrom(...'ABCdef019+/= \n-'.split('')) });
    await fc.assert(
      fc.asyncProperty(text, base64, async (value, encoded) => {
        await same(attempt('return btoa(value)'), value);
        await same(attempt('return atob(value)'), encoded);
      }),
      RUNS,
    );
  });

  it('URLs', async () => {
    const { same } = await evaluator();
    const parts = `const shown = (url) => [url.href, url.origin, url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search, url.hash, String(url), JSON.stringify(url)];`;
    const key = fc.constantFrom('protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash');
    await fc.assert(
      fc.asyncProperty(urls, urls, key, text, async (input, base, name, to) => {
        await same(`${parts} ${attempt('return shown(new URL(...value))')}`, [input, base]);
        await same(`${parts} return URL.canParse(value) ? shown(URL.parse(value)) : URL.parse(value)`, input);
        const changed = `const url = new URL(value[0]); url.searchParams; url[value[1]] = value[2]; url.searchParams.append('é', value[2]);`;
        await same(`${parts} ${attempt(`${changed} return [shown(url), [...url.searchParams]]`)}`, [input, name, to]);
      }),
      RUNS,
    );
  });

  it('query parameters', async () => {
    const { same } = await evaluator();
    const pairs = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'é +'), text));
    const code = `const p = new URLSearchParams(value[0]); p.sort(); p.set('a', value[1]); p.append('c', value[1]); p.delete('b', value[1]);
      const seen = []; p.forEach((v, k) => seen.push([k, v]));
      return [p.size, [...p], [...p.keys()], [...p.values()], p.get('a'), p.getAll('b'), p.get('none'), p.has('a', value[1]), seen, p.toString()];`;
    await fc.assert(
      fc.asyncProperty(fc.oneof(pairs, text), text, async (init, value) => same(code, [init, value])),
      RUNS,
    );
  });

  it('clones', async () => {
    const { same } = await evaluator();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => same('return structuredClone(value)', value)),
      RUNS,
    );
    await same(
      `const a = { m: new Map([[1, new Set([2])]]), d: new Date(5), r: /x/gi, b: new Uint16Array([1, 2]), e: new RangeError('x'), n: undefined, h: [, 1] }; a.self = a;
       const c = structuredClone(a);
       return [c !== a, c.self === c, [...c.m.get(1)], c.d.getTime(), String(c.r), [...c.b], c.b.buffer !== a.b.buffer, c.e instanceof RangeError, c.e.message, 'n' in c, 0 in c.h, c.h.length];`,
      0,
    );
    await same(attempt('return structuredClone(() => 1)'), 0);
  });

  it('events and signals', async () => {
    const { same } = await evaluator();
    await same(
      `const seen = []; const target = new EventTarget(); const once = () => seen.push('once');
       target.addEventListener('x', once, { once: true }); target.addEventListener('x', once);
       target.addEventListener('x', { handleEvent(event) { seen.push(event.type + (event.target === target)); event.preventDefault(); } });
       const results = [target.dispatchEvent(new Event('x', { cancelable: true })), target.dispatchEvent(new Event('x'))];
       const controller = new AbortController(); controller.signal.onabort = () => seen.push('onabort');
       const any = AbortSignal.any([controller.signal]); any.addEventListener('abort', () => seen.push('any ' + any.reason));
       controller.abort('why'); controller.abort('again');
       try { any.throwIfAborted(); } catch (error) { seen.push(error); }
       const plain = AbortSignal.abort().reason;
       return [seen, results, controller.signal.aborted, plain.name, plain.code, plain instanceof DOMException, plain instanceof Error];`,
      0,
    );
  });

  it('headers and responses', async () => {
    const { same } = await evaluator();
    await same(
      `const h = new Headers({ B: '1', a: '2' }); h.append('b', 3); h.set('C', 'x'); h.delete('c');
       return [[...h], h.get('B'), h.has('c'), h.get('none'), [...new Headers([['x', 'y']]).keys()], [...new Headers(h)]];`,
      0,
    );
    await same(
      `const r = new Response('text', { status: 404, headers: { a: 'b' } }); const c = r.clone();
       return [r.ok, r.status, [...c.headers], Response.json({ a: 1 }).headers.get('content-type'), new Request('https://a.test', { method: 'POST', body: 'x' }).method];`,
      0,
    );
  });
});

describe('what a guest has of its own', () => {
  it('fetches by way of the kernel', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { async 'pre-command'(call, ctx) {
      const r = await fetch(new URL('https://a.test/x'), { method: 'POST', headers: { 'X-A': '1' }, body: new URLSearchParams({ q: 'ä' }), redirect: 'manual' });
      const copy = r.clone();
      const twice = await r.text().then(() => r.text()).catch((error) => error.name);
      await ctx.fetch(new Request('https://b.test', { headers: [['k', 'v']] }));
      const aborted = await fetch('https://c.test', { signal: AbortSignal.abort() }).catch((error) => error.name);
      return [r.ok, r.status, r.statusText, r.url, r.redirected, r.headers.get('Content-Type'), await copy.json(), twice, aborted, [...new Uint8Array(await new Response('é').arrayBuffer())]];
    } } }`);
    host.onRequest = ({ args }) => ({
      url: args[0],
      status: 201,
      statusText: 'Created',
      headers: [['content-type', 'application/json']],
      body: '{"a":1}',
      redirected: true,
    });
    expect(await host.tap({})).toEqual([
      true,
      201,
      'Created',
      'https://a.test/x',
      true,
      'application/json',
      { a: 1 },
      'TypeError',
      'AbortError',
      [0xc3, 0xa9],
    ]);
    expect(host.requests.map(({ cap, args }) => [cap, ...args])).toEqual([
      [
        'fetch',
        'https://a.test/x',
        {
          method: 'POST',
          headers: [
            ['x-a', '1'],
            ['content-type', 'application/x-www-form-urlencoded;charset=UTF-8'],
          ],
          body: 'q=%C3%A4',
          redirect: 'manual',
        },
      ],
      ['fetch', 'https://b.test/', { method: 'GET', headers: [['k', 'v']], redirect: 'follow' }],
    ]);
  });

  it('has random bytes, a clock, timers and microtasks', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { async 'pre-command'() {
      const order = []; queueMicrotask(() => order.push('microtask')); order.push('now');
      await new Promise((resolve) => setTimeout((a) => { order.push(a); resolve(); }, 1, 'later'));
      const bytes = crypto.getRandomValues(new Uint32Array(8));
      return { order, different: new Set(bytes).size > 1, uuid: crypto.randomUUID(), now: performance.now() >= 0, cleared: clearTimeout(setTimeout(() => order.push('never'), 1)) };
    } } }`);
    expect(await host.tap({})).toEqual({
      order: ['now', 'microtask', 'later'],
      different: true,
      uuid: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      now: true,
    });
  });
});
