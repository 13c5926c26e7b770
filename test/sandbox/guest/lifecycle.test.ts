import { describe, expect, it, vi } from 'vitest';
import { startPlugin } from '../host/support.ts';

const messages = (host: { logs: { message: string }[] }): string[] => host.logs.map(({ message }) => message);

describe('the life of a plugin', () => {
  it('runs what it was asked to run once it is current, and once all are ready', async () => {
    const host = await startPlugin(`{ name: 'p', setup(ctx) {
      ctx.snapshot(async () => ({ n: 1 }));
      ctx.onActivate(() => { ctx.log.info('active'); throw new Error('first'); });
      ctx.onActivate(() => ctx.log.info('active too'));
      ctx.onReady(() => { ctx.log.info('ready'); ctx.onReady(() => ctx.log.info('at once')); });
    } }`);
    expect(await host.call({ op: 'activate' })).toMatchObject({ ok: false, error: { message: 'first' } });
    expect(await host.call({ op: 'ready' })).toMatchObject({ ok: true });
    expect(messages(host)).toEqual(['active', 'active too', 'ready', 'at once']);
    expect(await host.call({ op: 'snapshot' })).toMatchObject({ value: { n: 1 } });
  });

  it('gives no snapshot where it takes none', async () => {
    const host = await startPlugin(`{ name: 'p' }`);
    expect(await host.call({ op: 'snapshot' })).toEqual({ k: 'ret', id: 2, ok: true });
  });
});

describe('the end of a plugin', () => {
  it('aborts its signal, then ends what it owns, the last first, waiting for each and trying all', async () => {
    const host = await startPlugin(`{ name: 'p', setup(ctx) {
      ctx.signal.addEventListener('abort', () => ctx.log.info('aborted'));
      ctx.own('first', () => ctx.log.info('first'));
      ctx.own('saving', async () => { await ctx.kv.set('k', 1); ctx.log.info('saved'); });
      ctx.own('broken', { dispose() { throw new Error('bad'); } });
      ctx.own('undone', () => ctx.log.info('never'))();
      ctx.own('closing', { close() { ctx.log.info('closed ' + ctx.signal.aborted); } });
      ctx.own('symbol', { async [Symbol.asyncDispose]() { ctx.log.info('disposed'); } });
    } }`);
    host.onRequest = () => null;
    expect(messages(host)).toEqual(['never']);
    const answer = await host.call({ op: 'dispose' });
    expect(answer).toMatchObject({ ok: false, error: { message: 'broken: bad' } });
    expect(messages(host).slice(1)).toEqual(['aborted', 'disposed', 'closed true', 'saved', 'first']);
  });

  it('is the end of its timers, also of those that it sets while it ends', async () => {
    const host = await startPlugin(`{ name: 'p', setup(ctx) {
      const again = () => { ctx.log.info('tick'); ctx.setTimeout(again, 1); setTimeout(again, 1); };
      again();
      ctx.own('end', () => { ctx.log.info('ending'); again(); return new Promise(() => {}); });
    } }`);
    host.ask({ op: 'dispose' });
    await vi.waitFor(() => expect(messages(host)).toContain('ending'), { timeout: 10_000 });
    const after = host.logs.length - messages(host).indexOf('ending');
    await host.ping();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await host.ping();
    // What "again" said itself, and that its timer came too late.
    expect(host.logs.length - messages(host).indexOf('ending')).toBe(Math.max(after, 3));
  });

  it('is silent: after the answer nothing leaves any more', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command': () => 'alive' }, setup(ctx) {
      const late = () => { ctx.log.info('late'); console.log('late'); ctx.kv.get('k').catch(() => {}); ctx.hook('pre-command', () => {}); Promise.resolve().then(late); };
      const slow = ctx.kv.get('slow');
      slow.then(late);
      ctx.own('end', () => { Promise.resolve().then(() => Promise.resolve()).then(() => Promise.resolve()).then(() => 0); });
    } }`);
    const answer = await host.call({ op: 'dispose' });
    expect(answer).toMatchObject({ ok: true });
    const said = host.said.length;
    host.tell({ k: 'reply', id: 1, ok: true, value: 1 });
    host.ask({ op: 'tap', tap: 1, payload: {} });
    host.tell({ k: 'event', sub: 1, payload: 1 });
    await host.ping();
    await host.ping();
    expect(host.said.slice(said)).toEqual([]);
  });

  it('ends a newcomer at once', async () => {
    const host = await startPlugin(`{ name: 'p', setup(ctx) {
      ctx.own('end', () => { ctx.own('late', () => ctx.log.info('ended')); });
    } }`);
    expect(await host.call({ op: 'dispose' })).toMatchObject({ ok: true });
    expect(messages(host)).toEqual([expect.stringContaining('"late" came after'), 'ended']);
  });
});
