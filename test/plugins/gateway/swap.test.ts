import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { client, type Client } from './client.ts';
import { gatewayKernel, standIn, type GatewayKernel } from './kernel.ts';

const kernels: GatewayKernel[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const one of clients.splice(0)) one.end();
  for (const one of kernels.splice(0)) await one.stop();
});

async function start(options: Parameters<typeof gatewayKernel>[0] = {}): Promise<GatewayKernel> {
  const made = await gatewayKernel(options);
  kernels.push(made);
  return made;
}

async function connect(path: string): Promise<Client> {
  const one = await client(path);
  clients.push(one);
  return one;
}

/** Another option for the gateway: a new generation of it, by the way that an edit of the config takes. */
async function reconfigure(made: GatewayKernel, maxMessageMb: number): Promise<void> {
  await writeFile(join(made.folder, 'vp.config.json'), JSON.stringify(made.configWith({ maxMessageMb })));
  const outcomes = await made.kernel.reload();
  expect(outcomes.filter((outcome) => outcome.result === 'refused')).toEqual([]);
}

/** Another version of the provider. */
async function replace(made: GatewayKernel, text: string): Promise<void> {
  await writeFile(join(made.folder, 'stand-in.ts~'), text);
  await rename(join(made.folder, 'stand-in.ts~'), join(made.folder, 'stand-in.ts'));
  expect(await made.kernel.reload('stand-in')).toMatchObject([{ result: 'swapped' }]);
}

const generation = (made: GatewayKernel, name: string): number | undefined =>
  made.kernel.status().plugins.find((plugin) => plugin.name === name)?.generation;

/** Calls without a pause, eight at a time, until it is stopped. Gives how many calls there were. */
function calling(one: Client): () => Promise<number> {
  let isOver = false;
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      calls += 1;
      const text = String(calls);
      expect(await one.call('sessions.getSessionStatus', [text])).toMatchObject({ result: text });
    }
  };
  const callers = Promise.all(Array.from({ length: 8 }, caller));
  return async () => {
    isOver = true;
    await callers;
    return calls;
  };
}

describe('a swap of the gateway', () => {
  it('keeps clients connected, answers calls in flight, and tells each event once', async () => {
    const made = await start();
    const one = await connect(made.socket);
    await one.call('subscribe', { events: ['sessions.session-output'] });
    const spawned = one.call('pool.requestSession', [{ config: { workingDirectory: '/w', prompt: 'over the swap' } }]);
    await one.call('sessions.sendInput', ['s', '1']);
    for (let n = 0; n < 5; n += 1) {
      await reconfigure(made, 2 + n);
      await one.call('sessions.sendInput', ['s', '1']);
    }
    await one.call('pool.resume', []);
    expect(await spawned).toMatchObject({ result: { sessionId: 'over the swap' } });
    expect(one.lines.filter((line) => line.method === 'event')).toHaveLength(6);
    expect(generation(made, '@vp/gateway')).toBe(6);
  });

  it('puts new limits in force, also for who is connected', async () => {
    const made = await start();
    const one = await connect(made.socket);
    await one.call('sessions.getSessionStatus', ['1']);
    await reconfigure(made, 0.001);
    one.raw('x'.repeat(5_000));
    await one.closed;
    expect(one.lines.at(-1)).toMatchObject({ error: { message: expect.stringContaining('longer than') } });
  });

  it('is not seen by a client that calls all the time: no call is lost, none answered twice', async () => {
    const made = await start();
    const one = await connect(made.socket);
    const stop = calling(one);
    for (let n = 0; n < 10; n += 1) await reconfigure(made, 2 + n);
    const calls = await stop();
    expect(one.lines.map((line) => line.id).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: calls }, (_, n) => n + 1),
    );
    expect(generation(made, '@vp/gateway')).toBe(11);
  });

  it('finds services whose provider is away at that moment', async () => {
    const made = await start();
    const one = await connect(made.socket);
    await made.kernel.stopPlugin('stand-in');
    await made.kernel.reload('@vp/gateway');
    await writeFile(join(made.folder, 'vp.config.json'), JSON.stringify(made.configWith({ maxMessageMb: 3 })));
    await made.kernel.reload('@vp/gateway');
    expect(await one.call('pool.getMetrics', [])).toMatchObject({ error: { data: { code: 'VP_SERVICE_UNAVAILABLE' } } });
    await made.kernel.reload('stand-in');
    expect(await one.call('pool.getMetrics', [])).toMatchObject({ result: { version: 1 } });
  });
});

