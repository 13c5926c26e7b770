/** A few values about the database itself, kept in it as JSON. */
import type { Driver } from './driver.ts';

/** A damaged database that was put aside. `at` in ISO 8601. */
export interface PutAside {
  readonly path: string;
  readonly at: string;
  /** How many of each could be saved. */
  readonly documents: number;
  readonly events: number;
}

/** What is kept, by name. */
interface Meta {
  readonly writtenBy: string;
  readonly putAside: readonly PutAside[];
}

/** Undefined also where the table is not there. */
export function readMeta<T extends Meta[keyof Meta]>(driver: Driver, name: keyof Meta): T | undefined {
  if (driver.get("SELECT 1 FROM sqlite_schema WHERE name = 'meta'") === undefined) return undefined;
  const row = driver.get('SELECT value FROM meta WHERE name = ?', name);
  return row === undefined ? undefined : (JSON.parse(String(row['value'])) as T);
}

export function writeMeta<N extends keyof Meta>(driver: Driver, name: N, value: Meta[N]): void {
  driver.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  driver.run('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, JSON.stringify(value));
}
