/** A service whose disk, database or clock fails: nothing that was acknowledged is lost, and the words say what to do. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { chmod, open, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pool, type Pool, type PoolEvents, type PoolRow, type Remote } from '@vp/sdk';
import { connect, type Connection } from '../../kernel/cli/remote.ts';
import { place, type Place } from '../support/vp.ts';

const light = join(import.meta.dirname, '..', 'support', 'agents', 'light.sh');

let here: Place;
let clients: Connection[];

beforeEach(async () => {
  here = await place();
  clients = [];
  await chmod(light, 0o755);
  await here.config(configOf(2));
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await here.remove();
});

function configOf(slots: number): object {
  return {
    plugins: [
      '@vp/store',
      '@vp/charter',
      ['@vp/claude', { bin: light, withoutFacts: 'allow', canary: false, reserveMb: 8 }],
      ['@vp/pool', { maxConcurrentSessions: slots, minFreeMemoryMb: 0 }],
      ['@vp/recovery', { backoff: { baseMs: 50, maxMs: 200 } }],
      '@vp/gateway',
    ],
  };
}

async function requests(): Promise<Remote<Pool, PoolEvents>> {
  const client = await connect(here.state);
  client.lost.catch(() => undefined);
  clients.push(client);
  return client.use(pool);
}

const task = (prompt: string) => ({ config: { workingDirectory: here.project, prompt } });

async function allEnded(at: Remote<Pool, PoolEvents>): Promise<readonly PoolRow[]> {
  while ((await at.listSessions({ open: true })).length > 0) await new Promise((resolve) => setTimeout(resolve, 30));
  return at.listSessions();
}

/** Kills the service while requests wait: none has been started, so all that is known of them is in the store. */
async function killedWithQueue(count: number): Promise<string[]> {
  await here.config(configOf(1));
  const service = await here.service();
  const at = await requests();
  await at.submit(task('steps=1000 pace=0.1'));
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push((await at.submit(task(`steps=1 n=${n}`))).requestId);
  service.child.kill('SIGKILL');
  await service.ended;
  return ids;
}

describe('the database', () => {
  it('with a damaged page is put aside and said to be; what could be read of it goes on', async () => {
    const ids = await killedWithQueue(5);
    // Checkpointed, so that the damage is in the pages and not hidden behind the log.
    const database = new DatabaseSync(join(here.state, 'state.db'));
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
    database.close();
    const file = await open(join(here.state, 'state.db'), 'r+');
    await file.write(Buffer.alloc(2_048, 0xa5), 0, 2_048, (pages - 1) * 4_096 + 1_024);
    await file.close();
    const service = await here.service();
    const at = await requests();
    const known = await Promise.all(ids.map((id) => at.getSession(id)));
    // A damage that touched no row is no damage; one that did is said.
    const aside = globSync(join(here.state, 'state.db.corrupt-*'));
    if (known.includes(null)) expect(aside.length).toBeGreaterThan(0);
    if (aside.length > 0) expect(service.out() + service.err()).toMatch(/put aside/);
    expect(known.filter((row) => row !== null).length).toBeGreaterThanOrEqual(1);
  });

  it('with no header left is put aside; the sessions that run get their requests back', async () => {
    await killedWithQueue(2);
    for (const name of ['state.db-wal', 'state.db-shm']) await rm(join(here.state, name), { force: true });
    await writeFile(join(here.state, 'state.db'), 'this is no database, and long enough to be taken for one: '.repeat(200));
    const service = await here.service();
    expect(globSync(join(here.state, 'state.db.corrupt-*')).length).toBeGreaterThan(0);
    expect(service.out() + service.err()).toMatch(/put aside/);
    const at = await requests();
    const rows = await at.listSessions({ open: true });
    expect(rows.map(({ state }) => state)).toEqual(['running']);
    const doctor = await here.vp(['doctor', '--json']);
    expect(doctor.out).toMatch(/corrupt-/);
  });

  it('of a newer version is refused untouched, with what to do', async () => {
    const first = await here.service();
    first.child.kill('SIGTERM');
    await first.ended;
    const database = new DatabaseSync(join(here.state, 'state.db'));
    database.exec('PRAGMA user_version = 9999');
    database.close();
    const { code, err } = await here.vp(['start', '--json']);
    expect(code).toBe(2);
    const { error } = JSON.parse(err.trim().split('\n').at(-1) ?? '') as { error: { code: string; message: string; hint: string } };
    expect(error.code).toBe('VP_STORE_NEWER');
    expect(error.message).toMatch(/9999/);
    expect(error.hint).not.toBe('');
    const again = new DatabaseSync(join(here.state, 'state.db'), { readOnly: true });
    expect(again.prepare('PRAGMA user_version').get()).toEqual({ user_version: 9999 });
    again.close();
  });
});

