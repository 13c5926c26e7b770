/** The broker as a whole: one answer to each request, default deny, and silence after its end. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Permissions } from '@vp/schemas';
import { sessions } from '@vp/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestMessage } from '../../../sandbox/broker/broker.ts';
import type { LogMessage } from '../../../sandbox/broker/log.ts';
import type { RawAnswer } from '../../../sandbox/seams.ts';
import { bench, put } from './support.ts';

const ALL: Permissions = {
  fs: { read: ['.'], write: ['.'] },
  net: ['https://api.allowed.test'],
  kv: true,
  log: true,
  hooks: ['pre-command'],
};
const CAPABILITIES = [
  'kv.get',
  'kv.set',
  'kv.delete',
  'kv.keys',
  'fs.readText',
  'fs.writeText',
  'fs.list',
  'fetch',
  'service.call',
  'service.on',
  'service.off',
];

describe('a broker', () => {
  it('permits nothing where nothing was granted', async () => {
    const { ask, broker, lines, baseDir } = bench({ refs: [sessions] });
    put(baseDir, { 'a.txt': 'a' });
    const asked = [
      ask('kv.get', 'a'),
      ask('kv.set', 'a', 1),
      ask('kv.delete', 'a'),
      ask('kv.keys'),
      ask('fs.readText', 'a.txt'),
      ask('fs.writeText', 'b.txt', 'b'),
      ask('fs.list', '.'),
      ask('fetch', 'https://api.allowed.test/', {}),
      ask('service.call', 'sessions@1', 'listSessions', []),
      ask('service.on', 'sessions@1', 'verdict', 1),
    ];
    for (const reply of await Promise.all(asked)) expect(reply).toMatchObject({ ok: false, error: { code: 'VP_PERMISSION_DENIED' } });
    broker.log({ k: 'log', level: 'info', fields: {}, message: 'hi' });
    expect([lines, broker.mayTap('pre-command'), existsSync(join(baseDir, 'b.txt'))]).toEqual([[], false, false]);
  });

  it('does what was granted', async () => {
    const { ask, broker, baseDir } = bench({ permissions: ALL });
    expect(await ask('fs.writeText', 'a.txt', 'ä')).toMatchObject({ ok: true });
    expect(await ask('fs.readText', 'a.txt')).toMatchObject({ ok: true, value: 'ä' });
    expect(await ask('fs.list', '.')).toMatchObject({ ok: true, value: ['a.txt'] });
    expect(await ask('kv.set', 'k', { a: [1] })).toMatchObject({ ok: true });
    expect(await ask('kv.get', 'k')).toMatchObject({ ok: true, value: { a: [1] } });
    expect([broker.mayTap('pre-command'), broker.mayTap('pre-spawn')]).toEqual([true, false]);
    expect(readFileSync(join(baseDir, 'a.txt'), 'utf8')).toBe('ä');
    expect(broker.inFlight).toBe(0);
  });

  it('takes no word of a message for its rights', async () => {
    const { broker, sent } = bench();
    const forged = {
      k: 'req',
      id: 7,
      cap: 'fs.readText',
      args: ['/etc/passwd'],
      plugin: 'core',
      permissions: { fs: { read: ['/'] } },
      grants: { fs: ['/'] },
    };
    broker.request(forged as RequestMessage);
    await expect.poll(() => sent).toMatchObject([{ k: 'reply', id: 7, ok: false, error: { code: 'VP_PERMISSION_DENIED' } }]);
  });

  it.each([
    ['kernel.stop', []],
    ['__proto__', []],
    ['constructor', []],
    ['', []],
    ['fs.readText', 'a'],
    ['fs.readText', { length: 1 }],
    ['kv.get', [1, 2, 3, 4]],
    ['kv.get', [{}]],
    ['kv.get', ['']],
    ['kv.get', ['x'.repeat(201)]],
    ['kv.set', ['k']],
    ['fetch', [{}]],
    ['service.call', ['a@1', 1, []]],
    ['service.on', ['a@1', 'b', -1]],
    ['service.off', ['x']],
    ['fs.writeText', ['a.txt']],
    [null, null],
  ])('answers %j with %j by saying what is wrong', async (cap, args) => {
    const { broker, sent, home, baseDir } = bench({ permissions: ALL });
    broker.request({ k: 'req', id: 1, cap, args } as unknown as RequestMessage);
    await expect.poll(() => sent.length).toBe(1);
    expect(sent).toMatchObject([{ ok: false, error: { code: 'VP_SANDBOX_ARGUMENT' } }]);
    expect(JSON.stringify(sent)).not.toContain(home);
    expect(JSON.stringify(sent)).not.toContain(baseDir);
  });

  it('answers anything exactly once and never throws', async () => {
    const { broker, sent } = bench({
      permissions: { ...ALL, fs: { read: ['.'], write: [] } },
      limits: { inFlight: 1_024 },
      seams: stubs(),
    });
    let id = 0;
    const requests = fc.record({
      cap: fc.oneof(fc.constantFrom(...CAPABILITIES), fc.string()),
      args: fc.oneof(fc.array(fc.jsonValue(), { maxLength: 4 }), fc.jsonValue()),
    });
    fc.assert(
      fc.property(requests, (request) => broker.request({ k: 'req', id: (id += 1), ...request } as RequestMessage)),
      { numRuns: 800 },
    );
    await expect.poll(() => sent.length, { timeout: 30_000 }).toBe(800);
    expect(new Set(sent.map((message) => (message.k === 'reply' ? message.id : 0))).size).toBe(800);
    expect(broker.inFlight).toBe(0);
    for (const message of sent)
      if (message.k === 'reply' && !message.ok) expect(Object.keys(message.error).toSorted()).toEqual(['code', 'message']);
  });

  it('has a limited number of requests open, and takes more once they are answered', async () => {
    const gate = Promise.withResolvers<RawAnswer>();
    const seams = { resolve: () => Promise.resolve(['93.184.215.14']), transport: () => gate.promise };
    const { broker, ask } = bench({ permissions: ALL, limits: { inFlight: 2 }, seams });
    const open = [ask('fetch', 'https://api.allowed.test/', {}), ask('fetch', 'https://api.allowed.test/', {})];
    expect(await ask('kv.keys')).toMatchObject({ ok: false, error: { code: 'VP_SANDBOX_BUSY' } });
    expect(broker.inFlight).toBe(2);
    gate.resolve({ status: 200, statusText: '', headers: [], body: '' });
    for (const reply of await Promise.all(open)) expect(reply.ok).toBe(true);
    await expect.poll(() => broker.inFlight).toBe(0);
    expect((await ask('kv.keys')).ok).toBe(true);
  });

  it('lets the kernel work between the requests of a guest that asks for much at once', async () => {
    const { ask } = bench({ permissions: ALL });
    await ask('kv.set', 'a', 'x'.repeat(100_000));
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all(Array.from({ length: 60 }, () => ask('kv.get', 'a')));
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(60);
  });

  it('changes no file that is to be kept, whatever it is called', async () => {
    const { ask, baseDir } = bench({ permissions: ALL, kept: (base) => [join(base, 'charter.yaml'), join(base, 'none')] });
    put(baseDir, { 'charter.yaml': 'a' });
    expect(await ask('fs.writeText', 'charter.yaml', 'b')).toMatchObject({ ok: false, error: { code: 'VP_PERMISSION_DENIED' } });
    expect(await ask('fs.writeText', 'other.yaml', 'b')).toMatchObject({ ok: true });
    expect(readFileSync(join(baseDir, 'charter.yaml'), 'utf8')).toBe('a');
  });

  it('sends no answer that is larger than a message may be', async () => {
    const { ask, baseDir } = bench({ permissions: ALL, limits: { payloadBytes: 1_024 } });
    put(baseDir, { 'a.txt': 'a'.repeat(1_100) });
    expect(await ask('fs.readText', 'a.txt')).toMatchObject({ ok: false, error: { code: 'VP_SANDBOX_LIMIT' } });
  });

  it('says nothing after its end, and ends what runs', async () => {
    const signals: AbortSignal[] = [];
    const seams = {
      resolve: () => Promise.resolve(['93.184.215.14']),
      transport: ({ signal }: { signal: AbortSignal }) => (signals.push(signal), new Promise<RawAnswer>(() => undefined)),
    };
    const { broker, sent, lines } = bench({ permissions: ALL, seams });
    const asks = [
      ['fetch', ['https://api.allowed.test/', {}]],
      ['kv.set', ['a', 1]],
      ['fs.list', ['.']],
    ] as const;
    for (const [id, [cap, args]] of asks.entries()) broker.request({ k: 'req', id, cap, args });
    await expect.poll(() => signals.length).toBe(1);
    await expect.poll(() => sent.length).toBe(2);
    broker.close();
    broker.close();
    broker.request({ k: 'req', id: 9, cap: 'kv.keys', args: [] });
    broker.log({ k: 'log', level: 'info', fields: {}, message: 'late' });
    await expect.poll(() => broker.inFlight).toBe(0);
    expect([sent.length, lines, signals.every((signal) => signal.aborted)]).toEqual([2, [], true]);
  });

  it('does nothing more of what was asked before its end', async () => {
    const { broker, baseDir } = bench({ permissions: ALL });
    for (let id = 0; id < 20; id += 1) broker.request({ k: 'req', id, cap: 'fs.writeText', args: [`${id}.txt`, 'x'] });
    broker.close();
    await expect.poll(() => broker.inFlight).toBe(0);
    expect(existsSync(join(baseDir, '19.txt'))).toBe(false);
    // The same for those that wait for others to end.
    const late = bench({ permissions: ALL });
    for (let id = 0; id < 60; id += 1) late.broker.request({ k: 'req', id, cap: 'fs.writeText', args: [`${id}.txt`, 'x'] });
    await expect.poll(() => late.sent.length).toBeGreaterThan(0);
    late.broker.close();
    const before = late.sent.length;
    await expect.poll(() => late.broker.inFlight).toBe(0);
    expect(late.sent.length).toBe(before);
  });

  it('tells of a fault of the kernel only that it happened, and logs the rest', async () => {
    const { ask, lines, home } = bench({
      permissions: ALL,
      seams: {
        files: () => ({
          readText: () => Promise.reject(new Error(`broken ${'/home/somebody/x'}`)),
          writeText: () => Promise.resolve(),
          list: () => Promise.resolve([]),
        }),
      },
    });
    const reply = await ask('fs.readText', 'a.txt');
    expect(reply).toMatchObject({ ok: false, error: { code: 'VP_REQUEST_FAILED' } });
    expect(JSON.stringify(reply)).not.toMatch(/somebody|stack/);
    expect(JSON.stringify(reply)).not.toContain(home);
    expect(lines).toMatchObject([{ level: 'error', fields: { error: expect.stringContaining('somebody') } }]);
  });

  it('lets a test stand in for files and network', async () => {
    const { ask } = bench({
      permissions: ALL,
      seams: {
        files: () => ({ readText: () => Promise.resolve('seam'), writeText: () => Promise.resolve(), list: () => Promise.resolve([]) }),
        fetch: (url) => Promise.resolve({ url: String(url), status: 1, statusText: '', headers: [], body: '', redirected: false }),
      },
    });
    expect(await ask('fs.readText', '/x')).toMatchObject({ value: 'seam' });
    expect(await ask('fetch', 'http://x/', {})).toMatchObject({ value: { url: 'http://x/', status: 1 } });
  });
});

describe('a log line of a guest', () => {
  const line = (message: unknown, fields: unknown = {}, level: unknown = 'info'): LogMessage =>
    ({ k: 'log', level, fields, message }) as LogMessage;

  it('cannot pass for another, steer a terminal or be without end', () => {
    const { broker, lines } = bench({ permissions: { log: true } });
    broker.log(
      line('\u001b[2Jgone\n{"level":60}\u202e', {
        level: 60,
        time: 1,
        pid: 2,
        plugin: 'core',
        name: 'x',
        msg: 'y',
        'a\u001b': ['\u009b1m'],
      }),
    );
    expect(lines[0]).toEqual({
      level: 'info',
      message: '\\x1b[2Jgone\\x0a{"level":60}\\u{202e}',
      fields: { fields: { level: 60, time: 1, pid: 2, plugin: 'core', name: 'x', msg: 'y', 'a\\x1b': ['\\x9b1m'] } },
    });
    broker.log(line('x'.repeat(5_000), { big: 'y'.repeat(9_000) }));
    expect(lines[1]?.message.length).toBe(2_000);
    expect(JSON.stringify(lines[1]?.fields).length).toBeLessThan(8_400);
    broker.log(line('x', JSON.parse('{"__proto__": {"polluted": 1}}')));
    expect(JSON.stringify(lines[2]?.fields)).toBe('{"fields":{"__proto__":{"polluted":1}}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    let deep: unknown = 1;
    for (let count = 0; count < 500; count += 1) deep = [deep];
    broker.log(line('deep', { deep }));
    expect(JSON.stringify(lines[3]?.fields)).toContain('…');
    broker.log(line('deeper', JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)));
    expect(lines[4]?.message).toBe('deeper');
  });

  it('is dropped and counted where it is malformed, or one too many', () => {
    const { broker, dropped, lines } = bench({ permissions: { log: true }, limits: { logLines: 3 } });
    for (const bad of [line(1), line('x', {}, 'fatal'), line('x', {}, '__proto__'), line({ toString: 1 })]) broker.log(bad);
    expect([lines.length, dropped.logs]).toEqual([0, 4]);
    for (let count = 0; count < 10; count += 1) broker.log(line(`line ${count}`, null));
    expect(lines.map(({ message }) => message)).toEqual(['line 0', 'line 1', 'line 2']);
    expect(dropped.logs).toBe(11);
  });
});

function stubs() {
  return {
    resolve: () => Promise.resolve(['93.184.215.14']),
    transport: () => Promise.resolve({ status: 200, statusText: '', headers: [], body: '' }),
  };
}
