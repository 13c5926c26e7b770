/** Reads and writes what is kept of recoveries. A change is in memory only once it is on disk. */
import { repository, type Facade, type Store, type StoreEvents } from '@vp/sdk';
import { remember, type Memory, type Open } from './memory.ts';
import { newRecord, readRecord, RECOVERIES, type RecoveryRecord } from './record.ts';
import { readTotals, TOTALS, type Totals } from './totals.ts';

const DAY_MS = 86_400_000;
const OPEN = ['waiting', 'running'] as const;

export class Ledger {
  readonly memory: Memory;
  readonly #store: Facade<Store, StoreEvents>;
  readonly #records;

  constructor(store: Facade<Store, StoreEvents>, memory: Memory) {
    this.memory = memory;
    this.#store = store;
    this.#records = repository(store, RECOVERIES, readRecord);
  }

  /** Reads what an earlier kernel left. */
  async load(): Promise<void> {
    if (this.memory.loaded) return;
    const totals = await this.#store.get(TOTALS.collection, TOTALS.id);
    if (totals !== null) remember(this.memory, readTotals(totals.value), Date.now());
    for (const status of OPEN) for await (const { value } of this.#records.all({ status })) this.#note(value);
    this.memory.loaded = true;
  }

  async record(sessionId: string): Promise<RecoveryRecord | null> {
    return (await this.#records.get(sessionId))?.value ?? null;
  }

  async recordOrNew(sessionId: string, requestId: string | null): Promise<RecoveryRecord> {
    return (await this.record(sessionId)) ?? newRecord(sessionId, requestId);
  }

  /** Writes both in one transaction. @throws what the store throws; then nothing has changed */
  async write(changed: RecoveryRecord, totals: Totals): Promise<void> {
    const record = { ...changed, changedAt: Date.now() };
    const { collection, id } = TOTALS;
    await this.#store.transact([this.#records.put(record.sessionId, record), { op: 'put', collection, id, value: totals }]);
    this.#note(record);
    remember(this.memory, totals, Date.now());
  }

  async writeTotals(totals: Totals): Promise<void> {
    await this.#store.transact([{ op: 'put', ...TOTALS, value: totals }]);
    remember(this.memory, totals, Date.now());
  }

  /** Removes recoveries that have not changed for so long. */
  async prune(keepDays: number, now: number): Promise<void> {
    for await (const { id, value } of this.#records.all()) {
      if (value.changedAt >= now - keepDays * DAY_MS) continue;
      await this.#store.transact([this.#records.remove(id)]);
      this.memory.open.delete(id);
    }
  }

  #note({ sessionId, status, entries }: RecoveryRecord): void {
    const last = entries.at(-1);
    if (last === undefined || (status !== 'waiting' && status !== 'running')) return void this.memory.open.delete(sessionId);
    const open: Open = { status, attempt: last.attempt, crashedAt: Date.parse(last.at), answered: false };
    this.memory.open.set(sessionId, open);
  }
}
