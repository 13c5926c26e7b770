/** The engine that is there without any set-up: one file. */
import { existsSync, statSync } from 'node:fs';
import type { DocumentQuery, EventQuery, StoredDocument, StoredEvent, StoreInfo } from '@vp/sdk';
import type { Engine, Results, Retention, Snapshot, Step } from '../engine.ts';
import { faultOf, storeError } from '../errors.ts';
import type { Driver } from './driver.ts';
import { PARTS } from './files.ts';
import { GroupCommit } from './group.ts';
import type { Handle } from './handle.ts';
import { readMeta, type PutAside } from './meta.ts';
import { schemaOf } from './migrate.ts';
import { noteSuspicion } from './open.ts';
import { countDocuments, getDocument, listDocuments, listEvents, snapshotOf } from './read.ts';

/** Removed in one transaction: few enough that nobody waits for it. */
const PRUNED_AT_ONCE = 500;

export class SqliteEngine implements Engine {
  readonly #handle: Handle;
  readonly #commits: GroupCommit;

  constructor(handle: Handle, batchBytes: number) {
    this.#handle = handle;
    this.#commits = new GroupCommit(handle, batchBytes);
  }

  /** From now on this one writes, and tells. */
  takeOver(tell: (events: readonly StoredEvent[]) => void): void {
    this.#handle.flush = () => this.#commits.flush();
    this.#handle.tell = tell;
  }

  transact(steps: readonly Step[], bytes: number): Promise<Results> {
    return this.#commits.transact(steps, bytes);
  }

  get(collection: string, id: string): StoredDocument | null {
    return this.#read((driver) => getDocument(driver, collection, id));
  }

  list(collection: string, query: DocumentQuery): readonly StoredDocument[] {
    return this.#read((driver) => listDocuments(driver, collection, query));
  }

  count(collection: string, where: DocumentQuery['where']): number {
    return this.#read((driver) => countDocuments(driver, collection, where));
  }

  events(query: EventQuery): readonly StoredEvent[] {
    return this.#read((driver) => listEvents(driver, query));
  }

  info(): StoreInfo {
    return this.#read((driver) => ({
      engine: 'sqlite',
      location: driver.path,
      schemaVersion: schemaOf(driver),
      bytes: PARTS.reduce((sum, part) => sum + (statSync(driver.path + part, { throwIfNoEntry: false })?.size ?? 0), 0),
      documents: countOf(driver, 'documents'),
      events: countOf(driver, 'events'),
      putAside: readMeta<readonly PutAside[]>(driver, 'putAside')?.findLast(({ path }) => existsSync(path)) ?? null,
    }));
  }

  snapshot(): Snapshot {
    const snapshot = snapshotOf(this.#read((driver) => driver.snapshot()));
    return {
      documents: (after) => this.#read(() => snapshot.documents(after)),
      events: (after) => this.#read(() => snapshot.events(after)),
      close: () => snapshot.close(),
    };
  }

  async backup(path: string): Promise<void> {
    const snapshot = this.#read((driver) => driver.snapshot());
    try {
      await snapshot.copyTo(path);
    } catch (error) {
      throw storeError(error, path);
    } finally {
      snapshot.close();
    }
  }

  prune({ keepMs, max }: Retention, now: number): number {
    return this.#read((driver) => {
      const old = 'SELECT seq FROM events WHERE at < ? ORDER BY at LIMIT ?';
      const removed = driver.run(`DELETE FROM events WHERE seq IN (${old})`, now - keepMs, PRUNED_AT_ONCE).changes;
      if (removed > 0) return removed;
      const tooMany = Math.min(PRUNED_AT_ONCE, countOf(driver, 'events') - max);
      if (tooMany <= 0) return 0;
      return driver.run('DELETE FROM events WHERE seq IN (SELECT seq FROM events ORDER BY seq LIMIT ?)', tooMany).changes;
    });
  }

  #read<T>(act: (driver: Driver) => T): T {
    const { driver } = this.#handle;
    try {
      return act(driver);
    } catch (error) {
      if (faultOf(error) === 'corrupt') noteSuspicion(driver.path);
      throw storeError(error, driver.path);
    }
  }
}

function countOf(driver: Driver, table: 'documents' | 'events'): number {
  return Number(driver.get(`SELECT count(*) AS n FROM ${table}`)?.['n']);
}
