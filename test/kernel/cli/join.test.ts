import { pool, sessions } from '@vp/sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runContributed } from '../../../kernel/cli/contributed.ts';
import { join as joinKernel, joinService, type Joined } from '../../../kernel/cli/join.ts';
import { standIn } from '../../plugins/gateway/kernel.ts';
import { eventually } from '../support.ts';
import { place, type Place } from '../../support/vp.ts';

let at: Place;
const joined: Joined[] = [];

beforeEach(async () => {
  at = await place();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of joined.splice(0)) await one.leave();
  await at.remove();
});

const local = (file: string) => ({ use: file, trust: 'kernel' });
const SLOW = `import { definePlugin } from '@vp/sdk';
  import { existsSync } from 'node:fs';
  export default definePlugin({ name: 'slow', async setup() { while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20)); } });`;

/** One session runs and one request waits; each `resume` ends one of them. */
const POOL = `import { definePlugin, pool } from '@vp/sdk';
export default definePlugin({ name: 'a-pool', provides: ['pool@1'], setup(ctx) {
  let open = 2;
  const nothing = () => [];
  const { emit } = ctx.provide(pool, {
    submit: nothing, requestSession: nothing, cancelRequest: nothing, stopSession: nothing, drain: nothing, getSession: nothing,
    listSessions: async ({ open: isOpen }) => (isOpen ? Array.from({ length: open }) : nothing()),
    getPoolStatus: () => ({ active: open > 0 ? 1 : 0, queued: Math.max(0, open - 1) }),
    getMetrics: () => ({ completedSessions: 10, failedSessions: 1, crashedSessions: 2, timeoutSessions: 3, terminatedSessions: 100 }),
    resume: () => { open -= 1; emit('request-ended', {}); },
  });
} });`;

async function join(): Promise<Joined> {
  const one = await joinService({ VP_HOME: at.state });
  joined.push(one);
  return one;
}

describe('a command that needs the running service', () => {
  const command = { name: 'x', summary: 'x', module: './commands/check.ts', plugin: '@vp/charter', kernel: 'running' } as const;

  it('is refused where none runs: it starts none of its own', async () => {
    vi.stubEnv('VP_HOME', at.state);
    await expect(runContributed(command, { args: [], options: {}, json: true, extensions: {} })).rejects.toMatchObject({
      code: 'VP_NOT_RUNNING',
      hint: expect.stringContaining('vp start'),
    });
    expect(at.status()).toBeUndefined();
  });

  it('joins the one that runs, calls it, and is told when it is killed', async () => {
    await at.write('stand-in.ts', standIn(1));
    await at.config({ plugins: [local('./stand-in.ts'), '@vp/gateway'] });
    const run = await at.service();
    const { use, lost, untilIdle } = await join();
    expect(await use(sessions).getSessionStatus('s1')).toBe('s1');
    await untilIdle(new AbortController().signal, () => expect.unreachable());
    run.child.kill('SIGKILL');
    await expect(lost).rejects.toMatchObject({ code: 'VP_CONNECTION_LOST', hint: expect.stringMatching(/go on.*`vp session wait ID`/) });
  });

  it('waits for one that starts', async () => {
    await at.write('stand-in.ts', standIn(1));
    await at.write('slow.ts', SLOW);
    await at.config({ plugins: [local('./slow.ts'), local('./stand-in.ts'), '@vp/gateway'] });
    at.spawn(['start']);
    await at.until(({ state }) => state === 'starting');
    const joining = join();
    const first = await Promise.race([joining.then(() => 'joined'), new Promise((resolve) => setTimeout(resolve, 200, 'waits'))]);
    expect(first).toBe('waits');
    await at.write('go', '');
    expect(await (await joining).use(sessions).getSessionStatus('s1')).toBe('s1');
  });

  it('is told what to do where the service runs without a gateway', async () => {
    await at.service();
    await expect(join()).rejects.toMatchObject({ code: 'VP_SOCKET', hint: expect.stringContaining('@vp/gateway') });
  });
});

describe('vp doctor', () => {
  const socketOf = async (): Promise<{ state: string; detail: string; hint?: string } | undefined> => {
    const { out } = await at.vp(['doctor', '--json']);
    const { checks } = JSON.parse(out) as { checks: { name: string; state: string; detail: string; hint?: string }[] };
    return checks.find(({ name }) => name === 'socket');
  };

  it('says whether the socket of the service answers, and nothing where none runs', async () => {
    expect(await socketOf()).toBeUndefined();
    await at.write('stand-in.ts', standIn(1));
    await at.config({ plugins: [local('./stand-in.ts'), '@vp/gateway'] });
    const run = await at.service();
    expect(await socketOf()).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^answers, \d+ methods$/) });
    run.child.kill('SIGSTOP');
    const stuck = await socketOf();
    run.child.kill('SIGCONT');
    expect(stuck).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('no answer'),
      hint: expect.stringContaining('vp logs'),
    });
  });

  it('says what is missing where the service has no gateway', async () => {
    await at.service();
    expect(await socketOf()).toMatchObject({ state: 'failed', hint: expect.stringContaining('@vp/gateway') });
  });
});

describe('the status of a service with a pool', () => {
  it('counts what the pool counts, and is written anew at its events', async () => {
    await at.write('pool.ts', POOL);
    await at.config({ plugins: [local('./pool.ts'), '@vp/gateway'], health: { heartbeatMs: 3_600_000 } });
    await at.service();
    expect((await at.until(({ state }) => state === 'ready')).sessions).toEqual({ active: 1, queued: 1, completed: 10, failed: 6 });
    await (await join()).use(pool).resume();
    expect((await at.until(({ sessions: { queued } }) => queued === 0)).sessions.active).toBe(1);
  });
});

describe('a kernel of its own', () => {
  it('is left once nothing runs and nothing waits in its pool', async () => {
    await at.write('pool.ts', POOL);
    await at.config({ plugins: [local('./pool.ts')], reload: { watch: false } });
    const own = await joinKernel(at.desk, { VP_HOME: at.state }, () => undefined);
    joined.push(own);
    const requests = own.use(pool);
    const counts: number[] = [];
    let isIdle = false;
    const idle = own.untilIdle(new AbortController().signal, (n) => counts.push(n)).then(() => (isIdle = true));
    await eventually(() => expect(counts).toEqual([2]));
    await requests.resume();
    await requests.listSessions({ open: true });
    await new Promise((resolve) => setImmediate(resolve));
    expect([counts, isIdle]).toEqual([[2], false]);
    await requests.resume();
    await idle;
  });
});
