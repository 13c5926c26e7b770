import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { bundle, startHost, startPlugin } from './support.ts';

const ANSWER = `{ name: 'p', hooks: { 'pre-command': (call) => call } }`;

describe('the module', () => {
  it('is loaded after the process has said that it is up', async () => {
    const host = startHost(bundle(ANSWER));
    await host.until((line) => line.t === 'loaded');
    expect(host.lines.map((line) => line.t)).toEqual(['up', 'loaded']);
  });

  it('that throws is reported with its own stack and no line of the host', async () => {
    const host = startHost(`const inner = () => { throw new RangeError('no'); };\ninner();`);
    const line = await host.until(({ t }) => t === 'failed');
    expect(line).toMatchObject({ error: { name: 'RangeError', message: 'no' } });
    const text = JSON.stringify(line);
    expect(text).toContain('plugin.js:1:');
    expect(text).not.toMatch(/host\.js|file:|node:|isolated-vm/);
  });

  it('that does not compile, or throws no error at all, is reported too', async () => {
    expect(await startHost('const = 1').until(({ t }) => t === 'failed')).toMatchObject({ error: { name: 'SyntaxError' } });
    await startHost('throw { a: 1 }').until(({ t }) => t === 'failed');
    await startHost('throw null').until(({ t }) => t === 'failed');
  });

  it('that runs for ever is cut off, and the host answers meanwhile and after', async () => {
    const host = startHost('for (;;);', { limits: { loadMs: 300 } });
    await host.until(({ t }) => t === 'up');
    await host.ping();
    expect(await host.until(({ t }) => t === 'cut')).toEqual({ t: 'cut', ms: 300 });
    await host.ping();
  });
});

describe('a slice', () => {
  it('that is cut off ends all: later calls are not even begun', async () => {
    const head = `let runs = 0;`;
    const code = `{ name: 'p', hooks: { 'pre-command'(call) { console.log('run', ++runs); if (call.endless) for (;;); } } }`;
    const host = await startPlugin(code, { head });
    host.ask({ op: 'tap', tap: 1, payload: { endless: true } }, 200);
    host.ask({ op: 'tap', tap: 1, payload: {} });
    await host.until(({ t }) => t === 'cut');
    await host.ping();
    expect(host.logs.map(({ message }) => message)).toEqual(['run 1']);
  });

  it('that is cut off in its microtasks takes the answer back that it had given before', async () => {
    const storm = `(function again() { Promise.resolve().then(again).then(again); })()`;
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command'() { ${storm}; return { level: 'allow' }; } } }`);
    const id = host.ask({ op: 'tap', tap: 1, payload: {} }, 200);
    await host.until(({ t }) => t === 'cut');
    await host.ping();
    expect(host.said.filter((message) => message.k === 'ret' && message.id === id)).toEqual([]);
  });

  it('that isolated-vm cannot end counts as cut off all the same', async () => {
    // What is rejected unseen is copied outside the slice's limit, getters and all.
    const code = `{ name: 'p', hooks: { 'pre-command'() {
      const error = new Error('x');
      Object.defineProperty(error, 'stack', { get() { for (;;); } });
      Promise.reject(error);
    } } }`;
    const host = await startPlugin(code);
    host.ask({ op: 'tap', tap: 1, payload: {} }, 100);
    // What it says is longer than the limit.
    expect(await host.until(({ t }) => t === 'cut')).toEqual({ t: 'cut', ms: 1_100, stuck: true });
    await host.ping();
  });

  it('that runs out of memory ends the isolate, and says so', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command'() { for (let at = 0; ; at++) all.set(at, { at }); } } }`, {
      head: 'const all = new Map();',
    });
    host.ask({ op: 'tap', tap: 1, payload: {} }, 20_000);
    expect(await host.until(({ t }) => t === 'dead')).toMatchObject({ reason: 'memory' });
    await host.ping();
  });

  it('that leaves a rejected promise behind is answered, and the rejection is logged', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command'() { Promise.reject(new Error('lost')); return 1; } } }`);
    expect(await host.tap({})).toBe(1);
    expect(await host.call({ op: 'tap', tap: 1, payload: {} }, 999.5)).toMatchObject({ value: 1 });
    await vi.waitFor(() => expect(host.logs).toHaveLength(2), { timeout: 10_000 });
    expect(host.logs[0]).toMatchObject({ level: 'error', fields: { error: { message: 'lost' } } });
    expect(JSON.stringify(host.logs)).not.toMatch(/host\.js|file:|isolated-vm/);
  });

  it('has no finalizers, which nothing would limit', async () => {
    const names = `['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']`;
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command': () => ${names}.filter((name) => name in globalThis) } }`);
    expect(await host.tap({})).toEqual([]);
  });
});

