import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Kills } from '../../../sandbox/process/history.ts';
import { HostProcess } from '../../../sandbox/process/host-process.ts';
import { Supervisor, type SupervisorOptions } from '../../../sandbox/process/supervisor.ts';
import { codeOf, ECHO, isRunning, scriptedSettings, TAP, until } from './support.ts';

interface Watched {
  readonly supervisor: Supervisor;
  readonly kills: Kills;
  readonly pids: number[];
  readonly changes: { count: number };
}

const QUICK = [0, 10, 20];

/** A supervisor of scripted hosts. `script` is asked for each start. */
function supervise(script: (start: number) => string, options: Partial<SupervisorOptions> = {}): Watched {
  const kills = options.kills ?? new Kills();
  const pids: number[] = [];
  const changes = { count: 0 };
  const supervisor = new Supervisor({
    plugin: 'p',
    kills,
    restarts: QUICK,
    start: async (signal) => {
      const host = await HostProcess.start(scriptedSettings(script(pids.length), { signal }));
      pids.push(host.pid);
      return host;
    },
    onChange: () => (changes.count += 1),
    ...options,
  });
  onTestFinished(() => supervisor.end(100));
  return { supervisor, kills, pids, changes };
}

const LOADED = "host.say({ t: 'loaded' });";
const ANSWERING = `${LOADED} host.answer((op) => op.payload === 'hang' ? undefined : process.pid);`;
const HANG = { op: 'tap', tap: 1, payload: 'hang' } as const;

describe('a host that is killed from outside', () => {
  it('fails the call in flight; the next is answered by a new one', async () => {
    const { supervisor, pids, kills } = supervise(() => ANSWERING);
    await supervisor.begin();
    const flying = codeOf(supervisor.call(HANG, 'a tap', 20_000));
    process.kill(pids[0] ?? 0, 'SIGKILL');
    expect(await flying).toBe('VP_SANDBOX_KILLED');
    expect(await supervisor.call(TAP, 'a tap', 20_000)).toBe(supervisor.current?.pid);
    expect(pids).toHaveLength(2);
    expect(kills.list).toMatchObject([{ reason: 'crash', detail: 'signal SIGKILL' }]);
  });

  it('and calls made in that very moment wait for the new one', async () => {
    const { supervisor } = supervise(() => ANSWERING);
    await supervisor.begin();
    supervisor.kill('heartbeat', 'a test');
    const answers = await Promise.all([1, 2, 3].map(() => supervisor.call(TAP, 'a tap', 20_000)));
    expect(new Set(answers)).toEqual(new Set([supervisor.current?.pid]));
  });

  it('keeps a caller no longer than its time', async () => {
    const { supervisor } = supervise(() => ANSWERING, { restarts: [60_000] });
    await supervisor.begin();
    supervisor.kill('heartbeat', 'no answer');
    const error = await supervisor.call(TAP, 'a tap', 50).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'VP_SANDBOX_KILLED', message: 'plugin "p" was ended (heartbeat): no answer' });
  });

  it('an op that depends on the host is made once there is one', async () => {
    const { supervisor } = supervise(() => `${LOADED} host.answer((op) => op.payload);`);
    await supervisor.begin();
    supervisor.kill('crash', 'a test');
    const old = supervisor.current;
    const pid = await supervisor.call(() => ({ op: 'tap', tap: 1, payload: supervisor.current?.pid }), 'a tap', 20_000);
    expect(pid).toBe(supervisor.current?.pid);
    expect(supervisor.current).not.toBe(old);
  });
});

