/** Requests of a guest: granted origins, public addresses, every hop checked. Resolver and transport are stubs that record. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublic } from '../../../sandbox/broker/address.ts';
import { Net } from '../../../sandbox/broker/net.ts';
import type { PinnedRequest, RawAnswer } from '../../../sandbox/seams.ts';
import { refusal } from './support.ts';

const ORIGIN = 'https://api.allowed.test';
const PUBLIC = '93.184.215.14';

type Answers = Readonly<Record<string, Partial<RawAnswer>>>;

interface World {
  readonly net: Net;
  readonly sent: PinnedRequest[];
  readonly resolved: string[];
}

/** Answers by path; what is not listed is answered with 200 and `ok`. */
function world(
  answers: Answers = {},
  more: { granted?: readonly string[]; resolve?: (host: string) => readonly string[]; ms?: number } = {},
): World {
  const sent: PinnedRequest[] = [];
  const resolved: string[] = [];
  const net = new Net({
    granted: more.granted ?? [ORIGIN],
    sendBytes: 1_000,
    maxBytes: 1_000,
    ms: more.ms ?? 30_000,
    seams: {
      resolve: (host) => {
        resolved.push(host);
        return Promise.resolve(more.resolve?.(host) ?? [PUBLIC]);
      },
      transport: (request) => {
        sent.push(request);
        return Promise.resolve({ status: 200, statusText: 'OK', headers: [], body: 'ok', ...answers[request.url.pathname] });
      },
    },
  });
  return { net, sent, resolved };
}

function redirect(location: string, status = 302): Partial<RawAnswer> {
  return { status, statusText: 'Found', headers: [['location', location]] };
}