describe('the state folder', () => {
  it('that is read-only keeps the service from starting, with the folder and what to do', async () => {
    if (process.getuid?.() === 0 && !canMount())
      return console.log('not looked at: root may write everywhere, and nothing can be mounted here');
    await makeReadOnly(async () => {
      const { code, err } = await here.vp(['start', '--json']);
      expect(code).toBe(2);
      const { error } = JSON.parse(err.trim().split('\n').at(-1) ?? '') as { error: { message: string; hint: string } };
      expect(error.message).toContain(here.state);
      expect(error.hint).not.toBe('');
    });
  });

  it('that is full refuses what it cannot keep and loses nothing that it acknowledged', async () => {
    if (!canMount()) return console.log('not looked at: nothing can be mounted here');
    mkdirSync(here.state, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'none', here.state]);
    try {
      await here.config(configOf(1));
      const service = await here.service();
      const at = await requests();
      const accepted: string[] = [(await at.submit(task('steps=40 pace=0.05'))).requestId];
      const ballast = join(here.state, 'ballast');
      const refused: string[] = [];
      while ((await at.listSessions()).some(({ state }) => state !== 'running')) await new Promise((resolve) => setTimeout(resolve, 20));
      const { bavail, bsize } = statfsSync(here.state);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - 600_000));
      await service.says('all agents are paused', 'err');
      for (let size = 65_536; size >= 4_096; size /= 2) fillWith(ballast, size);
      for (let n = 0; n < 40; n += 1) {
        // Large, so that the space that the database has in hand is used up.
        const answer = await at.submit(task(`steps=1 n=${n} ${'x'.repeat(20_000)}`)).catch((error: unknown) => error as { code: string });
        if ('requestId' in answer) accepted.push(answer.requestId);
        else refused.push(answer.code);
      }
      expect(refused.length).toBeGreaterThan(0);
      expect(new Set(refused).difference(new Set(['VP_STORE_FULL', 'VP_DISK_LOW']))).toEqual(new Set());
      expect(service.child.exitCode).toBe(null);
      await rm(ballast);
      const rows = await allEnded(at);
      expect(rows.map(({ requestId, state }) => `${requestId} ${state}`).toSorted()).toEqual(
        accepted.map((id) => `${id} completed`).toSorted(),
      );
      service.child.kill('SIGTERM');
      await service.ended;
      for (const client of clients.splice(0)) await client.close();
    } finally {
      execFileSync('umount', ['-l', here.state]);
    }
  });
});

describe('the clock', () => {
  it('set a day forwards and back ends no session early, keeps no retry waiting and loses no order', async () => {
    const clock = join(here.root, 'clock');
    await writeFile(clock, '0');
    const preload = pathToFileURL(join(import.meta.dirname, '..', 'support', 'shifted-clock.mjs')).href;
    await here.config(configOf(2));
    await here.service({ env: { NODE_OPTIONS: `--import ${preload}`, VP_TEST_CLOCK: clock } });
    const at = await requests();
    await at.submit({ config: { workingDirectory: here.project, prompt: 'steps=30 pace=0.05', timeout: 60_000 } });
    await at.submit({ config: { workingDirectory: here.project, prompt: 'steps=8 crash=4 pace=0.05', timeout: 60_000 } });
    await writeFile(clock, '86400');
    await at.submit(task('steps=2 pace=0.05'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await writeFile(clock, '-86400');
    await at.submit(task('steps=2 crash=1 pace=0.05'));
    const rows = await allEnded(at);
    expect(rows.map(({ state, attempts }) => `${state} ${attempts}`).toSorted()).toEqual([
      'completed 1',
      'completed 1',
      'completed 2',
      'completed 2',
    ]);
  });
});

function canMount(): boolean {
  const probe = join(here.root, 'probe');
  try {
    mkdirSync(probe, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  }
}

/** Read-only for root too, where something can be mounted. */
async function makeReadOnly(act: () => Promise<void>): Promise<void> {
  if (!existsSync(here.state)) mkdirSync(here.state, { mode: 0o700 });
  if (process.getuid?.() !== 0) {
    await chmod(here.state, 0o500);
    await act();
    return chmod(here.state, 0o700);
  }
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,ro', 'none', here.state]);
  try {
    await act();
  } finally {
    execFileSync('umount', [here.state]);
  }
}

/** Appends as much as there is room for, in pieces of this size. */
function fillWith(path: string, size: number): void {
  for (;;) {
    try {
      writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch {
      return;
    }
  }
}
