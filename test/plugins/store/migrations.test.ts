import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import checks from '../../../plugins/store/checks.ts';
import { Driver } from '../../../plugins/store/sqlite/driver.ts';
import { MIGRATIONS, type Migration } from '../../../plugins/store/sqlite/migrations.ts';
import { schemaOf } from '../../../plugins/store/sqlite/migrate.ts';
import { openDatabase } from '../../../plugins/store/sqlite/open.ts';
import { newHome, refusal, startStore, withDatabase } from './support.ts';

const notes: string[] = [];
const note = (_first: unknown, message?: string): void => void notes.push(message ?? '');
const log = { info: note, warn: note, error: note };

/** Opens a state with other migrations than those of this version. */
function open(home: string, migrations: readonly Migration[], writtenBy = '9.9.9'): Driver {
  return openDatabase({ path: join(home, 'state.db'), busyMs: 100, cacheMb: 1, writtenBy, log, migrations });
}

const second: Migration = {
  version: 2,
  name: 'a colour for documents',
  up: (driver) => driver.exec("ALTER TABLE documents ADD COLUMN colour TEXT; UPDATE documents SET colour = 'red'"),
};
const broken: Migration = {
  version: 3,
  name: 'a step that fails half-way',
  up(driver) {
    driver.exec("UPDATE documents SET colour = 'blue'; CREATE TABLE half (x)");
    driver.exec('ALTER TABLE nowhere ADD COLUMN x');
  },
};

async function filled(): Promise<string> {
  const home = newHome();
  const { store, stop } = await startStore(home);
  await store.transact([{ op: 'put', collection: 'c', id: 'a', value: 1 }]);
  await stop();
  return home;
}

const copies = (home: string): string[] => readdirSync(home).filter((name) => name.endsWith('.bak'));

describe('the schema', () => {
  it('is brought up to date, with a copy kept of what was before', async () => {
    const home = await filled();
    const driver = open(home, [...MIGRATIONS, second]);
    expect(driver.get('SELECT colour FROM documents')).toEqual({ colour: 'red' });
    expect(schemaOf(driver)).toBe(2);
    driver.close();
    const [copy = ''] = copies(home);
    expect(copy).toMatch(/^state\.db\.v1\.\d{4}-.*\.bak$/);
    expect(statSync(join(home, copy)).mode & 0o777).toBe(0o600);
    const before = new Driver(join(home, copy), { readOnly: true });
    expect([schemaOf(before), before.get('SELECT value FROM documents')]).toEqual([1, { value: '1' }]);
    before.close();
    expect((await checks({ home, cwd: home, env: {} })).find(({ name }) => name === 'state copies')?.detail).toContain(copy);
  });

  it('is not touched where nothing is missing, and needs no copy where nothing was there', async () => {
    const home = newHome();
    open(home, [...MIGRATIONS, second]).close();
    open(home, [...MIGRATIONS, second]).close();
    expect(copies(home)).toEqual([]);
  });

  it('stays as it was before a step that fails, and the message says what to do', async () => {
    const home = await filled();
    const error = await refusal(() => open(home, [...MIGRATIONS, second, broken]));
    expect(error.code).toBe('VP_STORE_MIGRATION');
    expect(error.message).toContain('from schema 2 to 3 (a step that fails half-way): no such table: nowhere');
    const [copy = ''] = copies(home);
    expect(error.hint).toContain(join(home, copy));
    withDatabase(home, (driver) => {
      expect(schemaOf(driver)).toBe(2);
      expect(driver.get('SELECT colour FROM documents')).toEqual({ colour: 'red' });
      expect(driver.get("SELECT 1 AS found FROM sqlite_schema WHERE name = 'half'")).toBeUndefined();
    });
    open(home, [...MIGRATIONS, second]).close();
  });

  it('keeps the newest three copies', async () => {
    const home = await filled();
    const steps = Array.from({ length: 6 }, (_none, n): Migration => ({ version: n + 2, name: `step ${n}`, up: () => undefined }));
    for (let n = 1; n <= steps.length; n += 1) open(home, [...MIGRATIONS, ...steps.slice(0, n)]).close();
    expect(copies(home).map((name) => name.slice(0, 11))).toEqual(['state.db.v4', 'state.db.v5', 'state.db.v6']);
  });

  it('has versions that count from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_one, index) => index + 1));
  });
});

describe('a state of a newer version', () => {
  it('is refused untouched, and the message says which version wrote it', async () => {
    const home = await filled();
    open(home, [...MIGRATIONS, second], '7.8.9').close();
    const before = readFileSync(join(home, 'state.db'));
    const error = await refusal(() => startStore(home));
    expect(error.code).toBe('VP_STORE_NEWER');
    expect(error.message).toContain('@vp/store 7.8.9 (schema 2); this version knows schemas up to 1');
    expect(error.hint).toContain('Install that version');
    expect(readFileSync(join(home, 'state.db')).equals(before)).toBe(true);
    expect(copies(home)).toHaveLength(1);
    expect(existsSync(join(home, 'state.db.new'))).toBe(false);
  });

  it('is refused also where nothing says what wrote it', async () => {
    const home = newHome();
    withDatabase(home, (driver) => driver.exec('CREATE TABLE x (y); PRAGMA user_version = 1000'));
    expect((await refusal(() => startStore(home))).message).toContain('a newer version of @vp/store (schema 1000)');
    expect(readdirSync(home).map((name) => basename(name))).toContain('state.db');
  });
});