describe('what the guest says', () => {
  it('is dropped and counted where it is too long, and the guest is told', async () => {
    const code = `{ name: 'p', hooks: { async 'pre-command'() {
      try { await this_kv.set('k', 'x'.repeat(5000)); } catch (error) { return error.code; }
    } }, setup(ctx) { this_kv = ctx.kv; } }`;
    const host = await startPlugin(code, { head: 'let this_kv;', limits: { messageBytes: 2_000 } });
    expect(await host.tap({})).toBe('VP_SANDBOX_LIMIT');
    await host.until((line) => line.t === 'dropped' && line.messages === 1 && line.logs === 0);
    expect(host.requests).toEqual([]);
  });

  it('is an error where the answer is too long', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command': () => 'x'.repeat(5000) } }`, { limits: { messageBytes: 2_000 } });
    expect(await host.call({ op: 'tap', tap: 1, payload: {} })).toMatchObject({ ok: false, error: { code: 'VP_SANDBOX_LIMIT' } });
  });

  it('is logged up to the limit, and the rest is counted', async () => {
    const code = `{ name: 'p', hooks: { 'pre-command'() { for (let at = 0; at < 1000; at++) console.log(at); } } }`;
    const host = await startPlugin(code, { limits: { logLines: 10 } });
    await host.tap({});
    await vi.waitFor(() => expect(host.lines.reduce((sum, line) => sum + (line.t === 'dropped' ? line.logs : 0), 0)).toBe(990), {
      timeout: 10_000,
    });
    expect(host.logs.map(({ message }) => message)).toEqual(Array.from({ length: 10 }, (_, at) => String(at)));
  });

  it('waits while nobody reads it: nothing is lost, and the process does not grow', async () => {
    const code = `{ name: 'p', setup(ctx) { ctx.onActivate(() => {
      for (let at = 0; at < 6000; at++) ctx.hook('pre-command', () => undefined, { after: [String(at), 'x'.repeat(20000)] });
    }); } }`;
    const host = await startPlugin(code);
    host.child.stdout.pause();
    const id = host.ask({ op: 'activate' }, 60_000);
    const before = residentMb(host.child.pid);
    // It blocks after what fits into a pipe; 120 MB would pile up otherwise.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(residentMb(host.child.pid) - before).toBeLessThan(60);
    host.child.stdout.resume();
    await host.answer(id);
    const taps = host.said.filter((message) => message.k === 'tap');
    expect(taps.map(({ options }) => options.after?.[0])).toEqual(Array.from({ length: 6_000 }, (_, at) => String(at)));
    expect(host.garbage).toEqual([]);
  });

  it('cannot pass for a line of the host', async () => {
    const line = JSON.stringify({ t: 'dead', reason: 'memory', message: '' });
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command'(call) { console.log('\\n' + call.line + '\\r\\n\\u2028'); } } }`);
    await host.tap({ line });
    expect(host.lines.some(({ t }) => t === 'dead')).toBe(false);
    expect(host.garbage).toEqual([]);
  });
});

describe('timers', () => {
  const code = (setup: string): string => `{ name: 'p', setup(ctx) { ${setup} } }`;

  it('run in turns of their own, repeat, and end', async () => {
    const host = await startPlugin(
      code(`let count = 0; const undo = ctx.setInterval(() => { ctx.log.info('tick ' + ++count); if (count === 3) { undo(); later(); } }, 2);
        const later = () => ctx.setTimeout(() => ctx.log.info('last'), 20);`),
    );
    await vi.waitFor(() => expect(host.logs.at(-1)?.message).toBe('last'), { timeout: 10_000 });
    expect(host.logs.map(({ message }) => message)).toEqual(['tick 1', 'tick 2', 'tick 3', 'last']);
  });

  it('are limited in number, also while they wait for their turn', async () => {
    const head = 'let ctx_;';
    const hook = `'pre-command'() { let set = 0; try { for (;;) { ctx_.setTimeout(() => {}, 1); set++; } } catch (error) { return [set, error.code]; } }`;
    const host = await startPlugin(`{ name: 'p', hooks: { ${hook} }, setup(ctx) { ctx_ = ctx; } }`, { head, limits: { timers: 5 } });
    expect(await host.tap({})).toEqual([5, 'VP_SANDBOX_LIMIT']);
  });

  it('that run for ever are cut off', async () => {
    const host = await startPlugin(code(`ctx.setTimeout(() => { for (;;); }, 1);`), { limits: { sliceMs: 100 } });
    expect(await host.until(({ t }) => t === 'cut')).toEqual({ t: 'cut', ms: 100 });
  });

  it('that always fall due do not keep the kernel waiting', async () => {
    const host = await startPlugin(
      `{ name: 'p', hooks: { 'pre-command': () => 'here' }, setup(ctx) {
        for (let at = 0; at < 50; at++) ctx.setInterval(() => { const end = Date.now() + 5; while (Date.now() < end); }, 1); } }`,
    );
    for (let at = 0; at < 5; at += 1) expect(await host.tap({})).toBe('here');
  });
});

describe('the process', () => {
  it('ends when its input does, also in the middle of a loop', async () => {
    const host = startHost('for (;;);', { limits: { loadMs: 60_000 } });
    await host.until(({ t }) => t === 'up');
    await host.ping();
    host.child.stdin.end();
    await host.ended;
    expect(host.lines.some(({ t }) => t === 'cut')).toBe(false);
  });

  it('goes on where a terminal or the system ends all processes of a service: the kernel ends it', async () => {
    const host = await startPlugin(ANSWER);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) host.child.kill(signal);
    await host.ping();
    expect(await host.tap({ value: 1 })).toBeDefined();
  });

  it('ends at a line that no kernel writes', async () => {
    const host = await startPlugin(ANSWER);
    host.child.stdin.write('nonsense\n');
    await host.ended;
    expect(host.stderr).toContain('JSON');
  });

  it('says how large the heap is', async () => {
    const host = await startPlugin(ANSWER);
    await vi.waitFor(async () => expect(await host.ping()).toBeGreaterThan(100_000), { timeout: 10_000 });
  });

  it('runs the script of a test before the module', async () => {
    const extra = `(post) => { globalThis.post = post; }`;
    const host = startHost(bundle(ANSWER, `post('hello');`), { extra });
    await host.until(({ t }) => t === 'loaded');
    expect(host.said).toEqual([{ k: 'extra', value: 'hello' }]);
  });

  it('takes long lines in pieces', async () => {
    const host = await startPlugin(ANSWER);
    const payload = { text: 'é€😀\u2028'.repeat(20_000) };
    expect(await host.tap(payload)).toEqual(payload);
  });
});

function residentMb(pid: number | undefined): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096) / 1_048_576;
}
