/** All that knows node:sqlite. Synchronous, as that is. */
import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Fault } from '../errors.ts';

/** A row of a result. */
export type Row = Readonly<Record<string, unknown>>;

/** What is bound to a `?`. */
export type Bound = string | number | null;

/** How a database is opened. */
export interface DriverOptions {
  readonly readOnly?: boolean;
  /** Milliseconds to wait for the lock of another process. */
  readonly busyMs?: number;
}

/** Statements kept ready. Queries with a different number of conditions are different statements. */
const MAX_STATEMENTS = 64;
/** Pages copied at a time, in another thread. */
const BACKUP_PAGES = 256;
/** With less than this free, an error of the disk is taken for want of space. */
const NO_SPACE_BYTES = 262_144;

/** Primary result codes of SQLite. */
const CODES = { busy: 5, locked: 6, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const;

/** An error of the database, with its kind. */
class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly fault: Fault;

  constructor(cause: unknown, fault: Fault) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.fault = fault;
  }
}

export class Driver {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws a DriverError, as every method does */
  constructor(path: string, { readOnly = false, busyMs = 1_000 }: DriverOptions = {}) {
    this.path = path;
    this.#database = this.#try(
      () => new DatabaseSync(path, { readOnly, timeout: busyMs, enableForeignKeyConstraints: false, allowExtension: false }),
    );
  }

  /** Runs statements without values. */
  exec(sql: string): void {
    this.#try(() => this.#database.exec(sql));
  }

  run(sql: string, ...values: readonly Bound[]): { readonly changes: number; readonly rowid: number } {
    const { changes, lastInsertRowid } = this.#try(() => this.#statement(sql).run(...(values as SQLInputValue[])));
    return { changes: Number(changes), rowid: Number(lastInsertRowid) };
  }

  all(sql: string, ...values: readonly Bound[]): readonly Row[] {
    return this.#try(() => this.#statement(sql).all(...(values as SQLInputValue[])));
  }

  get(sql: string, ...values: readonly Bound[]): Row | undefined {
    return this.#try(() => this.#statement(sql).get(...(values as SQLInputValue[])));
  }

  /** Row by row, so that those before an error are had. */
  *each(sql: string, ...values: readonly Bound[]): Generator<Row> {
    try {
      yield* this.#database.prepare(sql).iterate(...(values as SQLInputValue[]));
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  /** Does all of `act` or none of it. On disk when it returns. */
  transaction<T>(act: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // Some errors have ended the transaction already.
      if (this.#database.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /** Another connection that sees the data as they are now, until it is closed. */
  snapshot(): Driver {
    const other = new Driver(this.path, { readOnly: true });
    try {
      other.exec('BEGIN');
      other.get('SELECT 1 FROM sqlite_schema LIMIT 1');
      return other;
    } catch (error) {
      other.close();
      throw error;
    }
  }

  /** Copies the whole database into an empty file, in small steps. Of a database that is written to meanwhile, take a snapshot first. */
  async copyTo(path: string): Promise<void> {
    try {
      await backup(this.#database, path, { rate: BACKUP_PAGES });
    } catch (error) {
      throw this.#errorOf(error, dirname(path));
    }
  }

  /** Copies the whole database into an empty file at once. */
  copyNow(path: string): void {
    this.#try(() => this.#database.prepare('VACUUM INTO ?').run(path), dirname(path));
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#try(() => this.#database.close());
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #try<T>(act: () => T, folder?: string): T {
    try {
      return act();
    } catch (error) {
      throw this.#errorOf(error, folder);
    }
  }

  #errorOf(error: unknown, folder = dirname(this.path)): DriverError {
    return new DriverError(error, faultOfCode(error, folder));
  }
}

function faultOfCode(error: unknown, folder: string): Fault {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  switch (code) {
    case CODES.full:
      return 'full';
    case CODES.readonly:
      return 'readonly';
    case CODES.busy:
    case CODES.locked:
      return 'busy';
    case CODES.corrupt:
    case CODES.notADatabase:
      return 'corrupt';
    case CODES.ioerr:
    case CODES.cantOpen:
      return faultOfDisk(folder);
    default:
      return 'other';
  }
}

/** SQLite does not say why the disk refused. */
function faultOfDisk(folder: string): Fault {
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < NO_SPACE_BYTES) return 'full';
    accessSync(folder, constants.W_OK);
    return 'other';
  } catch {
    return 'readonly';
  }
}
