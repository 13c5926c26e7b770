/**
 * Hostile guests in the real host: each ends for its own reason. What grows has much time, so that on a busy machine its deadline does
 * not come first.
 */
import { describe, expect, it } from 'vitest';
import type { HostEnd } from '../../../sandbox/kills.ts';
import { endOf } from '../../../sandbox/process/failure.ts';
import { HostProcess } from '../../../sandbox/process/host-process.ts';
import { codeOf, heard, real, realSettings, TAP, until } from './support.ts';

async function endOfLoad(code: string, loadMs: number): Promise<HostEnd | undefined> {
  return HostProcess.start(realSettings(code, { limits: { loadMs } })).then(
    () => undefined,
    (error: unknown) => endOf(error),
  );
}

async function endOfHook(body: string, ms: number): Promise<HostEnd> {
  const host = await real(`globalThis.on = () => { ${body} };`);
  const code = await codeOf(host.call(TAP, 'a tap', ms));
  expect(['VP_SANDBOX_LATE', 'VP_SANDBOX_KILLED']).toContain(code);
  return host.ended;
}

describe('at load', () => {
  it.each([
    ['a loop', 'deadline', 1_000, 'while (true) {}'],
    ['a map that grows', 'memory', 30_000, 'const m = new Map(); let i = 0; while (true) m.set(i++, { i });'],
    ['a BigInt that is squared', 'cpu', 1_000, 'let b = 2n; while (true) b = b * b;'],
  ])('%s ends in %s', async (_, reason, loadMs, code) => {
    expect(await endOfLoad(code, loadMs)).toMatchObject({ reason });
  });

  it('a module that throws says where', async () => {
    const thrown = await HostProcess.start(realSettings('\nthrow new RangeError("no");')).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'VP_SANDBOX_FAILED', cause: { name: 'RangeError', stack: expect.stringContaining('p.js:2') } });
  });
});

describe('in a hook', () => {
  it.each([
    ['a sparse array that is filled', 'cpu', 250, 'new Array(2 ** 28).fill(0).map((x) => ({ x }));'],
    ['a sort of nothing', 'cpu', 250, 'const a = []; a.length = 2 ** 32 - 1; a.sort();'],
    [
      'resizable buffers',
      'memory',
      30_000,
      'const a = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 5e7 }); b.resize(5e7); new Uint8Array(b).fill(1); a.push(b); }',
    ],
    ['a storm of microtasks', 'deadline', 250, '(function f() { Promise.resolve().then(f).then(f); })();'],
    ['a pattern that backtracks', 'deadline', 250, "return /^(a+)+$/.test('a'.repeat(40) + 'b');"],
  ])('%s ends in %s', async (_, reason, ms, body) => {
    expect(await endOfHook(body, ms)).toMatchObject({ reason });
  });

  it('buffers beside the heap are refused, and the guest goes on', async () => {
    const host = await real(
      'globalThis.on = () => { try { const a = []; for (;;) a.push(new Uint8Array(5e7).fill(1)); } catch (e) { return e.name; } };',
    );
    expect(await host.call(TAP, 'a tap', 5_000)).toBe('RangeError');
  });

  it('a promise that never settles is late once, and the second time the end', async () => {
    const host = await real('globalThis.on = () => new Promise(() => {});');
    expect(await codeOf(host.call(TAP, 'a tap', 100))).toBe('VP_SANDBOX_LATE');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(host.isUsable).toBe(true);
    expect(await codeOf(host.call(TAP, 'a tap', 100))).toBe('VP_SANDBOX_LATE');
    expect(await host.ended).toMatchObject({ reason: 'deadline' });
  });

  it('one that waits does not keep another from its answer', async () => {
    const host = await real('globalThis.on = (op) => op.payload.wait ? new Promise(() => {}) : op.payload;');
    const waiting = codeOf(host.call({ op: 'tap', tap: 1, payload: { wait: true } }, 'a tap', 2_000));
    for (let n = 0; n < 20; n += 1) expect(await host.call({ op: 'tap', tap: 1, payload: { n } }, 'a tap', 5_000)).toEqual({ n });
    expect(await waiting).toBe('VP_SANDBOX_LATE');
  });
});

describe('by itself', () => {
  it('a timer whose buffers grow ends in memory', async () => {
    const grow = 'const b = new ArrayBuffer(0, { maxByteLength: 5e7 }); b.resize(5e7); new Uint8Array(b).fill(1); kept.push(b); timer(1);';
    const host = await real(`globalThis.kept = []; globalThis.due = () => { ${grow} }; globalThis.on = () => timer(100);`, {
      timers: true,
    });
    await host.call(TAP, 'a tap', 5_000);
    expect(await host.ended).toMatchObject({ reason: 'memory' });
  });

  it('timers that always run end in cpu', async () => {
    const spin = 'const till = Date.now() + 90; while (Date.now() < till); timer(1);';
    const host = await real(`globalThis.due = () => { ${spin} }; globalThis.on = () => timer(1);`, { timers: true, limits: { cpuMs: 50 } });
    await host.call(TAP, 'a tap', 5_000);
    expect(await host.ended).toMatchObject({ reason: 'cpu', detail: expect.stringMatching(/nothing was asked/) });
  });

  it('messages without end end in messages', async () => {
    const into = heard();
    const host = await real("globalThis.on = () => { for (;;) post({ k: 'untap', tap: 1 }); };", {
      limits: { messages: 500 },
      heard: into,
    });
    await codeOf(host.call(TAP, 'a tap', 20_000));
    expect(await host.ended).toMatchObject({ reason: 'messages' });
    expect(into.messages.length).toBeLessThanOrEqual(500);
  });

  it('a message that is too long is dropped by its host, and it goes on', async () => {
    const into = heard();
    const host = await real("globalThis.on = () => { post({ k: 'extra', value: 'x'.repeat(2e6) }); return 1; };", { heard: into });
    expect(await host.call(TAP, 'a tap', 5_000)).toBe(1);
    await until(() => into.dropped.messages === 1);
  });
});