describe('a crash loop', () => {
  it('ends in quarantine after three restarts, which a person can lift', async () => {
    const { supervisor, pids, kills, changes } = supervise(() => `${LOADED} setTimeout(() => process.exit(3), 5);`);
    await supervisor.begin();
    await until(() => kills.quarantined !== undefined);
    expect(pids).toHaveLength(4);
    expect(kills.list).toHaveLength(4);
    expect(kills.quarantined).toMatchObject({ count: 4, reason: 'crash: exit code 3' });
    // A change for each end and each restart.
    expect(changes.count).toBe(7);
    const error = await supervisor.call(TAP, 'a tap', 1_000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'VP_SANDBOX_QUARANTINED', hint: expect.stringContaining('vp reload p') });
    expect(pids.some((pid) => isRunning(pid))).toBe(false);
    kills.clear();
    expect(kills.quarantined).toBeUndefined();
    expect(kills.list).toHaveLength(4);
  });

  it('of restarts that fail counts these too', async () => {
    const { supervisor, kills, pids } = supervise((start) =>
      start === 0
        ? `${LOADED} setTimeout(() => process.exit(3), 5);`
        : "host.say({ t: 'failed', error: { name: 'E', message: 'gone', stack: '' } });",
    );
    await supervisor.begin();
    await until(() => kills.quarantined !== undefined);
    expect(pids).toHaveLength(1);
    expect(kills.quarantined).toMatchObject({ count: 4, reason: 'start: plugin "p" threw: gone' });
  });

  it('is over once a restart holds: who waited is answered', async () => {
    const { supervisor, kills } = supervise((start) =>
      start === 0 ? ANSWERING : ANSWERING.replace(LOADED, `setTimeout(() => ${LOADED.slice(0, -1)}, 50);`),
    );
    await supervisor.begin();
    supervisor.kill('crash', 'a test');
    expect(await supervisor.call(TAP, 'a tap', 20_000)).toBe(supervisor.current?.pid);
    expect(kills.quarantined).toBeUndefined();
  });

  it('keeps the memory of the kernel flat', async () => {
    const { gc } = globalThis;
    const kills = new Kills();
    const heap = (): number => {
      gc?.();
      return process.memoryUsage().heapUsed;
    };
    const loop = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        kills.clear();
        const { supervisor } = supervise(() => `${LOADED} process.exit(1);`, { kills, restarts: [0] });
        await supervisor.begin();
        await until(() => kills.quarantined !== undefined);
      }
    };
    await loop(5);
    const before = heap();
    await loop(20);
    expect(heap() - before).toBeLessThan(4_000_000);
    expect(kills.list).toHaveLength(20);
  });
});

describe('an end that was asked for', () => {
  it('is not followed by a restart', async () => {
    const { supervisor, pids, kills, changes } = supervise(() => ECHO);
    await supervisor.begin();
    await supervisor.end(5_000);
    expect(isRunning(pids[0] ?? 0)).toBe(false);
    await wait(50);
    expect(pids).toHaveLength(1);
    expect(kills.list).toEqual([]);
    expect(changes.count).toBe(0);
    expect(await codeOf(supervisor.call(TAP, 'a tap', 1_000))).toBe('VP_SANDBOX_KILLED');
  });

  it('nor is a revocation, which is noted', async () => {
    const { supervisor, pids, kills } = supervise(() => ECHO);
    await supervisor.begin();
    const host = supervisor.current;
    supervisor.kill('revoked', 'by root');
    expect(await codeOf(supervisor.call(TAP, 'a tap', 1_000))).toBe('VP_SANDBOX_KILLED');
    await host?.ended;
    await wait(50);
    expect(pids).toHaveLength(1);
    expect(kills.list).toMatchObject([{ reason: 'revoked', detail: 'by root' }]);
  });

  it('in the middle of a start leaves no process', async () => {
    const { supervisor } = supervise(() => 'globalThis.never = 1;');
    const beginning = codeOf(supervisor.begin());
    await wait(20);
    await supervisor.end(1_000);
    expect(await beginning).not.toBe('no error');
    expect(supervisor.current).toBeUndefined();
  });

  it('while a restart waits cancels it', async () => {
    const { supervisor, pids } = supervise(() => ECHO, { restarts: [30] });
    await supervisor.begin();
    const host = supervisor.current;
    supervisor.kill('crash', 'a test');
    await host?.ended;
    await supervisor.end(1_000);
    await wait(100);
    expect(pids).toHaveLength(1);
  });
});

it('a first start that fails is not tried again, and its kill is noted', async () => {
  const { supervisor, pids, kills } = supervise(() => 'process.exit(4);');
  expect(await codeOf(supervisor.begin())).toBe('VP_SANDBOX_KILLED');
  expect(kills.list).toMatchObject([{ reason: 'crash', detail: 'exit code 4' }]);
  await wait(50);
  expect(pids).toHaveLength(0);
});

it('what is only notified and fails is told', async () => {
  const faults: unknown[] = [];
  const fail = `${LOADED} host.on('guest', ({ text }) => host.guest({ k: 'ret', id: JSON.parse(text).id, ok: false, error: { name: 'E', message: 'no', stack: '' } }));`;
  const { supervisor } = supervise(() => fail, { onFault: (error) => faults.push(error) });
  await supervisor.begin();
  supervisor.notify({ op: 'ready' });
  await until(() => faults.length > 0);
  expect(faults).toMatchObject([{ code: 'VP_SANDBOX_FAILED' }]);
});

describe('the history of kills', () => {
  it('keeps the newest twenty', () => {
    const kills = new Kills();
    for (let n = 0; n < 30; n += 1) kills.record({ reason: 'crash', detail: `${n}` });
    kills.record({ reason: undefined, detail: 'asked to' });
    expect(kills.list.map((kill) => kill.detail)).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 10}`));
  });

  it('counts ends within ten minutes', () => {
    let now = 0;
    const kills = new Kills(() => now);
    expect([kills.count(), kills.count()]).toEqual([1, 2]);
    now = 599_999;
    expect(kills.count()).toBe(3);
    now = 600_000;
    expect(kills.count()).toBe(2);
  });
});
