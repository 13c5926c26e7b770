/** Services for a guest: only what the contract marks and the user granted, with arguments that fit. */
import { defineService, VpError, type ServiceRef } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { provisionOf, Services } from '../../../kernel/core/services.ts';
import { bench, type BenchSettings } from './support.ts';

interface Clock {
  now(): number;
  shift(ms: number, zone?: string): Promise<string>;
  stop(): void;
  loose(value: unknown): string;
  fail(how: string): void;
  odd(): unknown;
}

const clock: ServiceRef<Clock, { tick: unknown }> = defineService<Clock, { tick: unknown }>('clock', {
  version: 1,
  methods: {
    now: { sandbox: 'clock:read', params: [] },
    shift: { sandbox: 'clock:read', params: [{ type: 'integer' }, { type: 'string', maxLength: 5 }], required: 1 },
    stop: { params: [] },
    loose: { sandbox: 'clock:read' },
    fail: { sandbox: 'clock:read', params: [{ type: 'string' }] },
    odd: { sandbox: 'clock:admin', params: [] },
  },
  events: ['tick'],
});

function set(services: readonly string[], more: BenchSettings = {}) {
  const all = new Services(() => undefined);
  const calls: unknown[] = [];
  const provision = provisionOf(clock, 'clock', {
    now: () => 42,
    shift: (...args: unknown[]) => (calls.push(args), Promise.resolve('ok')),
    stop: () => calls.push('stop'),
    loose: () => 'x',
    fail(how: string) {
      if (how === 'vp') throw new VpError('VP_CLOCK_BROKEN', 'the file /home/some body/state.db is broken, see https://vp.invalid/help/x');
      throw new TypeError('/home/somebody/secret');
    },
    odd: () => 1n,
  });
  all.provide(provision);
  const made = bench({ permissions: { services: [...services] }, services: all, refs: [clock], ...more });
  return { ...made, calls, emit: (payload: unknown) => all.emit(provision, 'tick', payload) };
}

describe('a call of a service', () => {
  it('goes through where the method is marked, the permission granted and the arguments fit', async () => {
    const { ask, calls } = set(['clock:read']);
    expect(await ask('service.call', 'clock@1', 'now', [])).toMatchObject({ ok: true, value: 42 });
    expect(await ask('service.call', 'clock@1', 'shift', [1])).toMatchObject({ ok: true, value: 'ok' });
    expect(await ask('service.call', 'clock@1', 'shift', [1, null])).toMatchObject({ ok: true });
    expect(await ask('service.call', 'clock@1', 'shift', [1, 'cet'])).toMatchObject({ ok: true });
    expect(calls).toEqual([[1], [1, undefined], [1, 'cet']]);
  });

  it.each([
    ['clock@1', 'stop', []],
    ['clock@1', 'none', []],
    ['clock@1', '__proto__', []],
    ['clock@1', 'constructor', []],
    ['clock@1', 'on', ['tick']],
    ['clock@1', 'odd', []],
    ['clock@2', 'now', []],
    ['clock', 'now', []],
    ['__proto__', 'now', []],
    ['store@1', 'transact', []],
  ])('of %s %s is refused', async (service, method, args) => {
    const { ask, calls } = set(['clock:read']);
    const code = service === 'clock@1' ? 'VP_PERMISSION_DENIED' : 'VP_SERVICE_UNAVAILABLE';
    expect(await ask('service.call', service, method, args)).toMatchObject({ ok: false, error: { code } });
    expect(calls).toEqual([]);
  });

  it('says what to add', async () => {
    const { ask } = set([]);
    expect(await ask('service.call', 'clock@1', 'now', [])).toMatchObject({
      error: { message: expect.stringContaining('add "clock:read" to permissions.services') },
    });
  });

  it.each([
    ['shift', []],
    ['shift', ['1']],
    ['shift', [1, 'too long']],
    ['shift', [1, 'a', 2]],
    ['shift', [null]],
    ['now', [1]],
    ['loose', [{}]],
    ['shift', 'x'],
    ['shift', undefined],
  ])('of %s with %j is refused', async (method, args) => {
    const { ask, calls } = set(['clock:read']);
    expect(await ask('service.call', 'clock@1', method, args)).toMatchObject({ ok: false, error: { code: 'VP_SANDBOX_ARGUMENT' } });
    expect(calls).toEqual([]);
  });

  it('that fails tells the code and no path of the machine', async () => {
    const { ask } = set(['clock:read', 'clock:admin']);
    expect(await ask('service.call', 'clock@1', 'fail', ['vp'])).toMatchObject({
      error: { code: 'VP_CLOCK_BROKEN', message: 'the file …' },
    });
    expect(JSON.stringify(await ask('service.call', 'clock@1', 'fail', ['x']))).not.toContain('somebody');
    expect(await ask('service.call', 'clock@1', 'odd', [])).toMatchObject({ ok: false, error: { code: 'VP_REQUEST_FAILED' } });
  });
});

describe('an event of a service', () => {
  it('is told where events were granted, until it is undone', async () => {
    const { ask, sent, emit, broker } = set(['clock:events']);
    expect(await ask('service.on', 'clock@1', 'tick', 1)).toMatchObject({ ok: true });
    expect(await ask('service.on', 'clock@1', 'tick', 1)).toMatchObject({ error: { code: 'VP_SANDBOX_ARGUMENT' } });
    await ask('service.on', 'clock@1', 'tick', 2);
    emit({ at: 1 });
    await ask('service.off', 1);
    emit({ at: 2 });
    broker.close();
    emit({ at: 3 });
    expect(sent.filter(({ k }) => k === 'event')).toEqual([
      { k: 'event', sub: 1, payload: { at: 1 } },
      { k: 'event', sub: 2, payload: { at: 1 } },
      { k: 'event', sub: 2, payload: { at: 2 } },
    ]);
  });

  it('is denied by its permission, and where there is no such event', async () => {
    expect(await set(['clock:read']).ask('service.on', 'clock@1', 'tick', 1)).toMatchObject({ error: { code: 'VP_PERMISSION_DENIED' } });
    expect(await set(['clock:events']).ask('service.on', 'clock@1', 'tock', 1)).toMatchObject({ error: { code: 'VP_PERMISSION_DENIED' } });
  });

  it('is dropped and counted where it is too large, or too many wait', async () => {
    let waiting = 0;
    const { ask, sent, emit, dropped } = set(['clock:events'], { limits: { payloadBytes: 1_024 }, waiting: () => waiting });
    await ask('service.on', 'clock@1', 'tick', 1);
    emit('x'.repeat(1_100));
    waiting = 1_001;
    emit('x');
    expect([sent.filter(({ k }) => k === 'event').length, dropped.events]).toEqual([0, 2]);
    waiting = 1_000;
    emit('y');
    expect(sent.at(-1)).toEqual({ k: 'event', sub: 1, payload: 'y' });
  });

  it('has a limited number of subscriptions', async () => {
    const { ask } = set(['clock:events']);
    for (let sub = 0; sub < 64; sub += 1) await ask('service.on', 'clock@1', 'tick', sub);
    expect(await ask('service.on', 'clock@1', 'tick', 64)).toMatchObject({ error: { code: 'VP_SANDBOX_ARGUMENT' } });
  });
});
