/** The files of a database, made for this user alone. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** SQLite's journal and its index belong to the database's file. */
export const PARTS = ['', '-wal', '-shm'] as const;

/** Makes an empty file, mode 0600. @throws where one is there */
export function createEmpty(path: string): void {
  closeSync(openSync(path, 'wx', 0o600));
}

/** A moment as a part of a file's name. */
export function fileTime(): string {
  return new Date().toISOString().replaceAll(/[:.]/g, '-');
}

export function removeDatabase(path: string): void {
  for (const part of PARTS) rmSync(path + part, { force: true });
}

/**
 * Renames a database that nobody has open. Its journal goes last: a database that stayed behind without it would pass for an older,
 * whole one.
 */
export function renameDatabase(from: string, to: string): void {
  for (const part of PARTS) if (existsSync(from + part)) renameSync(from + part, to + part);
  syncFolder(to);
}

/** Names of files are on disk only once their folder is. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