describe('a request', () => {
  it('goes to a granted origin, at the address that was looked up once', async () => {
    const { net, sent, resolved } = world();
    const answer = await net.fetch(`${ORIGIN}/a/b?c=ü#d`, { method: 'post', headers: { 'X-Key': ' 1 ' }, body: 'hi' });
    expect(answer).toEqual({ url: `${ORIGIN}/a/b?c=%C3%BC`, status: 200, statusText: 'OK', headers: [], body: 'ok', redirected: false });
    expect(resolved).toEqual(['api.allowed.test']);
    expect(sent).toMatchObject([{ address: PUBLIC, method: 'POST', headers: { 'x-key': '1' }, body: 'hi', maxBytes: 1_000 }]);
  });

  it('goes to a port only where the grant names it', async () => {
    expect(await refusal(world().net.fetch(`${ORIGIN}:8443/`, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    const { net, sent } = world({}, { granted: [`${ORIGIN}:8443`] });
    await net.fetch(`${ORIGIN}:8443/`, {});
    expect(sent[0]?.url.port).toBe('8443');
    expect(await refusal(net.fetch(ORIGIN, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
  });

  it('to an origin that was not granted says what to add', async () => {
    const { message } = await refusal(world().net.fetch('https://other.test/x', {}));
    expect(message).toContain('add "https://other.test" to permissions.net');
  });

  it.each([
    'https://api.allowed.test@evil.test/',
    'https://api.allowed.test:x@evil.test/',
    'https://evil.test\\@api.allowed.test/',
    'https://evil.test#@api.allowed.test/',
    'https://api.allowed.test.evil.test/',
    'https:\t//evil.test/',
    'http://api.allowed.test/',
    'https://api.allowed.test:8443/',
    'HTTPS://EVIL.TEST/api.allowed.test',
    '//evil.test/',
    'https://xn--api-allowed-test/',
    'https://api.allowed.test%2eevil.test/',
    'https://api\u3002allowed\u3002test.evil.test/',
    'https://api.allowed.test./',
    'https://api\u3002allowed\u3002test/',
    'https://API.allowed.test/',
    'https:/api.allowed.test/',
    'https:api.allowed.test',
    ' https://api.allowed.test',
    'https://api.allowed.test\n/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost/',
    '',
    'file:///etc/passwd',
    'data:text/plain,x',
    'blob:https://api.allowed.test/x',
    'https://api.allowed.test:443@evil.test/',
    'https://@api.allowed.test/',
    'https://api.allowed.test:443/',
  ])('to %j is never sent', async (url) => {
    const { net, sent, resolved } = world();
    expect(await refusal(net.fetch(url, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect([sent, resolved]).toEqual([[], []]);
  });

  it.each([
    'https://127.0.0.1',
    'https://[::1]',
    'https://localhost',
    'https://*.test',
    'https://a.test/',
    'http://a.test',
    'https://a.1',
    'https://1.2.3',
  ])('is not sent for the grant of %j, which no check should have let through', async (grant) => {
    const { net, sent } = world({}, { granted: [grant] });
    expect(await refusal(net.fetch(grant, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(net.fetch(`${grant}/`, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(sent).toEqual([]);
  });

  it.each([[null], [1], [{}], [['https://api.allowed.test/']], [undefined]])('to %j is refused', async (url) => {
    expect(await refusal(world().net.fetch(url, {}))).toMatchObject({ code: 'VP_SANDBOX_ARGUMENT' });
  });

  it('made of anything reaches no host but the granted one', async () => {
    const { net, sent } = world();
    const pieces = fc.constantFrom(
      'https://',
      'http://',
      'api.allowed.test',
      'evil.test',
      '@',
      ':',
      '/',
      '\\',
      '#',
      '?',
      '.',
      '%2e',
      '\t',
      '\u3002',
      '127.0.0.1',
      'x',
      '//',
      '443',
    );
    const urls = fc.oneof(
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.array(pieces, { maxLength: 6 }).map((parts) => `https://api.allowed.test${parts.join('')}`),
      fc.webUrl(),
      fc.string({ unit: 'binary' }).map((rest) => `https://api.allowed.test${rest}`),
    );
    await fc.assert(
      fc.asyncProperty(urls, async (url) => void (await net.fetch(url, {}).catch(() => undefined))),
      { numRuns: 3_000 },
    );
    expect(sent.length).toBeGreaterThan(50);
    expect(new Set(sent.map(({ url }) => url.origin))).toEqual(new Set([ORIGIN]));
    expect(sent.every(({ address, url }) => address === PUBLIC && url.username === '')).toBe(true);
  });
});

describe('the options of a request', () => {
  it.each([
    { method: 'TRACE' },
    { method: 'CONNECT' },
    { method: 'GET\r\nX: y' },
    { method: 1 },
    { body: 'x' },
    { method: 'POST', body: {} },
    { method: 'POST', body: 'x'.repeat(1_001) },
    { redirect: 'maybe' },
    { agent: {} },
    { headers: 'x' },
    { headers: [['a']] },
    { headers: [1] },
    'x',
    [],
    { headers: { Host: 'evil.test' } },
    { headers: { 'Content-Length': '0' } },
    { headers: { 'Transfer-Encoding': 'chunked' } },
    { headers: { connection: 'x' } },
    { headers: { Upgrade: 'x' } },
    { headers: { 'Proxy-Authorization': 'x' } },
    { headers: { 'Sec-Fetch-Site': 'x' } },
    { headers: { cookie: 'x' } },
    { headers: { te: 'x' } },
    { headers: { trailer: 'x' } },
    { headers: { expect: 'x' } },
    { headers: { 'x-forwarded-for': 'x' } },
    { headers: { 'accept-encoding': 'gzip' } },
    { headers: { 'x-a': 'b\r\nHost: evil.test' } },
    { headers: { 'x-a': 'b\0' } },
    { headers: { 'x-a\r\n': 'b' } },
    { headers: { 'x a': 'b' } },
    { headers: { 'x-ä': 'b' } },
    { headers: { 'x-a': 'ł' } },
    { headers: { 'x-a': 1 } },
    { headers: { 'x-a': 'b'.repeat(20_000) } },
  ])('%j are refused', async (init) => {
    const { net, sent } = world();
    expect(await refusal(net.fetch(ORIGIN, init))).toMatchObject({ code: 'VP_SANDBOX_ARGUMENT' });
    expect(sent).toEqual([]);
  });

  it('may be pairs, and a key like __proto__ is a name like any other', async () => {
    const { net, sent } = world();
    await net.fetch(ORIGIN, {
      headers: [
        ['X-A', '1'],
        ['x-a', '2'],
        ['Authorization', 'Bearer x'],
      ],
    });
    expect(sent[0]?.headers).toEqual({ 'x-a': '1, 2', authorization: 'Bearer x' });
    await refusal(net.fetch(ORIGIN, { headers: JSON.parse('{"__proto__": "x"}') }));
    await refusal(net.fetch(ORIGIN, JSON.parse('{"__proto__": {"method": "POST"}}')));
    expect(sent.length).toBe(1);
  });
});

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:93.184.215.14',
    '2002:7f00:1::',
    '2002:5db8:d70e::1',
    '2001::1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::',
    '64:ff9b:1::5db8:d70e',
    '64:ff9b::1:5db8:d70e',
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '1.2.3.4 ',
  ])('like %j is never connected to', async (address) => {
    expect(isPublic(address)).toBe(false);
    const { net, sent } = world({}, { resolve: () => [PUBLIC, address] });
    expect(await refusal(net.fetch(ORIGIN, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(sent).toEqual([]);
  });

  it.each([PUBLIC, '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1', '64:ff9b::5db8:d70e', '172.32.0.1'])('like %s is', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it('that flips between public and loopback is used only as it was checked', async () => {
    let asked = 0;
    const { net, sent, resolved } = world({}, { resolve: () => ((asked += 1) % 2 === 1 ? [PUBLIC] : ['127.0.0.1']) });
    for (let count = 0; count < 10; count += 1) await net.fetch(ORIGIN, {}).catch(() => undefined);
    expect(resolved.length).toBe(10);
    expect(sent.map(({ address }) => address)).toEqual(Array.from({ length: 5 }, () => PUBLIC));
  });

  it('that cannot be reached gives way to the next of the same answer', async () => {
    const tried: string[] = [];
    const transport = (request: PinnedRequest): Promise<RawAnswer> => {
      tried.push(request.address);
      if (tried.length === 1) return Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
      return Promise.resolve({ status: 204, statusText: '', headers: [], body: '' });
    };
    const resolve = () => Promise.resolve(['1.1.1.1', '1.0.0.1']);
    const net = new Net({ granted: [ORIGIN], sendBytes: 1, maxBytes: 1, ms: 30_000, seams: { resolve, transport } });
    expect((await net.fetch(ORIGIN, {})).status).toBe(204);
    expect(tried).toEqual(['1.1.1.1', '1.0.0.1']);
  });
});

describe('a redirect', () => {
  it.each([
    'http://169.254.169.254/latest',
    'https://169.254.169.254/',
    'https://127.0.0.1/',
    'https://evil.test/',
    'file:///etc/passwd',
    '//evil.test/',
    '\\\\evil.test/',
    'https://api.allowed.test@evil.test/',
    'http://api.allowed.test/',
    'https://api.allowed.test:8443/',
    '/\t/evil.test',
    'HTTPS://evil.test',
    'javascript:1',
  ])('to %j is not followed', async (location) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const { net, sent } = world({ '/go': redirect(location, status) });
      expect(await refusal(net.fetch(`${ORIGIN}/go`, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
      expect(sent.length).toBe(1);
    }
  });

  it('within what is granted is followed three times, each address looked up anew', async () => {
    const { net, sent, resolved } = world({ '/1': redirect('/2'), '/2': redirect('3?x#y'), '/3': redirect('//api.allowed.test/4') });
    expect(await net.fetch(`${ORIGIN}/1`, {})).toMatchObject({ url: `${ORIGIN}/4`, body: 'ok', redirected: true });
    expect([sent.length, resolved.length]).toEqual([4, 4]);
    const endless = world({ '/1': redirect('/1') });
    expect(await refusal(endless.net.fetch(`${ORIGIN}/1`, {}))).toMatchObject({ code: 'VP_FETCH_FAILED' });
    expect(endless.sent.length).toBe(4);
  });

  it('whose host has become private meanwhile is refused', async () => {
    let asked = 0;
    const { net, sent } = world({ '/1': redirect('/2') }, { resolve: () => ((asked += 1) === 1 ? [PUBLIC] : ['127.0.0.1']) });
    expect(await refusal(net.fetch(`${ORIGIN}/1`, {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(sent.length).toBe(1);
  });

  it('carries no secret to another origin', async () => {
    const other = 'https://cdn.allowed.test';
    const { net, sent } = world({ '/1': redirect(`${other}/2`), '/2': redirect(`${ORIGIN}/3`) }, { granted: [ORIGIN, other] });
    await net.fetch(`${ORIGIN}/1`, { headers: { authorization: 'Bearer x', 'x-api-key': 'y', accept: 'text/plain' } });
    expect(sent.map(({ headers }) => headers)).toEqual([
      { authorization: 'Bearer x', 'x-api-key': 'y', accept: 'text/plain' },
      { accept: 'text/plain' },
      { accept: 'text/plain' },
    ]);
  });

  it('turns a change into a read as browsers do', async () => {
    for (const [status, method, becomes] of [
      [303, 'PUT', 'GET'],
      [302, 'POST', 'GET'],
      [301, 'PUT', 'PUT'],
      [307, 'POST', 'POST'],
      [303, 'HEAD', 'HEAD'],
    ] as const) {
      const { net, sent } = world({ '/1': redirect('/2', status) });
      const body = method === 'HEAD' ? {} : { body: 'x' };
      await net.fetch(`${ORIGIN}/1`, { method, ...body, headers: { 'content-type': 'text/plain' } });
      expect(sent[1]?.method).toBe(becomes);
      if (becomes === 'GET') expect([sent[1]?.body, sent[1]?.headers]).toEqual([undefined, {}]);
      else expect(sent[1]?.body).toBe(sent[0]?.body);
    }
  });

  it('is handed over or refused where the guest asks for that', async () => {
    const { net } = world({ '/1': redirect('https://evil.test/') });
    expect(await net.fetch(`${ORIGIN}/1`, { redirect: 'manual' })).toMatchObject({ status: 302, redirected: false });
    expect(await refusal(net.fetch(`${ORIGIN}/1`, { redirect: 'error' }))).toMatchObject({ code: 'VP_FETCH_FAILED' });
  });
});

describe('requests', () => {
  it('are eight at once, end with the broker, and are not waited for longer than the limit', async () => {
    const signals: AbortSignal[] = [];
    const forever = (request: PinnedRequest): Promise<RawAnswer> => {
      signals.push(request.signal);
      return new Promise(() => undefined);
    };
    const make = (ms: number) =>
      new Net({
        granted: [ORIGIN],
        sendBytes: 1,
        maxBytes: 1,
        ms,
        seams: { resolve: () => Promise.resolve([PUBLIC]), transport: forever },
      });
    const net = make(600_000);
    const running = Array.from({ length: 8 }, () => refusal(net.fetch(ORIGIN, {})));
    expect(await refusal(net.fetch(ORIGIN, {}))).toMatchObject({ code: 'VP_SANDBOX_BUSY' });
    await expect.poll(() => signals.length).toBe(8);
    net.close();
    expect((await Promise.all(running)).every(({ code }) => code === 'VP_FETCH_FAILED')).toBe(true);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
    expect(await refusal(make(100).fetch(ORIGIN, {}))).toMatchObject({
      code: 'VP_FETCH_FAILED',
      message: expect.stringContaining('limits.fetchMs'),
    });
  });
});
