import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

const call = (method: string, ...args: unknown[]) => ({ service: 'sessions@1', method, args });

describe('a line on the socket', () => {
  it('is answered with its id, be it a number or text', async () => {
    const one = await connect();
    one.send({ jsonrpc: '2.0', id: 'a', method: 'service.call', params: call('getSessionStatus', 's1') });
    expect(await one.next((line) => line.id === 'a')).toEqual({ jsonrpc: '2.0', id: 'a', result: 's1' });
    expect(await one.call('service.call', call('getSessionStatus'))).toMatchObject({ id: 1, result: null });
  });

  it('that is not JSON gets a parse error, and the connection goes on', async () => {
    const one = await connect();
    one.raw('{"jsonrpc":\n');
    expect(await one.next((line) => line.error?.code === -32700)).toMatchObject({ id: null });
    expect(await one.call('service.call', call('getSessionStatus', 1))).toMatchObject({ result: 1 });
  });

  it.each([
    ['another version', { jsonrpc: '1.0', id: 7, method: 'service.call', params: {} }],
    ['no version', { id: 7, method: 'service.call', params: {} }],
    ['no method', { jsonrpc: '2.0', id: 7 }],
    ['a method that is no text', { jsonrpc: '2.0', id: 7, method: 1 }],
    ['params by position', { jsonrpc: '2.0', id: 7, method: 'service.call', params: [1] }],
    ['params that are null', { jsonrpc: '2.0', id: 7, method: 'service.call', params: null }],
  ])('with %s is an invalid request', async (_what, request) => {
    const one = await connect();
    one.send(request);
    expect(await one.next((line) => line.id === 7)).toMatchObject({ error: { code: -32600 } });
  });

  it.each([
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'service.call' }]],
    ['an empty batch', []],
    ['a number', 42],
    ['null', null],
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'service.call' }],
  ])('that is %s is an invalid request without an id', async (_what, request) => {
    const one = await connect();
    one.send(request);
    expect(await one.next((line) => line.error !== undefined)).toMatchObject({ id: null, error: { code: -32600 } });
  });

  it('with an unknown method is told which there are', async () => {
    const one = await connect();
    expect(await one.call('service.destroy', {})).toMatchObject({
      error: { code: -32601, message: expect.stringContaining('service.call') },
    });
  });

  it.each([
    ['an unknown service', { service: 'nobody@1', method: 'getSessionStatus', args: [] }],
    ['another major version', { service: 'sessions@2', method: 'getSessionStatus', args: [] }],
    ['an unknown method', call('on', 'session-output')],
    ['a method of all objects', call('constructor')],
    ['args that are no list', { service: 'sessions@1', method: 'getSessionStatus', args: {} }],
  ])('that calls %s has wrong params', async (_what, params) => {
    const one = await connect();
    expect(await one.call('service.call', params)).toMatchObject({ error: { code: -32602 } });
  });

  it('without an id gets no answer, whatever becomes of it', async () => {
    const one = await connect();
    one.send({ jsonrpc: '2.0', method: 'service.call', params: call('getSessionStatus', 's1') });
    one.send({ jsonrpc: '2.0', method: 'service.call', params: call('terminateSession') });
    one.send({ jsonrpc: '2.0', method: 'nothing.known' });
    await one.call('service.call', call('getSessionStatus', 'last'));
    expect(one.lines).toHaveLength(1);
  });

  it('carries a refusal of the service with its code and hint', async () => {
    const one = await connect();
    expect(await one.call('service.call', call('terminateSession', 'x'))).toMatchObject({
      error: { code: -32000, message: 'no such session', data: { code: 'VP_SESSION_UNKNOWN', hint: 'see vp sessions' } },
    });
  });

  it("carries an error that is none of VP's, thrown at once", async () => {
    const one = await connect();
    expect(await one.call('service.call', call('closeInput', 'x'))).toMatchObject({ error: { code: -32000, message: 'not of VP' } });
  });

  it('to a service that nobody provides is refused by name', async () => {
    const one = await connect();
    const params = { service: 'charters@1', method: 'current', args: ['default'] };
    expect(await one.call('service.call', params)).toMatchObject({ error: { data: { code: 'VP_SERVICE_UNAVAILABLE' } } });
  });

  it('that holds a promise in its result goes without it', async () => {
    const one = await connect();
    const spawned = one.call('service.call', call('spawnSession', { prompt: 'p' }));
    await one.call('service.call', call('interrupt'));
    expect(await spawned).toMatchObject({ result: { sessionId: 'p', pid: 1 } });
    expect((await spawned).result).not.toHaveProperty('completion');
  });

  it('may come in pieces, cut through a letter, and several in one piece', async () => {
    const one = await connect();
    const bytes = Buffer.from(
      `${JSON.stringify({ jsonrpc: '2.0', id: 'ü', method: 'service.call', params: call('getSessionStatus', 'süß') })}\n`,
    );
    for (const byte of bytes) {
      one.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await one.next((line) => line.id === 'ü')).toMatchObject({ result: 'süß' });
    const line = (id: number) =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method: 'service.call', params: call('getSessionStatus', id) })}\n`;
    one.raw(`${line(1)}\n  \n${line(2)}${line(3)}`);
    await one.next((answer) => answer.id === 3);
    expect(one.lines.slice(1).map((answer) => answer.result)).toEqual([1, 2, 3]);
  });
});
