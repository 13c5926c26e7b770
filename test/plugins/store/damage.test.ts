/** Real damaged files. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { StoreOperation } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import checks from '../../../plugins/store/checks.ts';
import { newHome, refusal, reload, startStore, withDatabase, type RunningStore } from './support.ts';

const PAGE = 4_096;
const ROWS = 3_000;

/** A state folder whose store has ended cleanly, with as many documents as events in it. */
async function filled(): Promise<string> {
  const home = newHome();
  const { store, stop } = await startStore(home);
  for (let n = 0; n < ROWS; n += 500) await store.transact(Array.from({ length: 500 }, (_none, k) => rows(n + k)).flat());
  await stop();
  return home;
}

function rows(n: number): StoreOperation[] {
  const text = 'x'.repeat(200);
  return [
    { op: 'put', collection: 'things', id: `d${n}`, value: { n, text } },
    { op: 'append', stream: 's', type: 't', key: `k${n}`, data: { n, text } },
  ];
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

const database = (home: string): string => join(home, 'state.db');

/** Opens a damaged state: it works, what was saved is right, and everything says what happened. */
async function opened(home: string): Promise<{ documents: number; events: number; running: RunningStore }> {
  const damaged = readFileSync(database(home));
  const running = await startStore(home);
  const { store, log } = running;
  const { putAside, documents, events } = await store.info();
  expect(putAside).toMatchObject({ documents, events });
  expect(readFileSync(putAside?.path ?? '').equals(damaged)).toBe(true);
  expect(basename(putAside?.path ?? '')).toMatch(/^state\.db\.corrupt-/);
  const line = log.find(({ level }) => level === 'error');
  expect(line?.message).toContain(putAside?.path);
  expect(line?.message).toContain(`${documents} documents and ${events} events could be saved`);
  const found = await store.events();
  for (const { key, data } of found) expect(data).toMatchObject({ n: Number(key?.slice(1)) });
  const [next] = await store.transact([{ op: 'append', stream: 's', type: 'new', data: 1 }]);
  expect(Number(next)).toBeGreaterThan(ROWS);
  const results = await checks({ home, cwd: home, env: {} });
  expect(results.find(({ name }) => name === 'damaged state')).toMatchObject({
    state: 'warning',
    hint: expect.stringContaining(putAside?.path ?? ''),
  });
  return { documents, events, running };
}

describe('a damaged database is put aside unchanged, and what can be read is saved:', () => {
  it('a header that was written over', async () => {
    const home = await filled();
    overwrite(database(home), 0, Buffer.alloc(100, 0x5a));
    expect(await opened(home)).toMatchObject({ documents: ROWS, events: ROWS });
  });

  it('a first page that was written over', async () => {
    const home = await filled();
    overwrite(database(home), 0, Buffer.alloc(PAGE, 0x5a));
    expect(await opened(home)).toMatchObject({ documents: ROWS, events: ROWS });
  });

  it('pages in the middle that are zeroes', async () => {
    const home = await filled();
    const pages = statSync(database(home)).size / PAGE;
    for (const part of [0.3, 0.5, 0.7]) overwrite(database(home), Math.floor(pages * part) * PAGE, Buffer.alloc(PAGE));
    const { documents, events } = await opened(home);
    expect(documents + events).toBeLessThan(2 * ROWS);
    expect(documents).toBeGreaterThan(ROWS - 150);
    expect(events).toBeGreaterThan(ROWS - 150);
  });

  it('a file that was cut off', async () => {
    const home = await filled();
    truncateSync(database(home), Math.floor(statSync(database(home)).size / 2));
    const { documents, events } = await opened(home);
    expect(documents).toBeGreaterThan(0);
    expect(events).toBeGreaterThan(0);
  });

  it('a file of length 0', async () => {
    const home = await filled();
    truncateSync(database(home), 0);
    const running = await startStore(home);
    expect(await running.store.info()).toMatchObject({ documents: 0, events: 0, putAside: { documents: 0, events: 0 } });
  });

  it('a file that is no database', async () => {
    const home = await filled();
    writeFileSync(database(home), 'not a database, but long enough to look at\n'.repeat(1_000));
    const running = await startStore(home);
    const { putAside } = await running.store.info();
    expect(readFileSync(putAside?.path ?? '', 'utf8')).toContain('not a database');
  });

  it('a database of another program', async () => {
    const home = newHome();
    withDatabase(home, (driver) => driver.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)'));
    const running = await startStore(home);
    expect(await running.store.info()).toMatchObject({ putAside: { documents: 0, events: 0 } });
    expect(running.log.map(({ message }) => message).join()).toContain('it is a database of another program');
  });

  it('a journal that is garbage', async () => {
    const home = await filled();
    // As a kill leaves them: the database and a journal with what was not brought into it yet.
    const copy = newHome();
    const running = await startStore(home);
    await running.store.transact(rows(ROWS));
    for (const part of ['', '-wal']) copyFileSync(database(home) + part, database(copy) + part);
    await running.stop();
    overwrite(`${database(copy)}-wal`, 0, Buffer.alloc(statSync(`${database(copy)}-wal`).size, 0x5a));
    const garbage = readFileSync(`${database(copy)}-wal`);
    expect(await opened(copy)).toMatchObject({ documents: ROWS, events: ROWS });
    const kept = readdirSync(copy).find((name) => /corrupt-.*-wal$/.test(name)) ?? '';
    expect(readFileSync(join(copy, kept)).equals(garbage)).toBe(true);
  });
});

describe('damage', () => {
  it('that is met while the store runs is an error that says so, and is mended at the next start', async () => {
    const home = await filled();
    const { store, stop } = await startStore(home, { cacheMb: 0 });
    const pages = statSync(database(home)).size / PAGE;
    for (let page = 10; page < pages; page += 1) overwrite(database(home), page * PAGE, Buffer.alloc(PAGE, 0x5a));
    const error = await refusal(() => store.list('things'));
    expect(error.code).toBe('VP_STORE_BROKEN');
    expect(error.hint).toContain('Restart');
    expect((await checks({ home, cwd: home, env: {} }))[0]).toMatchObject({ state: 'failed' });
    await stop();
    await opened(home);
    expect((await checks({ home, cwd: home, env: {} }))[0]).toMatchObject({ state: 'ok' });
  });

  it('is told of until a person removes the file, and older cases after that', async () => {
    const home = await filled();
    truncateSync(database(home), 20 * PAGE);
    const first = (await opened(home)).running;
    const firstAside = (await first.store.info()).putAside?.path ?? '';
    await reload(first);
    expect((await first.store.info()).putAside?.path).toBe(firstAside);
    await first.stop();
    // The earlier case must be in the part that can be read.
    overwrite(`${database(home)}`, statSync(database(home)).size - PAGE, Buffer.alloc(PAGE, 0x5a));
    const second = await startStore(home);
    const secondAside = (await second.store.info()).putAside?.path ?? '';
    expect(secondAside).not.toBe(firstAside);
    rmSync(secondAside);
    expect((await second.store.info()).putAside?.path).toBe(firstAside);
    rmSync(firstAside);
    expect((await second.store.info()).putAside).toBeNull();
  });

  it('of a salvage that was killed leaves nothing behind', async () => {
    const home = await filled();
    // Killed after the damaged database was moved, before the new one took its place.
    await (await startStore(home)).stop();
    withDatabase(home, (driver) => driver.exec(`INSERT INTO meta VALUES ('putAside', '[]')`));
    copyFileSync(database(home), `${database(home)}.new`);
    rmSync(database(home));
    const { store } = await startStore(home);
    expect(await store.info()).toMatchObject({ documents: ROWS, events: ROWS });
    expect(existsSync(`${database(home)}.new`)).toBe(false);
  });
});

describe('a state that was not made by a whole kernel', () => {
  it('is made anew where only a half-made one is there', async () => {
    const home = newHome();
    writeFileSync(`${database(home)}.new`, 'half');
    const { store } = await startStore(home);
    expect(await store.info()).toMatchObject({ documents: 0, putAside: null });
    expect(statSync(database(home)).mode & 0o777).toBe(0o600);
  });

  it('is not mixed with a journal that stayed behind', async () => {
    const home = await filled();
    const running = await startStore(home);
    await running.store.transact(rows(ROWS));
    copyFileSync(`${database(home)}-wal`, join(home, 'kept'));
    await running.stop();
    rmSync(database(home));
    copyFileSync(join(home, 'kept'), `${database(home)}-wal`);
    const again = await startStore(home);
    expect(await again.store.info()).toMatchObject({ documents: 0, events: 0, putAside: null });
    expect(readdirSync(home).filter((name) => /corrupt-.*-wal$/.test(name))).toHaveLength(1);
  });
});

const nobody = 65_534;
const canBeNobody = process.getuid?.() === 0;

describe('a database that this user may not read', () => {
  it.skipIf(!canBeNobody)('is an error that says what to do, and is left as it is', async () => {
    const home = await filled();
    chmodSync(database(home), 0o600);
    execFileSync('chown', ['0:0', database(home)]);
    chmodSync(home, 0o777);
    const before = readFileSync(database(home));
    // The rights of this user are what is tested, so they are laid down for a moment.
    process.seteuid?.(nobody);
    try {
      const error = await refusal(() => startStore(home));
      expect(error.code).toBe('VP_STORE_READONLY');
      expect(error.message).toContain('permission denied');
      expect(error.hint).toContain('VP_HOME');
    } finally {
      process.seteuid?.(0);
    }
    expect(readFileSync(database(home)).equals(before)).toBe(true);
    expect(readdirSync(home)).toEqual(['state.db']);
  });
});
