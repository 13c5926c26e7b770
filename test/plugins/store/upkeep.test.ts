/** What the store does by itself: it keeps a limited number of events, and closes cleanly. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreOperation } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { Driver } from '../../../plugins/store/sqlite/driver.ts';
import { eventually, newHome, refusal, reload, startStore } from './support.ts';

const DAY_MS = 86_400_000;

function appends(count: number, at = Date.now()): StoreOperation[] {
  return Array.from({ length: count }, (_none, n) => ({ op: 'append', stream: 's', type: 't', at, data: n }));
}

describe('events', () => {
  it('beyond the limit are removed, the oldest first', async () => {
    const running = await startStore(newHome());
    const { store } = running;
    await store.transact(appends(1_700));
    await reload(running, { eventsMax: 100 });
    await eventually(async () => expect((await store.info()).events).toBe(100));
    expect((await store.events()).map(({ data }) => data)).toEqual(Array.from({ length: 100 }, (_none, n) => 1_600 + n));
    const [next] = await store.transact(appends(1));
    expect(Number(next)).toBeGreaterThan(1_700);
  });

  it('that are too old are removed, wherever they are in the log', async () => {
    const running = await startStore(newHome());
    const { store } = running;
    await store.transact([...appends(2), ...appends(1_200, Date.now() - 11 * DAY_MS), ...appends(3, Date.now() - 9 * DAY_MS)]);
    await reload(running, { eventsKeepDays: 10 });
    await eventually(async () => expect((await store.info()).events).toBe(5));
  });

  it('are left alone by default', async () => {
    const running = await startStore(newHome());
    await running.store.transact(appends(500, Date.now() - 80 * DAY_MS));
    await reload(running);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await running.store.info()).events).toBe(500);
  });
});

describe('a store that stops', () => {
  it('has brought its journal into the database, and stored what was called for', async () => {
    const home = newHome();
    const { store, stop } = await startStore(home);
    const late = store.transact(appends(1));
    await stop();
    expect(await late).toEqual([1]);
    expect(readdirSync(home)).toEqual(['state.db']);
    expect(statSync(join(home, 'state.db')).mode & 0o777).toBe(0o600);
  });

  it('ends an export that runs and takes its file away', async () => {
    const home = newHome();
    const { store, stop } = await startStore(home);
    for (let n = 0; n < 10; n += 1) await store.transact(appends(1_000));
    const path = join(home, 'lines');
    const outcome = refusal(() => store.exportTo(path));
    await eventually(() => expect(existsSync(path)).toBe(true));
    await stop();
    expect((await outcome).code).toBe('VP_STORE_CLOSED');
    expect(existsSync(path)).toBe(false);
  });
});

describe('a database that another program holds', () => {
  it('is an error that says so, and works again when it is let go', async () => {
    const home = newHome();
    const { store } = await startStore(home, { busyMs: 20 });
    const other = new Driver(join(home, 'state.db'));
    other.exec('BEGIN IMMEDIATE');
    expect((await refusal(() => store.transact(appends(1)))).code).toBe('VP_STORE_BUSY');
    expect(await store.count('c')).toBe(0);
    other.exec('ROLLBACK');
    other.close();
    expect(await store.transact(appends(1))).toHaveLength(1);
  });
});

describe('calls', () => {
  it('that store too much are refused', async () => {
    const { store } = await startStore(newHome(), { callMb: 0.001 });
    const error = await refusal(() => store.transact([{ op: 'put', collection: 'c', id: 'a', value: 'x'.repeat(1_000) }]));
    expect([error.code, error.message]).toEqual(['VP_STORE_VALUE', expect.stringContaining('"callMb"')]);
  });

  it('of one turn share one commit', async () => {
    const home = newHome();
    const { store } = await startStore(home);
    await store.transact(appends(1));
    const journal = (): number => statSync(join(home, 'state.db-wal')).size;
    const before = journal();
    await store.transact(appends(1));
    const one = journal() - before;
    await Promise.all(Array.from({ length: 10 }, () => store.transact(appends(1))));
    expect(journal() - before - one).toBe(one);
  });
});
