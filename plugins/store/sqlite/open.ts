/** Opens the database: checked, at the schema of this version. A damaged one is put aside and what can be read of it is saved. */
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { reasonOf, type Logger } from '@vp/sdk';
import { errors, faultOf, storeError } from '../errors.ts';
import { Driver } from './driver.ts';
import { createEmpty, fileTime, removeDatabase, renameDatabase } from './files.ts';
import { readMeta, writeMeta, type PutAside } from './meta.ts';
import { migrate, refuseNewer } from './migrate.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { salvage } from './salvage.ts';

/** How the database is opened. */
export interface OpenOptions {
  readonly path: string;
  readonly busyMs: number;
  readonly cacheMb: number;
  /** The version of this program, noted in the database. */
  readonly writtenBy: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** For tests. */
  readonly migrations?: readonly Migration[];
}

/** Up to this size a database is checked at every start, above it only where the last end was not clean. */
const ALWAYS_CHECKED_BYTES = 64_000_000;
const WAL_MAGIC = 0x377f0682;
const WAL_HEADER_BYTES = 32;
/** The journal is cut to this size after a checkpoint. */
const WAL_KEPT_BYTES = 16_000_000;

/** Beside the database: damage was met while it was in use, so the next start looks closely. */
export function suspectFile(path: string): string {
  return `${path}.suspect`;
}

/** @throws VP_STORE_NEWER, VP_STORE_MIGRATION, VP_STORE_READONLY, VP_STORE_FULL, VP_STORE_BUSY, VP_STORE_BROKEN */
export function openDatabase(options: OpenOptions): Driver {
  const { path } = options;
  try {
    if (!existsSync(path)) finishOrCreate(options);
    checkAccess(path);
    const damage = damageOf(options);
    if (damage !== undefined) replaceDamaged(options, damage);
    rmSync(suspectFile(path), { force: true });
    return connect(options, path);
  } catch (error) {
    throw storeError(error, path);
  }
}

function connect({ busyMs, cacheMb, writtenBy, log, migrations = MIGRATIONS }: OpenOptions, path: string): Driver {
  const driver = new Driver(path, { busyMs });
  try {
    for (const pragma of [
      'journal_mode = WAL',
      'synchronous = FULL',
      `cache_size = -${Math.round((cacheMb * 1e6) / 1024)}`,
      `journal_size_limit = ${WAL_KEPT_BYTES}`,
    ])
      driver.exec(`PRAGMA ${pragma}`);
    const copy = migrate(driver, migrations, writtenBy);
    if (copy !== null) log.info({ file: path, copy }, 'the state was brought to the schema of this version; a copy from before is kept');
    return driver;
  } catch (error) {
    driver.close();
    throw error;
  }
}

/** Made under another name and renamed: what has the database's name is whole. */
function finishOrCreate(options: OpenOptions): void {
  const { path } = options;
  const fresh = `${path}.new`;
  if (!isFinished(fresh)) {
    removeDatabase(fresh);
    createEmpty(fresh);
    connect(options, fresh).close();
  }
  // A journal that stayed behind belongs to a database that is gone; SQLite would take it for the new one's.
  if (existsSync(`${path}-wal`)) renameDatabase(path, `${path}.corrupt-${fileTime()}`);
  renameDatabase(fresh, path);
}

/** Whether a database was made whole before its maker died, in the moment before it would have been renamed. */
function isFinished(fresh: string): boolean {
  if (!existsSync(fresh) || existsSync(`${fresh}-wal`)) return false;
  try {
    const driver = new Driver(fresh, { readOnly: true });
    try {
      return readMeta<readonly PutAside[]>(driver, 'putAside') !== undefined;
    } finally {
      driver.close();
    }
  } catch {
    return false;
  }
}

function checkAccess(path: string): void {
  try {
    if (!statSync(path).isFile()) throw new Error('it is not a file');
    closeSync(openSync(path, 'r+'));
  } catch (error) {
    throw errors('VP_STORE_READONLY', { location: path, why: reasonOf(error) }, { file: path, cause: error });
  }
}

/** What is wrong with the file; undefined where nothing is. @throws VP_STORE_NEWER, and where it cannot be told */
function damageOf({ path, migrations = MIGRATIONS }: OpenOptions): string | undefined {
  const { size } = statSync(path);
  if (size === 0) return 'it is empty';
  const journal = journalOf(`${path}-wal`);
  const isThorough = size <= ALWAYS_CHECKED_BYTES || journal === 'filled' || existsSync(suspectFile(path));
  try {
    // The connection only reads, and leaves everything as it is.
    const driver = new Driver(path, { readOnly: true });
    try {
      refuseNewer(driver, migrations);
      if (journal === 'damaged') return 'its journal (-wal) is damaged';
      return isThorough ? problemOf(driver) : undefined;
    } finally {
      driver.close();
    }
  } catch (error) {
    if (faultOf(error) === 'corrupt') return reasonOf(error);
    throw error;
  }
}

function problemOf(driver: Driver): string | undefined {
  const [first] = driver.all('PRAGMA quick_check(1)');
  const found = String(first?.['quick_check']);
  if (found !== 'ok') return found.replaceAll('\n', ' ');
  const isOther =
    driver.get("SELECT 1 FROM sqlite_schema WHERE type = 'table'") !== undefined &&
    driver.get("SELECT 1 FROM sqlite_schema WHERE name = 'meta'") === undefined;
  return isOther ? 'it is a database of another program' : undefined;
}

/** SQLite takes a journal without its mark for an empty one, and would go on without what is in it. */
function journalOf(path: string): 'none' | 'filled' | 'damaged' {
  if (!existsSync(path)) return 'none';
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size < WAL_HEADER_BYTES) return 'none';
    const header = Buffer.alloc(WAL_HEADER_BYTES);
    readSync(file, header, 0, WAL_HEADER_BYTES, 0);
    return (header.readUInt32BE(0) & ~1) >>> 0 === WAL_MAGIC ? 'filled' : 'damaged';
  } finally {
    closeSync(file);
  }
}

/** The new database is whole before anything is moved: a crash on the way finds either of them. */
function replaceDamaged(options: OpenOptions, why: string): void {
  const { path, log } = options;
  const fresh = `${path}.new`;
  const aside: string = `${path}.corrupt-${fileTime()}`;
  removeDatabase(fresh);
  createEmpty(fresh);
  const driver = connect(options, fresh);
  let saved: PutAside;
  try {
    const { documents, events, earlier } = salvage(path, driver);
    saved = { path: aside, at: new Date().toISOString(), documents, events };
    writeMeta(driver, 'putAside', [...earlier, saved]);
    driver.close();
  } catch (error) {
    driver.close();
    removeDatabase(fresh);
    throw error;
  }
  renameDatabase(path, aside);
  renameDatabase(fresh, path);
  log.error(
    { file: aside, why, documents: saved.documents, events: saved.events },
    `the state was damaged (${why}) and was put aside as ${aside}; ${saved.documents} documents and ${saved.events} events could be saved. ` +
      'Compare with a backup if you have one, look at the disk, and remove that file when you no longer need it.',
  );
}

/** Notes damage for the next start. */
export function noteSuspicion(path: string): void {
  try {
    writeFileSync(suspectFile(path), '', { mode: 0o600 });
  } catch {
    // The disk may be what is broken; the error that led here says so.
  }
}
