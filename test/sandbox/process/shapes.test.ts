import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromGuest, fromHost, isTap } from '../../../sandbox/process/shapes.ts';

const error = { name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at p.js:1:1' };
const host = (message: object): unknown => fromHost(JSON.stringify(message), 100);
const guest = (message: object): unknown => fromGuest(JSON.stringify(message));

describe('lines of a host', () => {
  it.each([
    { t: 'up' },
    { t: 'loaded' },
    { t: 'failed', error },
    { t: 'cut', ms: 250 },
    { t: 'dead', reason: 'memory', message: 'gone' },
    { t: 'guest', text: '{}' },
    { t: 'dropped', messages: 1, logs: 2 },
    { t: 'pong', id: 3, heapBytes: 4_000 },
  ])('are read: $t', (message) => expect(host(message)).toEqual(message));

  it.each([
    {},
    { t: 'ready' },
    { t: 'up', more: 1 },
    { t: 'failed', error: { name: 'x' } },
    { t: 'failed', error: 'x' },
    { t: 'cut', ms: -1 },
    { t: 'cut', ms: '250' },
    { t: 'dead', reason: 'revoked', message: '' },
    { t: 'guest', text: 1 },
    { t: 'guest' },
    { t: 'dropped', messages: 1e300, logs: 0 },
    { t: 'pong', id: 1.5, heapBytes: 0 },
  ])('are refused: %j', (message) => expect(host(message)).toBeUndefined());

  it('with a text of the guest that is longer than may be are told apart', () => {
    expect(host({ t: 'guest', text: 'x'.repeat(101) })).toBe('long');
  });
});

describe('messages of a guest', () => {
  it.each([
    { k: 'ret', id: 1, ok: true, value: { a: [1, null] } },
    { k: 'ret', id: 1, ok: false, error },
    { k: 'ret', id: 1, ok: false, error: { ...error, code: 'VP_PERMISSION_DENIED' } },
    { k: 'req', id: 1, cap: 'kv.set', args: ['key', { any: 'thing' }] },
    { k: 'tap', tap: 1, hook: 'pre-command', options: { order: 'pre', after: ['other'], guard: true, shadow: false } },
    { k: 'untap', tap: 1 },
    { k: 'extra', value: 'posted' },
    { k: 'log', level: 'info', fields: { n: 1 }, message: 'hello' },
  ])('are read: %j', (message) => expect(guest(message)).toEqual(message));

  it('without a value answer nothing', () => expect(guest({ k: 'ret', id: 1, ok: true })).toEqual({ k: 'ret', id: 1, ok: true }));

  it.each([
    { k: 'ret', id: -1, ok: true },
    { k: 'ret', id: 1, ok: 'true' },
    { k: 'ret', id: 1, ok: true, plugin: 'other' },
    { k: 'ret', id: 1, ok: false, error: { ...error, stack: 1 } },
    { k: 'req', id: 1, cap: 'toString', args: [] },
    { k: 'req', id: 1, cap: 'kv.get', args: {} },
    { k: 'req', id: 1, cap: 'kv.get', args: [], plugin: 'other' },
    { k: 'tap', tap: 1, hook: 'constructor', options: {} },
    { k: 'tap', tap: 1, hook: 'pre-spawn', options: { order: 'first' } },
    { k: 'tap', tap: 1, hook: 'pre-spawn', options: [] },
    { k: 'tap', tap: 1, hook: 'pre-spawn', options: { after: [1] } },
    { k: 'log', level: '__proto__', fields: {}, message: '' },
    { k: 'log', level: 'info', fields: [], message: '' },
    { k: 'init' },
    { __proto__: { k: 'untap', tap: 1 } },
  ])('are refused: %j', (message) => expect(guest(message)).toBeUndefined());

  it('leave out options of a tap that nobody knows', () => {
    expect(guest({ k: 'tap', tap: 1, hook: 'pre-spawn', options: { guard: true, timeout: 5 } })).toEqual({
      k: 'tap',
      tap: 1,
      hook: 'pre-spawn',
      options: { guard: true },
    });
  });

  it('do not inherit what they lack', () => {
    expect(fromGuest('{"__proto__":{"k":"untap","tap":1},"k":"untap"}')).toBeUndefined();
    expect(fromGuest('{"k":"ret","id":1,"__proto__":{"ok":true}}')).toBeUndefined();
  });

  it('are refused where they are nested beyond all use', () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(fromGuest(`{"k":"ret","id":1,"ok":true,"value":${nested}}`)).toBeUndefined();
    expect(guest({ k: 'ret', id: 1, ok: true, value: '['.repeat(1_000) })).toBeDefined();
  });

  it('cut an error that is too long, so that it still arrives', () => {
    const long = { name: 'n'.repeat(1_000), message: 'm'.repeat(100_000), stack: 's'.repeat(100_000), code: 'rm -rf' };
    const read = fromGuest(JSON.stringify({ k: 'ret', id: 1, ok: false, error: long }));
    expect(JSON.stringify(read).length).toBeLessThan(40_000);
    expect(read).not.toHaveProperty('error.code');
  });

  it('that want a tap are known as such, whatever else is wrong', () => {
    expect(isTap('{"k":"tap","hook":5}')).toBe(true);
    expect(isTap('{"k":"log"}')).toBe(false);
    expect(isTap('[')).toBe(false);
  });
});

it('no text at all makes the readers throw, or gives keys that nobody asked for', () => {
  const row = fc.dictionary(
    fc.constantFrom('t', 'k', 'id', 'ok', 'error', 'args', 'cap', 'hook', 'options', 'text', '__proto__'),
    fc.jsonValue(),
  );
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    row.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      fromHost(text, 1_000);
      isTap(text);
      const read = fromGuest(text);
      if (read !== undefined) expect(Object.hasOwn(read, '__proto__')).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});
