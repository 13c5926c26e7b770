import { afterEach, describe, expect, it } from 'vitest';
import { client, type Client } from './client.ts';
import { gatewayKernel, type GatewayKernel } from './kernel.ts';

const kernels: GatewayKernel[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const one of clients.splice(0)) one.end();
  for (const one of kernels.splice(0)) await one.stop();
});

async function start(config: object = {}): Promise<GatewayKernel> {
  const made = await gatewayKernel({ config });
  kernels.push(made);
  return made;
}

async function connect(made: GatewayKernel): Promise<Client> {
  const one = await client(made.socket);
  clients.push(one);
  return one;
}

const status = 'sessions.getSessionStatus';

describe('the size of a message', () => {
  it('may be 10 MB, there and back', async () => {
    const one = await connect(await start());
    const text = 'x'.repeat(10_000_000);
    const { result } = await one.call(status, [text]);
    expect(result === text).toBe(true);
  });

  it('above the limit ends the connection with the reason, and this connection alone', async () => {
    const made = await start({ maxMessageMb: 1 });
    const [long, other] = [await connect(made), await connect(made)];
    long.raw('y'.repeat(5_000_000));
    const { error } = await long.next((line) => line.error !== undefined);
    expect(error).toMatchObject({ code: -32600, message: expect.stringContaining('longer than 1048576 bytes') });
    await long.closed;
    expect(await other.call(status, ['fine'])).toMatchObject({ result: 'fine' });
  });

  it('is counted in bytes, not in letters', async () => {
    const one = await connect(await start({ maxMessageMb: 1 }));
    one.raw('€'.repeat(400_000));
    await one.closed;
    expect(one.lines).toHaveLength(1);
  });

  it('is measured a line at a time: many short ones are no long one', async () => {
    const one = await connect(await start({ maxMessageMb: 0.01 }));
    for (let n = 0; n < 100; n += 1) void one.call(status, ['z'.repeat(1000)]);
    await one.next((line) => line.id === 100);
    expect(one.lines).toHaveLength(100);
  });
});

describe('a client that does not read', () => {
  it('is disconnected before it costs much memory; others get every event', async () => {
    const made = await start({ maxUnreadMb: 1 });
    const [slow, quick] = [await connect(made), await connect(made)];
    for (const one of [slow, quick]) await one.call('subscribe', { events: ['sessions.session-output'] });
    slow.socket.pause();
    const before = process.memoryUsage().rss;
    // 50 MB in all, in portions that the other client has read before the next.
    for (let n = 0; n < 100; n += 1) await quick.call('sessions.sendInput', ['s', '500']);
    const grown = process.memoryUsage().rss - before;
    slow.socket.resume();
    await slow.closed;
    const events = (one: Client): number => one.lines.filter((line) => line.method === 'event').length;
    expect(events(quick)).toBe(50_000);
    expect(events(slow)).toBeLessThan(5_000);
    // The test itself holds the events of the quick client.
    expect(grown).toBeLessThan(400e6);
  });

  it('does not hold up the stop of the kernel', async () => {
    const made = await start({ maxUnreadMb: 100 });
    const slow = await connect(made);
    await slow.call('subscribe', { events: ['sessions.session-output'] });
    slow.socket.pause();
    slow.send({ jsonrpc: '2.0', method: 'sessions.sendInput', params: ['s', '5000'] });
    const other = await connect(made);
    await other.call(status, ['1']);
    await made.kernel.stop();
    const owned = made.kernel.status().plugins.flatMap((plugin) => plugin.owns);
    expect(owned).toEqual([]);
  });
});
