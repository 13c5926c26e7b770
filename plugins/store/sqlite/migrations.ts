/** The schema, as the steps that led to it. A step that was released never changes; a new one is added at the end. */
import type { Driver } from './driver.ts';

/** Brings a database from the version before to `version`. */
export interface Migration {
  /** Counts from 1, without gaps. */
  readonly version: number;
  /** What it does, in a few words. */
  readonly name: string;
  readonly up: (driver: Driver) => void;
}

/**
 * `meta` stays as it is in every version, so that an older program can say what wrote a newer state.
 * `events.seq` is never used twice, hence AUTOINCREMENT.
 */
const FIRST = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  collection TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (collection, id)
);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  stream TEXT NOT NULL,
  type TEXT NOT NULL,
  key TEXT,
  data TEXT NOT NULL
);
CREATE UNIQUE INDEX events_key ON events (stream, key) WHERE key IS NOT NULL;
CREATE INDEX events_stream ON events (stream, seq);
CREATE INDEX events_at ON events (at);
`;

export const MIGRATIONS: readonly Migration[] = [{ version: 1, name: 'documents and events', up: (driver) => driver.exec(FIRST) }];
