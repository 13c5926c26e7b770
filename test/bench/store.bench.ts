/** Appends and puts through the service of a kernel, beside node:sqlite with the same tables, pragmas and rows a commit. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { store as ref, type Facade, type Store, type StoreEvents, type StoreOperation } from '@vp/sdk';
import { openDatabase } from '../../plugins/store/sqlite/open.ts';
import { repository } from '../support/api/index.ts';
import { inFolder, inTurns, median, report, row, timed, type Measured, type Row } from './harness.ts';
import { withKernel } from './plugins.ts';

const ROUNDS = 9;
const SIZES = [10, 100, 1_000] as const;
/** Rows written in one measurement. */
const ROWS = 5_000;
const AIM: Measured['aim'] = ['>= 0.5 x', (_value, ratio) => ratio >= 0.5];
const BESIDE = 'node:sqlite, same tables, pragmas and rows a commit';
/** About 400 bytes of JSON. */
const DATA = { sessionId: '00000000-0000-4000-8000-000000000000', state: 'running', previous: 'starting', note: 'x'.repeat(290) };

let count = 0;
const append = (): StoreOperation => ({ op: 'append', stream: `s${(count += 1) % 50}`, type: 'state', key: `k${count}`, data: DATA });
const put = (): StoreOperation => ({ op: 'put', collection: 'requests', id: `d${(count += 1) % 2_000}`, value: DATA });

/** Rows a second. `size` calls of one row at once, again and again. */
async function calls(store: Facade<Store, StoreEvents>, size: number, make: () => StoreOperation): Promise<number> {
  const ms = await timed(async () => {
    for (let done = 0; done < ROWS; done += size) await Promise.all(Array.from({ length: size }, () => store.transact([make()])));
  });
  return (ROWS * 1_000) / ms;
}

/** Rows a second. One call of `size` rows after the other. */
async function oneCall(store: Facade<Store, StoreEvents>, size: number): Promise<number> {
  const ms = await timed(async () => {
    for (let done = 0; done < ROWS; done += size) await store.transact(Array.from({ length: size }, append));
  });
  return (ROWS * 1_000) / ms;
}

/** Milliseconds until one call of one row has been stored. */
async function single(store: Facade<Store, StoreEvents>): Promise<number> {
  return (
    (await timed(async () => {
      for (let n = 0; n < 200; n += 1) await store.transact([append()]);
    })) / 200
  );
}

/** The yardstick. */
class Bare {
  readonly #database: DatabaseSync;
  readonly #append;
  readonly #put;

  constructor(folder: string) {
    mkdirSync(folder);
    const path = join(folder, 'state.db');
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    openDatabase({ path, busyMs: 0, cacheMb: 4, writtenBy: 'bench', log: silent }).close();
    this.#database = new DatabaseSync(path);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -3906');
    this.#append = this.#database.prepare('INSERT INTO events (at, stream, type, key, data) VALUES (?, ?, ?, ?, ?)');
    this.#put = this.#database.prepare(
      'INSERT INTO documents VALUES (?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET version = version + 1, at = excluded.at, value = excluded.value',
    );
  }

  async rate(kind: 'append' | 'put', size: number): Promise<number> {
    const ms = await timed(() => {
      for (let done = 0; done < ROWS; done += size) this.#commit(kind, size);
    });
    return (ROWS * 1_000) / ms;
  }

  async single(): Promise<number> {
    return (
      (await timed(() => {
        for (let n = 0; n < 200; n += 1) this.#commit('append', 1);
      })) / 200
    );
  }

  close(): void {
    this.#database.close();
  }

  #commit(kind: 'append' | 'put', size: number): void {
    this.#database.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < size; n += 1) {
      count += 1;
      if (kind === 'append') this.#append.run(Date.now(), `s${count % 50}`, 'state', `k${count}`, JSON.stringify(DATA));
      else this.#put.run('requests', `d${count % 2_000}`, Date.now(), JSON.stringify(DATA));
    }
    this.#database.exec('COMMIT');
  }
}

function rateRow(name: string, values: readonly number[], yardstick: readonly number[], aim?: Measured['aim']): Row {
  return row({ name, value: median(values), unit: '/s', yardstick: median(yardstick), beside: BESIDE, ...(aim ? { aim } : {}) });
}

report(
  await inFolder((folder) =>
    withKernel(folder, repository, ['@vp/store'], {}, async (kernel) => {
      const store = kernel.use(ref);
      const bare = new Bare(join(folder, 'bare'));
      const rows: Row[] = [];
      for (const size of SIZES) {
        const values = await inTurns(ROUNDS, { service: () => calls(store, size, append), bare: () => bare.rate('append', size) });
        rows.push(rateRow(`events, ${size} calls of one at once`, values.service, values.bare, AIM));
      }
      const whole = await inTurns(ROUNDS, { service: () => oneCall(store, 1_000), bare: () => bare.rate('append', 1_000) });
      rows.push(rateRow('events, one call of 1000', whole.service, whole.bare, AIM));
      for (const size of SIZES) {
        const values = await inTurns(ROUNDS, { service: () => calls(store, size, put), bare: () => bare.rate('put', size) });
        rows.push(rateRow(`documents, ${size} puts at once`, values.service, values.bare));
      }
      const one = await inTurns(ROUNDS, { service: () => single(store), bare: () => bare.single() });
      rows.push(
        row({
          name: 'one event alone, until it is on disk',
          value: median(one.service),
          unit: 'ms',
          yardstick: median(one.bare),
          beside: BESIDE,
        }),
      );
      bare.close();
      return rows;
    }),
  ),
);
