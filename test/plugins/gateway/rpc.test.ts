import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pool, sessions, store } from '@vp/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../../support/api/index.ts';
import { client, type Client } from './client.ts';
import { gatewayKernel, type GatewayKernel } from './kernel.ts';

let made: GatewayKernel;
const clients: Client[] = [];

beforeAll(async () => {
  made = await gatewayKernel();
});
afterEach(() => {
  for (const one of clients.splice(0)) one.end();
});
afterAll(() => made.stop());

async function connect(): Promise<Client> {
  const one = await client(made.socket);
  clients.push(one);
  return one;
}

const status = 'sessions.getSessionStatus';
const request = { config: { workingDirectory: '/w', prompt: 'p' } };

describe('a line on the socket', () => {
  it('is answered with its id, be it a number or text', async () => {
    const one = await connect();
    one.send({ jsonrpc: '2.0', id: 'a', method: status, params: ['s1'] });
    expect(await one.next((line) => line.id === 'a')).toEqual({ jsonrpc: '2.0', id: 'a', result: 's1' });
    expect(await one.call('sessions.getCrashReport', ['x'])).toMatchObject({ id: 1, result: null });
  });

  it('may leave params out where the method takes none', async () => {
    const one = await connect();
    one.send({ jsonrpc: '2.0', id: 1, method: 'sessions.getActiveSessions' });
    expect(await one.next((line) => line.id === 1)).toMatchObject({ result: [] });
  });

  it('that is not JSON gets a parse error, and the connection goes on', async () => {
    const one = await connect();
    one.raw('{"jsonrpc":\n');
    expect(await one.next((line) => line.error?.code === -32700)).toMatchObject({ id: null });
    expect(await one.call(status, ['1'])).toMatchObject({ result: '1' });
  });

  it.each([
    ['another version', { jsonrpc: '1.0', id: 7, method: status, params: [] }],
    ['no version', { id: 7, method: status, params: [] }],
    ['no method', { jsonrpc: '2.0', id: 7 }],
    ['a method that is no text', { jsonrpc: '2.0', id: 7, method: 1 }],
    ['params that are text', { jsonrpc: '2.0', id: 7, method: status, params: 's1' }],
    ['params that are null', { jsonrpc: '2.0', id: 7, method: status, params: null }],
  ])('with %s is an invalid request', async (_what, line) => {
    const one = await connect();
    one.send(line);
    expect(await one.next(({ id }) => id === 7)).toMatchObject({ error: { code: -32600 } });
  });

  it.each([
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: status, params: ['s1'] }]],
    ['an empty batch', []],
    ['a number', 42],
    ['null', null],
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: status }],
  ])('that is %s is an invalid request without an id', async (_what, line) => {
    const one = await connect();
    one.send(line);
    expect(await one.next(({ error }) => error !== undefined)).toMatchObject({ id: null, error: { code: -32600 } });
  });

  it('without an id gets no answer, whatever becomes of it', async () => {
    const one = await connect();
    one.send({ jsonrpc: '2.0', method: status, params: ['s1'] });
    one.send({ jsonrpc: '2.0', method: 'sessions.terminateSession', params: ['s1'] });
    one.send({ jsonrpc: '2.0', method: status, params: [] });
    one.send({ jsonrpc: '2.0', method: 'nothing.known' });
    await one.call(status, ['last']);
    expect(one.lines).toHaveLength(1);
  });

  it('carries a refusal of the service with its code and hint', async () => {
    const one = await connect();
    expect(await one.call('sessions.terminateSession', ['x'])).toMatchObject({
      error: { code: -32000, message: 'no such session', data: { code: 'VP_SESSION_UNKNOWN', hint: 'see vp sessions' } },
    });
  });

  it("carries an error that is none of VP's, thrown at once", async () => {
    const one = await connect();
    expect(await one.call('sessions.closeInput', ['x'])).toMatchObject({ error: { code: -32000, message: 'not of VP' } });
  });

  it('whose result is no JSON is answered with an error', async () => {
    const one = await connect();
    expect(await one.call('sessions.interrupt', ['x'])).toMatchObject({
      error: { code: -32000, message: expect.stringContaining('BigInt') },
    });
  });

  it('that holds a promise in its result goes without it', async () => {
    const one = await connect();
    const spawned = one.call('pool.requestSession', [request]);
    await one.call('pool.resume', []);
    expect(await spawned).toMatchObject({ result: { sessionId: 'p', pid: 1 } });
    expect((await spawned).result).not.toHaveProperty('completion');
  });

  it('may come in pieces, cut through a letter, and several in one piece', async () => {
    const one = await connect();
    const bytes = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: 'ü', method: status, params: ['süß'] })}\n`);
    for (const byte of bytes) {
      one.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await one.next((line) => line.id === 'ü')).toMatchObject({ result: 'süß' });
    const line = (id: number) => `${JSON.stringify({ jsonrpc: '2.0', id, method: status, params: [String(id)] })}\n`;
    one.raw(`${line(1)}\n  \n${line(2)}${line(3)}`);
    await one.next((answer) => answer.id === 3);
    expect(one.lines.slice(1).map((answer) => answer.result)).toEqual(['1', '2', '3']);
  });
});

describe('a method', () => {
  it.each([
    ['of no service', 'nobody.getSessionStatus', undefined],
    ['that is no name at all', 'getsomething', undefined],
    ['that is empty', '', undefined],
    ['without its service', 'submit', 'pool.submit'],
    ['that is misspelt', 'pool.submitt', 'pool.submit'],
    ['of the gateway that is misspelt', 'subscibe', 'subscribe'],
    ['not for clients', 'sessions.spawnSession', undefined],
    ['not for clients either', 'sessions.restartSession', undefined],
    ['of the facade', 'sessions.on', undefined],
    ['of all objects', 'sessions.constructor', undefined],
    ['of the prototype', 'sessions.__proto__', undefined],
    ['with the version of its service', 'sessions@1.getSessionStatus', 'sessions.getSessionStatus'],
    ['of before', 'service.call', undefined],
  ])('%s is not there: %s', async (_what, method, near) => {
    const one = await connect();
    const { error } = await one.call(method, [{}]);
    expect(error).toMatchObject({ code: -32601, data: { code: 'VP_METHOD_UNKNOWN', hint: expect.stringContaining('rpc.discover') } });
    if (near !== undefined) expect(error?.data?.hint).toContain(`"${near}"`);
  });

  it('with a name of megabytes is refused in few words and at once', async () => {
    const one = await connect();
    const { error } = await one.call(`sessions.${'x'.repeat(5_000_000)}`, []);
    expect(error?.code).toBe(-32601);
    expect(JSON.stringify(error).length).toBeLessThan(500);
  });

  it.each([
    ['by name', status, { sessionId: 's' }, 'params go by position'],
    ['too few', status, [], 'expected 1 argument, got 0'],
    ['too many', 'sessions.terminateSession', ['s', true, 1], 'expected 1 to 2 arguments, got 3'],
    ['of another type', status, [7], 'argument 1: expected a string, found 7'],
    ['null where one is needed', status, [null], 'argument 1: expected a string, found null'],
    [
      'wrong inside',
      'pool.submit',
      [{ config: { workingDirectory: '/w', prompt: 4 } }],
      'argument 1 /config/prompt: expected a string, found 4',
    ],
    ['unknown inside', 'pool.submit', [{ ...request, urgent: true }], 'argument 1 /urgent: expected one of the keys requestId'],
    ['missing inside', 'pool.submit', [{ config: { prompt: 'p' } }], 'argument 1 /config/workingDirectory: expected a value'],
    ['of a wrong word', 'pool.submit', [{ ...request, priority: 'urgent' }], 'one of "critical", "high"'],
    ['wrong in the second', 'sessions.readOutput', ['s', -1], 'argument 2: expected'],
  ])('refuses arguments %s', async (_what, method, params, words) => {
    const one = await connect();
    const { error } = await one.call(method, params);
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(words), data: { code: 'VP_PARAMS_INVALID' } });
    expect(error?.message).toContain(`${method}: `);
  });

  it('refuses a hundred thousand wrong things in few words', async () => {
    const one = await connect();
    const { error } = await one.call('pool.submit', [{ config: { ...request.config, command: Array.from({ length: 100_000 }, () => 1) } }]);
    expect(error?.code).toBe(-32602);
    expect(error?.message.length).toBeLessThan(1500);
  });

  it('takes null for an argument that may be left out', async () => {
    const one = await connect();
    expect(await one.call('sessions.readOutput', ['s', null, 5])).toMatchObject({ result: ['s', 'left out', 5] });
    expect(await one.call('sessions.readOutput', ['s'])).toMatchObject({ result: ['s'] });
  });

  it('is not called with arguments that reach for prototypes', async () => {
    const one = await connect();
    one.raw(
      `{"jsonrpc":"2.0","id":1,"method":"pool.submit","params":[{"__proto__":{"polluted":1},"config":{"workingDirectory":"/w","prompt":"p"}}]}\n`,
    );
    expect(await one.next((line) => line.id === 1)).toMatchObject({ error: { code: -32602 } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('hostile text', () => {
  it.each([
    ['brackets without end', '['.repeat(1_000_000)],
    ['deep nesting', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    [
      'deep nesting in an argument',
      `{"jsonrpc":"2.0","id":99,"method":"sessions.getSessionStatus","params":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}`,
    ],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28])],
    ['zeros', '\0'.repeat(10_000)],
  ])('of %s is refused, and the connection goes on', async (_what, text) => {
    const one = await connect();
    one.socket.write(text);
    one.raw('\n');
    await one.next((line) => line.error !== undefined);
    expect(await one.call(status, ['still there'])).toMatchObject({ result: 'still there' });
  });
});

describe('rpc.discover', () => {
  it('tells of every method with the schema of its params, and of every event', async () => {
    const one = await connect();
    const { result } = await one.call('rpc.discover', []);
    const { methods, events } = result as { methods: { name: string; params: object }[]; events: string[] };
    const remote = [sessions, pool].flatMap(({ id, methods: specs }) =>
      Object.entries(specs).flatMap(([method, spec]) => (spec.remote ? [`${id}.${method}`] : [])),
    );
    expect(methods.map(({ name }) => name).toSorted()).toEqual(['rpc.discover', 'subscribe', 'unsubscribe', ...remote].toSorted());
    expect(methods.find(({ name }) => name === status)?.params).toEqual({
      type: 'array',
      prefixItems: [{ type: 'string', minLength: 1 }],
      items: false,
      minItems: 1,
    });
    expect(events.toSorted()).toEqual([sessions, pool].flatMap(({ id, events: own }) => own.map((event) => `${id}.${event}`)).toSorted());
    expect(JSON.stringify(result)).not.toContain(store.id);
  });
});

describe('the example in the README', () => {
  it('is true', async () => {
    const text = readFileSync(join(repository, 'plugins/gateway/README.md'), 'utf8');
    const [, block = ''] = /```\n\$ nc -U .*\n([\s\S]*?)```/.exec(text) ?? [];
    const said = block.trim().split('\n');
    expect(said).toHaveLength(6);
    const one = await connect();
    for (let n = 0; n < said.length; n += 2) {
      one.raw(`${said[n]}\n`);
      expect(await one.next(({ id }) => id === n / 2 + 1)).toEqual(JSON.parse(said[n + 1] ?? ''));
    }
  });
});
