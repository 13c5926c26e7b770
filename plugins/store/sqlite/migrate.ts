/** Brings a database to the schema of this version, one transaction a step, with a copy kept of what was before. */
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '@vp/sdk';
import { errors, faultOf } from '../errors.ts';
import type { Driver } from './driver.ts';
import { createEmpty, fileTime } from './files.ts';
import { readMeta, writeMeta } from './meta.ts';
import type { Migration } from './migrations.ts';

const KEPT_COPIES = 3;

/** The schema's version that a database has; 0 where nothing is in it yet. */
export function schemaOf(driver: Driver): number {
  return Number(driver.get('PRAGMA user_version')?.['user_version']);
}

/** The newest version that a list leads to. */
export function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** @throws VP_STORE_NEWER. Reads only. */
export function refuseNewer(driver: Driver, migrations: readonly Migration[]): void {
  const [found, known] = [schemaOf(driver), newestOf(migrations)];
  if (found <= known) return;
  const by = readMeta<string>(driver, 'writtenBy');
  const writer = by === undefined ? 'a newer version of @vp/store' : `@vp/store ${by}`;
  throw errors('VP_STORE_NEWER', { location: driver.path, writer, found, known }, { file: driver.path });
}

/**
 * Runs the steps that are missing. Gives the path of the copy from before, null where none was needed.
 * @throws VP_STORE_MIGRATION where a step fails: the database is then as it was before that step; VP_STORE_NEWER
 */
export function migrate(driver: Driver, migrations: readonly Migration[], writtenBy: string): string | null {
  refuseNewer(driver, migrations);
  const start = schemaOf(driver);
  const missing = migrations.filter(({ version }) => version > start);
  if (missing.length === 0) return null;
  const copy = start === 0 ? null : copyOf(driver, start);
  for (const migration of missing) step(driver, migration, writtenBy, copy);
  removeOldCopies(driver.path);
  return copy;
}

function step(driver: Driver, { version, name, up }: Migration, writtenBy: string, copy: string | null): void {
  const from = schemaOf(driver);
  try {
    driver.transaction(() => {
      up(driver);
      driver.exec(`PRAGMA user_version = ${version}`);
      writeMeta(driver, 'writtenBy', writtenBy);
    });
  } catch (error) {
    if (faultOf(error) === 'full' || faultOf(error) === 'readonly') throw error;
    const values = { location: driver.path, from, to: version, name, why: reasonOf(error), backup: copy ?? 'not needed, it was new' };
    throw errors('VP_STORE_MIGRATION', values, { file: driver.path, cause: error });
  }
}

function copyOf(driver: Driver, version: number): string {
  const path = `${driver.path}.v${version}.${fileTime()}.bak`;
  createEmpty(path);
  try {
    driver.copyNow(path);
    return path;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Copies that migrations left, oldest first. */
export function copiesOf(path: string): string[] {
  const stamp = (name: string): string => /\.(\d{4}-[\dTZ-]+)\.bak$/.exec(name)?.[1] ?? '';
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.v`) && stamp(name) !== '')
    .toSorted((a, b) => stamp(a).localeCompare(stamp(b)))
    .map((name) => join(dirname(path), name));
}

function removeOldCopies(path: string): void {
  for (const copy of copiesOf(path).slice(0, -KEPT_COPIES)) rmSync(copy, { force: true });
}
