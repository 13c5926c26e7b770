import { pool, sessions } from '@vp/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { connect as connectRemote } from '../../../kernel/cli/remote.ts';
import { eventually } from '../../kernel/support.ts';
import { client, type Answer, type Client } from './client.ts';
import { gatewayKernel, type GatewayKernel } from './kernel.ts';

const kernels: GatewayKernel[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const one of clients.splice(0)) one.end();
  for (const one of kernels.splice(0)) await one.stop();
});

async function start(): Promise<GatewayKernel> {
  const made = await gatewayKernel();
  kernels.push(made);
  return made;
}

async function connect(made: GatewayKernel): Promise<Client> {
  const one = await client(made.socket);
  clients.push(one);
  return one;
}

const events = (one: Client): Answer[] => one.lines.filter((line) => line.method === 'event');
const OUTPUT = { events: ['sessions.session-output'] };

describe('events', () => {
  it('go to those who subscribe, once, however often they asked', async () => {
    const made = await start();
    const [listening, deaf] = [await connect(made), await connect(made)];
    await listening.call('subscribe', OUTPUT);
    expect(await listening.call('subscribe', { events: ['sessions.*', ...OUTPUT.events] })).toMatchObject({
      result: { events: ['sessions.session-output', 'sessions.*'] },
    });
    await deaf.call('sessions.sendInput', ['s1', '3']);
    await listening.next((line) => JSON.stringify(line.params?.payload)?.includes('["2 ') === true);
    expect(events(listening)).toMatchObject(
      [0, 1, 2].map((n) => ({
        params: { event: 'sessions.session-output', payload: { sessionId: 's1', events: [String(n).padEnd(1000)] } },
      })),
    );
    expect(deaf.lines).toHaveLength(1);
  });

  it('of a whole service go to those who subscribe to it, and those of others do not', async () => {
    const made = await start();
    const one = await connect(made);
    await one.call('subscribe', { events: ['pool.*'] });
    await one.call('sessions.sendInput', ['s1', '1']);
    await one.call('pool.drain', []);
    expect(events(one).map((line) => line.params?.event)).toEqual(['pool.pool-drained']);
  });

  it('end with unsubscribe', async () => {
    const made = await start();
    const one = await connect(made);
    await one.call('subscribe', { events: ['sessions.*', 'pool.pool-drained'] });
    expect(await one.call('unsubscribe', { events: ['sessions.*', 'pool.request-ended'] })).toMatchObject({
      result: { events: ['pool.pool-drained'] },
    });
    await one.call('sessions.sendInput', ['s1', '1']);
    await one.call('pool.drain', []);
    expect(events(one).map((line) => line.params?.event)).toEqual(['pool.pool-drained']);
  });

  it.each([
    ['an unknown event', { events: ['sessions.session-output', 'pool.request-endet'] }, 'pool.request-ended'],
    ['an unknown service', { events: ['nobody.*'] }, undefined],
    ['no list', { events: 'sessions.*' }, undefined],
    ['nothing', {}, undefined],
    ['params by position', [['sessions.*']], undefined],
    ['too many', { events: Array.from({ length: 2_000_000 }, () => 'x') }, undefined],
  ])('are not subscribed to with %s', async (_what, params, near) => {
    const made = await start();
    const one = await connect(made);
    const { error } = await one.call('subscribe', params);
    expect(error?.code).toBe(-32602);
    expect(JSON.stringify(error).length).toBeLessThan(2000);
    if (near !== undefined) expect(error?.data?.hint).toContain(`"${near}"`);
    await one.call('sessions.sendInput', ['s1', '1']);
    expect(events(one)).toEqual([]);
  });

  it('are made into text only where somebody listens', async () => {
    const made = await start();
    const one = await connect(made);
    let reads = 0;
    const payload = { toJSON: () => (reads += 1) };
    // What the stand-in emits is what it was given.
    await one.call('unsubscribe', OUTPUT);
    Object.assign(globalThis, { [Symbol.for('vp.test.payload')]: payload });
    await one.call('sessions.sendInput', ['s1', 'payload']);
    expect(reads).toBe(0);
    const other = await connect(made);
    await Promise.all([one.call('subscribe', OUTPUT), other.call('subscribe', OUTPUT)]);
    await one.call('sessions.sendInput', ['s1', 'payload']);
    await other.next((line) => line.method === 'event');
    expect([reads, events(one).length]).toEqual([1, 1]);
  });
});

describe('the client of commands', () => {
  it('calls, leaves arguments out, and is told events until the last listener has gone', async () => {
    const made = await start();
    const connection = await connectRemote(made.home);
    const [remote, requests] = [connection.use(sessions), connection.use(pool)];
    expect(await remote.getSessionStatus('found')).toBe('found');
    expect(await remote.readOutput('s', undefined, 7)).toEqual(['s', 'left out', 7]);
    expect(await remote.readOutput('s', undefined)).toEqual(['s']);
    const heard: string[] = [];
    const listener = (word: string) => () => void heard.push(word);
    const undo = [requests.on('pool-drained', listener('a')), requests.on('pool-drained', listener('b'))];
    await requests.drain();
    undo[0]?.();
    await requests.drain();
    undo[1]?.();
    await requests.drain();
    expect(heard).toEqual(['a', 'b', 'b']);
    requests.on('pool-drained', listener('c'));
    await requests.drain();
    expect(heard).toEqual(['a', 'b', 'b', 'c']);
    await expect(remote.terminateSession('x')).rejects.toMatchObject({ code: 'VP_SESSION_UNKNOWN', hint: 'see vp sessions' });
    await expect(remote.spawnSession({ workingDirectory: '/', prompt: 'p' })).rejects.toMatchObject({ code: 'VP_METHOD_UNKNOWN' });
    await connection.close();
  });

  it('is told when the kernel stops, in a call and after it', async () => {
    const made = await start();
    const connection = await connectRemote(made.home);
    const requests = connection.use(pool);
    const waiting = requests.requestSession({ config: { workingDirectory: '/w', prompt: 'p' } }).catch((error: unknown) => error);
    const lost = connection.lost.catch((error: unknown) => error);
    await requests.getMetrics();
    await made.kernel.stop();
    const gone = { code: 'VP_CONNECTION_LOST', hint: expect.stringContaining('vp session wait ID') };
    expect(await Promise.all([waiting, lost])).toMatchObject([gone, gone]);
    await expect(requests.getMetrics()).rejects.toMatchObject(gone);
  });
});

describe('a service whose provider has gone', () => {
  it('is refused by name, is heard again when it is back, and its subscriptions last', async () => {
    const made = await start();
    const one = await connect(made);
    await one.call('subscribe', { events: ['pool.pool-drained'] });
    await made.kernel.stopPlugin('stand-in');
    expect(await one.call('pool.drain', [])).toMatchObject({ error: { code: -32000, data: { code: 'VP_SERVICE_UNAVAILABLE' } } });
    await made.kernel.reload('stand-in');
    await one.call('pool.drain', []);
    await eventually(() => expect(events(one)).toHaveLength(1));
  });
});
