/** Reads what can be read of a damaged database, row by row, into a new one. The damaged one is only read. */
import { copyFileSync, closeSync, existsSync, ftruncateSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { Driver, type Row } from './driver.ts';
import { removeDatabase } from './files.ts';
import { readMeta, type PutAside } from './meta.ts';

/** What was saved. */
export interface Salvaged {
  readonly documents: number;
  readonly events: number;
  /** Databases that had been put aside before. */
  readonly earlier: readonly PutAside[];
}

/** Places that can be passed by before the rest of a table is given up. */
const MAX_GAPS = 10_000;
const MAX_STEP = 2 ** 40;
const ROWS_A_COMMIT = 2_000;
const PAGE_BYTES = 4_096;
/** Where the header says how many pages there are, and the first free one. */
const [PAGES_AT, FREELIST_AT] = [28, 32];
/** Room for numbers of events that were lost, so that none is used twice. */
const SEQ_GAP = 1_000_000;

/** Copies into `target`, which has the schema and nothing in it. */
export function salvage(path: string, target: Driver): Salvaged {
  const direct = read(path, target);
  if (direct !== undefined) return direct;
  const scratch = `${path}.scratch`;
  try {
    target.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    withFirstPage(path, target.path, scratch);
    return read(scratch, target) ?? { documents: 0, events: 0, earlier: [] };
  } finally {
    removeDatabase(scratch);
  }
}

/** Undefined where not even its tables are known. */
function read(path: string, target: Driver): Salvaged | undefined {
  let source: Driver | undefined;
  try {
    source = new Driver(path, { readOnly: true });
    const known = new Set(source.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map((row) => row['name']));
    if (!known.has('documents') || !known.has('events')) return undefined;
    const documents = saveRows(source, target, 'documents', ['collection', 'id', 'version', 'at', 'value'], 'value');
    const events = saveRows(source, target, 'events', ['seq', 'at', 'stream', 'type', 'key', 'data'], 'data');
    keepCounting(source, target);
    return { documents, events, earlier: earlierOf(source) };
  } catch (error) {
    if (source === undefined || isDamage(error)) return undefined;
    throw error;
  } finally {
    source?.close();
  }
}

/** Rows with their `rowid`, so that a place that cannot be read can be passed by. */
function saveRows(source: Driver, target: Driver, table: string, columns: readonly string[], json: string): number {
  const names = columns.join(', ');
  const insert = `INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`;
  let saved = 0;
  let waiting: Row[] = [];
  const flush = (): void => {
    const rows = waiting;
    waiting = [];
    target.transaction(() => {
      for (const row of rows) saved += target.run(insert, ...columns.map((column) => row[column] as string | number | null)).changes;
    });
  };
  for (const row of readable(source, table, names)) {
    if (!isWhole(row, columns, json)) continue;
    waiting.push(row);
    if (waiting.length >= ROWS_A_COMMIT) flush();
  }
  flush();
  return saved;
}

/** All rows that can be read, in the order of their places; what cannot is passed by. */
function* readable(source: Driver, table: string, names: string): Generator<Row> {
  const sql = `SELECT rowid AS place, ${names} FROM ${table} NOT INDEXED WHERE rowid >= ? ORDER BY rowid`;
  let from = 0;
  for (let gaps = 0; gaps < MAX_GAPS; gaps += 1) {
    try {
      for (const row of source.each(sql, from)) {
        yield row;
        from = Number(row['place']) + 1;
      }
      return;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const next = nextReadable(source, table, from);
    if (next === undefined) return;
    from = next;
  }
}

/** The first place behind a bad one that can be read again: looked for in steps that double, then between the last two of them. */
function nextReadable(source: Driver, table: string, bad: number): number | undefined {
  let step = 1;
  while (!canRead(source, table, bad + step)) {
    step *= 2;
    if (step > MAX_STEP) return undefined;
  }
  let [fails, works] = [bad + Math.floor(step / 2), bad + step];
  while (works - fails > 1) {
    const middle = Math.floor((fails + works) / 2);
    if (canRead(source, table, middle)) works = middle;
    else fails = middle;
  }
  return works;
}

function canRead(source: Driver, table: string, from: number): boolean {
  try {
    source.get(`SELECT rowid FROM ${table} NOT INDEXED WHERE rowid >= ? ORDER BY rowid LIMIT 1`, from);
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  }
}

/** Damage can also change what is in a row. */
function isWhole(row: Row, columns: readonly string[], json: string): boolean {
  const isTyped = columns.every((column) => {
    const value = row[column];
    if (column === 'key') return value === null || typeof value === 'string';
    return typeof value === (['seq', 'at', 'version'].includes(column) ? 'number' : 'string');
  });
  if (!isTyped) return false;
  try {
    JSON.parse(String(row[json]));
    return true;
  } catch {
    return false;
  }
}

/** New events must not get numbers that lost ones had. */
function keepCounting(source: Driver, target: Driver): void {
  let last: number | undefined;
  try {
    const row = source.get("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    last = row === undefined ? undefined : Number(row['seq']);
  } catch {
    // Then the gap has to do.
  }
  const highest = Number(target.get('SELECT max(seq) AS last FROM events')?.['last'] ?? 0);
  const next = last === undefined || last < highest ? highest + SEQ_GAP : last;
  target.run("DELETE FROM sqlite_sequence WHERE name = 'events'");
  target.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)", next);
}

function earlierOf(source: Driver): readonly PutAside[] {
  try {
    return readMeta<readonly PutAside[]>(source, 'putAside') ?? [];
  } catch {
    return [];
  }
}

/** A bad row may also show as a value that cannot be converted; a full disk and the like must not pass for damage. */
function isDamage(error: unknown): boolean {
  const fault = error instanceof Error && 'fault' in error ? error.fault : undefined;
  return fault === 'corrupt' || fault === 'other';
}

/**
 * The first page says what everything else is. Where it is lost, that of a new database of the same schema takes its place, in a copy:
 * the tables of both begin on the same pages.
 */
function withFirstPage(path: string, fresh: string, scratch: string): void {
  copyFileSync(path, scratch);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${scratch}-wal`);
  const page = Buffer.alloc(PAGE_BYTES);
  const from = openSync(fresh, 'r');
  readSync(from, page, 0, PAGE_BYTES, 0);
  closeSync(from);
  const pages = Math.floor(statSync(scratch).size / PAGE_BYTES);
  page.writeUInt32BE(Math.max(pages, 1), PAGES_AT);
  page.fill(0, FREELIST_AT, FREELIST_AT + 8);
  const to = openSync(scratch, 'r+');
  writeSync(to, page, 0, PAGE_BYTES, 0);
  ftruncateSync(to, Math.max(pages, 1) * PAGE_BYTES);
  closeSync(to);
  rmSync(`${scratch}-shm`, { force: true });
}
