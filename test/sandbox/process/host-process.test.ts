import { describe, expect, it } from 'vitest';
import { HostProcess } from '../../../sandbox/process/host-process.ts';
import { codeOf, ECHO, fixture, heard, isRunning, scripted, scriptedSettings, start, TAP, until } from './support.ts';

const LOADED = "host.say({ t: 'loaded' });";

describe('a host that behaves', () => {
  it('answers each call with its own answer', async () => {
    const host = await scripted(`${LOADED} host.answer((op) => op.payload);`);
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((payload) => host.call({ op: 'tap', tap: 1, payload }, 'a tap', 5_000)));
    expect(answers).toEqual(numbers);
  });

  it('gives no value where the guest gives none', async () => {
    const host = await scripted(`${LOADED} host.on('guest', ({ text }) => host.guest({ k: 'ret', id: JSON.parse(text).id, ok: true }));`);
    expect(await host.call(TAP, 'a tap', 5_000)).toBeUndefined();
  });

  it('says what the guest says, in its order, also while it is loaded', async () => {
    const into = heard();
    const host = await scripted(
      `for (const message of ['a', 'b']) host.guest({ k: 'log', level: 'info', fields: {}, message }); ${LOADED}
       host.answer((op) => { host.guest({ k: 'untap', tap: 7 }); return op.op; });`,
      { heard: into },
    );
    await host.call(TAP, 'a tap', 5_000);
    expect(into.messages.map((message) => message.k)).toEqual(['log', 'log', 'untap']);
  });

  it('tells what the guest threw, with a stack of the sources', async () => {
    const failing = { k: 'ret', id: 0, ok: false, error: { name: 'RangeError', message: 'too much', stack: 'at bundle', code: 'VP_X' } };
    const script = `${LOADED} host.on('guest', ({ text }) => host.guest({ ...${JSON.stringify(failing)}, id: JSON.parse(text).id }));`;
    const host = await scripted(script, { mapStack: (stack) => stack.replace('bundle', 'policy.ts:3') });
    const thrown = await host.call(TAP, 'a tap', 5_000).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: 'VP_SANDBOX_FAILED',
      plugin: 'p',
      message: 'plugin "p" threw: too much',
      cause: { name: 'RangeError', message: 'too much', stack: 'at policy.ts:3', code: 'VP_X' },
    });
  });

  it('ends when asked to, after its dispose, and says nothing more', async () => {
    const into = heard();
    const say = "host.guest({ k: 'log', level: 'info', fields: {}, message: 'x' });";
    const host = await scripted(
      `${LOADED} host.answer((op) => { if (op.op === 'dispose') setInterval(() => { ${say} }, 1); return 1; });`,
      {
        heard: into,
      },
    );
    const end = await host.end(5_000);
    expect(end).toEqual({ reason: undefined, detail: 'asked to' });
    expect(isRunning(host.pid)).toBe(false);
    const { length } = into.messages;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(into.messages).toHaveLength(length);
    expect(await codeOf(host.call(TAP, 'a tap', 100))).toBe('VP_SANDBOX_KILLED');
  });

  it('that does not dispose in time is ended all the same', async () => {
    const host = await scripted(`${LOADED} host.answer(() => undefined);`);
    const end = await host.end(50);
    expect(end.reason).toBeUndefined();
    expect(end.detail).toContain('did not answer dispose within 50 ms');
    expect(isRunning(host.pid)).toBe(false);
  });

  it('is not sent what is too long, and goes on', async () => {
    const host = await scripted(ECHO, { limits: { payloadBytes: 1_024 } });
    expect(await codeOf(host.call({ op: 'tap', tap: 1, payload: 'é'.repeat(1_000) }, 'a tap', 1_000))).toBe('VP_SANDBOX_PAYLOAD');
    expect(await host.call(TAP, 'a tap', 5_000)).toBe('tap');
  });

  it('gets an error in the place of a reply that is too long; an event is dropped and counted', async () => {
    const into = heard();
    const host = await scripted(
      `${LOADED} const got = []; host.on('guest', ({ text }) => { const m = JSON.parse(text); if (m.k === 'call') host.ret(m.id, got); else got.push(m); });`,
      { limits: { payloadBytes: 1_024 }, heard: into },
    );
    host.send({ k: 'reply', id: 4, ok: true, value: 'x'.repeat(2_000) });
    host.send({ k: 'event', sub: 1, payload: 'x'.repeat(2_000) });
    expect(await host.call(TAP, 'a tap', 5_000)).toMatchObject([{ k: 'reply', id: 4, ok: false, error: { code: 'VP_SANDBOX_LIMIT' } }]);
    expect(into.dropped.messages).toBe(1);
  });

  it('has an empty environment and stands in an empty folder', async () => {
    const script = `${LOADED} const { readdirSync } = process.getBuiltinModule('node:fs');
      host.answer(() => ({ env: Object.keys(process.env), here: readdirSync('.'), nice: process.getBuiltinModule('node:os').getPriority() }));`;
    const host = await scripted(script);
    expect(await host.call(TAP, 'a tap', 5_000)).toEqual({ env: [], here: [], nice: 10 });
    expect(host.figures().memoryBytes).toBeGreaterThan(1_000_000);
  });
});