describe('a swap of a provider', () => {
  it('is not seen by a client that calls all the time: no call is lost, none answered twice', async () => {
    const made = await start();
    const one = await connect(made.socket);
    const stop = calling(one);
    for (let n = 2; n <= 11; n += 1) {
      await replace(made, standIn(n));
      expect(await one.call('pool.getMetrics', [])).toMatchObject({ result: { version: n } });
    }
    const calls = (await stop()) + 10;
    expect(one.lines.map((line) => line.id).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: calls }, (_, n) => n + 1),
    );
  });

  it('keeps its subscriptions, and tells each event once', async () => {
    const made = await start();
    const one = await connect(made.socket);
    await one.call('subscribe', { events: ['pool.*'] });
    for (let n = 2; n <= 4; n += 1) {
      await replace(made, standIn(n));
      await one.call('pool.drain', []);
    }
    expect(one.lines.filter((line) => line.method === 'event')).toHaveLength(3);
  });

  it('brings methods and events that are new within the version of the service', async () => {
    const made = await start();
    const one = await connect(made.socket);
    expect(await one.call('pool.hello', [])).toMatchObject({ error: { code: -32601 } });
    const more = standIn(2).replace(
      'ctx.provide(pool, {',
      "ctx.provide({ ...pool, methods: { ...pool.methods, hello: { remote: true } }, events: [...pool.events, 'greeted'] }, {\n hello: () => queue.emit('greeted', 'hi'),",
    );
    await replace(made, more);
    await one.call('subscribe', { events: ['pool.greeted', 'pool.pool-drained'] });
    expect(await one.call('pool.hello', [])).toMatchObject({ result: null });
    await one.call('pool.drain', []);
    expect(one.lines.filter((line) => line.method === 'event').map((line) => line.params?.payload)).toEqual(['hi', {}]);
  });
});

describe('services of other plugins', () => {
  const odd = `import { definePlugin, defineService } from '@vp/sdk';
    const version = (number, more = {}) => defineService('odd', { version: number, methods: { which: { remote: true }, ...more }, events: ['told'] });
    export default definePlugin({ name: 'odd', provides: ['odd@1', 'odd@2'], setup(ctx) {
      const second = ctx.provide(version(2, { bad: { remote: true, params: [{ type: 'strange' }] } }), { which: () => (second.emit('told', 2), first.emit('told', 1), 2), bad: () => 1 });
      const first = ctx.provide(version(1), { which: () => 1 });
    } });`;

  it('are found though nobody named them; the newest version has the name', async () => {
    const made = await start({ last: odd });
    const one = await connect(made.socket);
    await one.call('subscribe', { events: ['odd.*'] });
    expect(await one.call('odd.which', [])).toMatchObject({ result: 2 });
    expect(one.lines.filter((line) => line.method === 'event').map((line) => line.params?.payload)).toEqual([2]);
  });

  it('are told of a schema that is none', async () => {
    const made = await start({ last: odd });
    const one = await connect(made.socket);
    expect(await one.call('odd.bad', [1])).toMatchObject({
      error: { code: -32000, message: expect.stringContaining('odd.bad'), data: { code: 'VP_SCHEMA_INVALID' } },
    });
    expect(await one.call('odd.which', [])).toMatchObject({ result: 2 });
  });
});
