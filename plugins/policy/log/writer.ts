/**
 * Writes the decision log. A verdict never waits for it: records queue in memory up to a bound, and what does not fit is counted and
 * chained as a gap once the store writes again. One for all generations of the plugin, so that there is one writer of the chain.
 */
import type { Store, StoreOperation } from '@vp/sdk';
import { bodyOf, chain, GENESIS, readRecord, STREAM, type Body, type Chained, type Taken } from './record.ts';

/** What the log writes with. Changes hands when the plugin is reloaded. */
export interface LogTarget {
  readonly store: Pick<Store, 'transact' | 'events'>;
  readonly maxPending: number;
  /** Told when verdicts can no longer be written, and when they can again with how many were lost. */
  readonly failing: (error: unknown) => void;
  readonly recovered: (lost: number) => void;
}

const BATCH = 200;
const RETRY_MS = 1_000;

export class DecisionLog {
  #target: LogTarget | undefined;
  #head: { readonly n: number; readonly hash: string } | undefined;
  #pending: Taken[] = [];
  /** Chained already and perhaps written: tried again as they are, since a store that failed may have kept them. */
  #tried: readonly Chained[] = [];
  #lost: { count: number; from: number; to: number } | undefined;
  #why: string | undefined;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** Writes with this target from now on. */
  attach(target: LogTarget): void {
    this.#target = target;
    this.#kick();
  }

  /** Takes a verdict in. Never throws and never waits. */
  add(taken: Taken): void {
    if (this.pending >= (this.#target?.maxPending ?? BATCH)) this.#lose(taken.at);
    else this.#pending.push(taken);
    this.#kick();
  }

  /** Verdicts that wait to be written. */
  get pending(): number {
    return this.#pending.length + this.#tried.length;
  }

  /** Resolves when what is there has been written, or one more try has failed. */
  async flush(): Promise<void> {
    await this.#writing;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#write();
  }

  /** Ends it. What cannot be written now is lost. */
  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    clearTimeout(this.#retry);
    this.#target = undefined;
  }

  #lose(at: number): void {
    this.#lost ??= { count: 0, from: at, to: at };
    this.#lost.count += 1;
    this.#lost.to = at;
  }

  #kick(): void {
    if (this.#writing || this.#retry || !this.#target) return;
    // Behind the verdict, not before its answer.
    this.#writing = new Promise<void>((resolve) => void setImmediate(resolve))
      .then(() => this.#write())
      .finally(() => {
        this.#writing = undefined;
        if (this.pending > 0 && !this.#retry) this.#kick();
      });
  }

  async #write(): Promise<void> {
    const target = this.#target;
    if (!target) return;
    try {
      while (this.pending > 0 || this.#lost) await this.#writeBatch(target);
    } catch (error) {
      if (this.#why === undefined) target.failing(error);
      this.#why = error instanceof Error ? error.message : String(error);
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.#kick();
      }, RETRY_MS).unref();
    }
  }

  async #writeBatch({ store, recovered }: LogTarget): Promise<void> {
    this.#head ??= await headOf(store);
    if (this.#tried.length === 0) this.#tried = this.#chained(this.#head);
    const seqs = await store.transact(this.#tried.map(stored));
    const last = this.#tried.at(-1);
    const written = this.#tried;
    this.#tried = [];
    // A key that was known: these very records, written by a try that seemed to fail. Else another writer, whose end is read again.
    if (seqs.includes(null) && (await headOf(store)).hash !== last?.hash) {
      this.#head = undefined;
      this.#loseAll(written);
      return;
    }
    if (last) this.#head = last;
    if (this.#why === undefined) return;
    this.#why = undefined;
    recovered(written.reduce((sum, record) => sum + (record.kind === 'gap' ? record.lost : 0), 0));
  }

  #chained(start: { readonly n: number; readonly hash: string }): Chained[] {
    const bodies: Body[] = this.#pending.splice(0, BATCH).map(bodyOf);
    const lost = this.#lost;
    if (lost && this.#pending.length === 0) {
      this.#lost = undefined;
      const { count, from, to } = lost;
      bodies.push({ kind: 'gap', at: Date.now(), lost: count, from, to, why: this.#why ?? 'more verdicts than could be written' });
    }
    let head = start;
    return bodies.map((body) => {
      const record = chain(body, head);
      head = record;
      return record;
    });
  }

  #loseAll(records: readonly Chained[]): void {
    for (const { kind, at } of records) if (kind === 'verdict') this.#lose(at);
  }
}

function stored(record: Chained): StoreOperation {
  return { op: 'append', stream: STREAM, type: record.kind, at: record.at, key: String(record.n), data: record };
}

async function headOf(store: Pick<Store, 'events'>): Promise<{ n: number; hash: string }> {
  const [newest] = await store.events({ stream: STREAM, newestFirst: true, limit: 1 });
  const record = readRecord(newest?.data);
  return record ? { n: record.n, hash: record.hash } : { n: 0, hash: GENESIS };
}