describe('a start that fails', () => {
  const failure = async (program: string, startMs = 20_000): Promise<unknown> =>
    HostProcess.start(scriptedSettings('', { startMs }, program)).catch((error: unknown) => error);

  it('says what the process said before it ended', async () => {
    expect(await failure('leaving.js')).toMatchObject({
      code: 'VP_SANDBOX_START',
      message: expect.stringMatching(/exit code 7: cannot find the addon/),
      hint: 'Run `vp doctor`.',
    });
  });

  it('is given up after its time', async () => {
    expect(await failure('silent.js', 200)).toMatchObject({
      code: 'VP_SANDBOX_START',
      message: expect.stringMatching(/not up within 200 ms/),
    });
  });

  it('is one that talks before there is a guest', async () => {
    expect(await failure('babbling.js')).toMatchObject({
      code: 'VP_SANDBOX_START',
      message: expect.stringMatching(/before there was one/),
    });
  });

  it('names a folder that cannot be made', async () => {
    const settings = { ...scriptedSettings(''), home: fixture('silent.js') };
    expect(await HostProcess.start(settings).catch((error: unknown) => error)).toMatchObject({ code: 'VP_SANDBOX_START', plugin: 'p' });
  });

  it('can be given up by its caller', async () => {
    const abort = new AbortController();
    const starting = codeOf(HostProcess.start(scriptedSettings('', { signal: abort.signal }, 'silent.js')));
    setTimeout(() => abort.abort(), 20);
    expect(await starting).toBe('VP_SANDBOX_START');
    expect(await codeOf(HostProcess.start(scriptedSettings(ECHO, { signal: abort.signal })))).toBe('VP_SANDBOX_START');
  });

  it('is a module that throws, whose error is the cause', async () => {
    const script = "host.say({ t: 'failed', error: { name: 'TypeError', message: 'x is no function', stack: 'at p.js:1' } });";
    const thrown = await HostProcess.start(scriptedSettings(script)).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'VP_SANDBOX_FAILED', cause: { name: 'TypeError', stack: 'at p.js:1' } });
  });
});

describe('the end of a host is put down to', () => {
  /** What a loaded host comes to after one call. */
  async function endAfterCall(script: string, variant: Parameters<typeof scripted>[1] = {}): Promise<{ reason: unknown; detail: string }> {
    const host = await scripted(`${LOADED} ${script}`, variant);
    await host.call(TAP, 'a tap', 200).catch(() => undefined);
    return host.ended;
  }

  it('deadline: it cut off a slice', async () => {
    const end = await endAfterCall("host.answer(() => { host.say({ t: 'cut', ms: 200 }); });");
    expect(end).toEqual({ reason: 'deadline', detail: 'it ran for 200 ms without a pause' });
  });

  it('deadline: two promises that never settle; the first is only late', async () => {
    const host = await scripted(`${LOADED} host.answer((op) => op.op === 'ready' ? 1 : undefined);`);
    expect(await codeOf(host.call(TAP, 'a tap', 100))).toBe('VP_SANDBOX_LATE');
    // Generously more than the grace: the lateness has been judged by then.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await host.call({ op: 'ready' }, 'ready', 5_000)).toBe(1);
    expect(await codeOf(host.call(TAP, 'a tap', 100))).toBe('VP_SANDBOX_LATE');
    expect(await host.ended).toMatchObject({ reason: 'deadline', detail: expect.stringMatching(/second time/) });
  });

  it('nothing, where an answer came late but came', async () => {
    const host = await scripted(`${LOADED} host.on('guest', ({ text }) => setTimeout(() => host.ret(JSON.parse(text).id, 1), 150));`);
    for (let round = 0; round < 3; round += 1) expect(await codeOf(host.call(TAP, 'a tap', 50))).toBe('VP_SANDBOX_LATE');
    expect(await host.call(TAP, 'a tap', 5_000)).toBe(1);
  });

  it('cpu: it is late, runs, and nothing interrupts it', async () => {
    // The pongs of a real host come from another thread; here a worker of the same process does the burning.
    const burn = "new (process.getBuiltinModule('node:worker_threads').Worker)('for (;;);', { eval: true });";
    const end = await endAfterCall(`host.answer(() => { ${burn} });`);
    expect(end).toMatchObject({ reason: 'cpu', detail: expect.stringMatching(/could not be interrupted/) });
  });

  it('cpu: it runs while nothing is asked of it', async () => {
    const burn = "new (process.getBuiltinModule('node:worker_threads').Worker)('for (;;);', { eval: true });";
    const host = await scripted(`${LOADED} ${burn}`, { limits: { cpuMs: 50 } });
    expect(await host.ended).toMatchObject({ reason: 'cpu', detail: expect.stringMatching(/nothing was asked/) });
  });

  it('memory: its process grew', async () => {
    const end = await endAfterCall('globalThis.kept = []; host.answer(() => { setInterval(() => kept.push(Buffer.alloc(2e7, 1)), 2); });');
    expect(end).toMatchObject({ reason: 'memory', detail: expect.stringMatching(/^\d+ MB of 256$/) });
  });

  it('memory: the isolate is gone for want of it', async () => {
    expect(await endAfterCall("host.answer(() => { host.say({ t: 'dead', reason: 'memory', message: 'limit' }); });")).toEqual({
      reason: 'memory',
      detail: 'limit',
    });
  });

  it('memory: it ended by itself and said why', async () => {
    const end = await endAfterCall("host.answer(() => { console.error('FATAL ERROR: JavaScript heap out of memory'); process.abort(); });");
    expect(end).toMatchObject({ reason: 'memory', detail: expect.stringMatching(/^signal SIGABRT: .*out of memory/) });
  });

  it('heartbeat: it is stopped', async () => {
    const host = await scripted(ECHO);
    process.kill(host.pid, 'SIGSTOP');
    const call = codeOf(host.call(TAP, 'a tap', 20_000));
    expect(await host.ended).toMatchObject({ reason: 'heartbeat', detail: expect.stringMatching(/no answer for/) });
    expect(await call).toBe('VP_SANDBOX_KILLED');
  });

  it('heartbeat: it reads nothing, however much waits for it', async () => {
    const host = await scripted(ECHO);
    process.kill(host.pid, 'SIGSTOP');
    const payload = 'x'.repeat(1_000_000);
    for (let sent = 0; sent < 20; sent += 1) host.send({ k: 'event', sub: 1, payload });
    expect(await host.ended).toMatchObject({ reason: 'heartbeat', detail: expect.stringMatching(/MB unread/) });
  });

  it('messages: too many', async () => {
    const flood = "setInterval(() => { for (let i = 0; i < 50; i += 1) host.guest({ k: 'untap', tap: 1 }); }, 1);";
    expect(await endAfterCall(flood, { limits: { messages: 100 } })).toEqual({
      reason: 'messages',
      detail: 'more than 100 messages within 10 s',
    });
  });

  it('messages: a line without an end', async () => {
    const flood = "setInterval(() => host.raw('x'.repeat(60_000)), 1);";
    expect(await endAfterCall(flood, { limits: { messageBytes: 1_024 } })).toMatchObject({ reason: 'messages' });
  });

  it('messages: one that is longer than may be', async () => {
    const end = await endAfterCall("host.say({ t: 'guest', text: 'x'.repeat(1_025) });", { limits: { messageBytes: 1_024 } });
    expect(end).toEqual({ reason: 'messages', detail: 'a message that is too long' });
  });

  it.each([
    ['no JSON', "host.raw('hello\\n');"],
    ['no message', "host.say({ t: 'rights', all: true });"],
    ['up a second time', "host.say({ t: 'up' });"],
    ['loaded a second time', "host.say({ t: 'loaded' });"],
    ['failed after it was loaded', "host.say({ t: 'failed', error: { name: '', message: '', stack: '' } });"],
    ['a pong that nobody asked for', "host.say({ t: 'pong', id: 99, heapBytes: 0 });"],
    ['a tap that cannot be understood', "host.guest({ k: 'tap', tap: 1, hook: 'pre-comand', options: {} });"],
  ])('protocol: %s', async (_, script) => {
    expect(await endAfterCall(script)).toMatchObject({ reason: 'protocol' });
  });

  it('protocol: whoever hears its message cannot take it', async () => {
    const settings = scriptedSettings(`${LOADED} host.answer(() => { host.guest({ k: 'untap', tap: 1 }); });`);
    const fault = (): never => {
      throw new Error('no such tap');
    };
    const host = await start({ ...settings, onMessage: fault });
    expect(await codeOf(host.call(TAP, 'a tap', 5_000))).toBe('VP_SANDBOX_KILLED');
    expect(await host.ended).toMatchObject({ reason: 'protocol', detail: expect.stringMatching(/no such tap/) });
  });

  it('crash: it was killed from outside', async () => {
    const host = await scripted(`${LOADED} host.answer(() => undefined);`);
    const call = codeOf(host.call(TAP, 'a tap', 20_000));
    process.kill(host.pid, 'SIGKILL');
    expect(await call).toBe('VP_SANDBOX_KILLED');
    expect(await host.ended).toEqual({ reason: 'crash', detail: 'signal SIGKILL' });
  });

  it('revoked: it was taken away, and then nothing it says counts', async () => {
    const into = heard();
    const host = await scripted(`${LOADED} setInterval(() => host.guest({ k: 'untap', tap: 1 }), 1);`, { heard: into });
    await until(() => into.messages.length > 0);
    host.kill('revoked', 'by its owner');
    host.kill('crash', 'too late to count');
    const { length } = into.messages;
    expect(await host.ended).toEqual({ reason: 'revoked', detail: 'by its owner' });
    expect(into.messages).toHaveLength(length);
  });
});

describe('what a guest makes up', () => {
  it('is dropped and counted: answers that nobody asked for, and nonsense', async () => {
    const into = heard();
    const host = await scripted(
      `${LOADED} host.answer((op, { id }) => { host.ret(id + 1, 'forged'); host.say({ t: 'guest', text: '][' }); return 'real'; });`,
      { heard: into },
    );
    expect(await host.call(TAP, 'a tap', 5_000)).toBe('real');
    expect(into.dropped.messages).toBe(2);
    expect(await host.call(TAP, 'a tap', 5_000)).toBe('real');
  });

  it('cannot stand for the load of its own module', async () => {
    const into = heard();
    const script =
      "for (let id = 0; id < 5; id += 1) host.ret(id, 1); setTimeout(() => host.say({ t: 'failed', error: { name: 'E', message: 'm', stack: '' } }), 50);";
    expect(await codeOf(HostProcess.start(scriptedSettings(script, { heard: into })))).toBe('VP_SANDBOX_FAILED');
    expect(into.dropped.messages).toBe(5);
  });

  it('does not count against it where the kernel asked for it', async () => {
    const host = await scripted(ECHO, { limits: { messages: 10 } });
    for (let round = 0; round < 50; round += 1) expect(await host.call(TAP, 'a tap', 5_000)).toBe('tap');
  });
});
