/** Walks the decision log and says whether its chain holds. */
import type { StoredEvent } from '@vp/sdk';
import { hashOf } from './canonical.ts';
import { GENESIS, readRecord, STREAM, type Chained } from './record.ts';

/** Reads a page of the log, oldest first, behind a place. Of the store or of its remote. */
export type ReadPage = (query: { readonly stream: string; readonly after: number }) => Promise<readonly StoredEvent[]>;

/** What a walk found. */
export interface Verified {
  readonly records: number;
  /** Verdicts that the log says it lost. */
  readonly lost: number;
  /** Place and number of the first and the last record; null in an empty log. */
  readonly first: { readonly seq: number; readonly n: number } | null;
  readonly last: { readonly seq: number; readonly n: number; readonly hash: string } | null;
  /** The walk did not begin at record 1: retention has removed the ones before, or `from` was given. */
  readonly isPartial: boolean;
  /** The first place where the chain does not hold. */
  readonly broken: { readonly seq: number; readonly why: string } | null;
}

/** The log's events, a page at a time. */
export async function* decisions(read: ReadPage, from = 0): AsyncGenerator<StoredEvent> {
  for (let after = Math.max(0, from - 1); ;) {
    const page = await read({ stream: STREAM, after });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

/** Checks every record from `from` on: its own hash, its number, and that it names the one before. */
export async function verify(read: ReadPage, from = 0): Promise<Verified> {
  let before: Chained | undefined;
  let [records, lost] = [0, 0];
  let first: Verified['first'] = null;
  let last: Verified['last'] = null;
  const result = (broken: Verified['broken']): Verified => ({
    records,
    lost,
    first,
    last,
    isPartial: first !== null && first.n > 1,
    broken,
  });
  for await (const { seq, data } of decisions(read, from)) {
    const record = readRecord(data);
    const why = record ? fault(record, before) : 'it is not a record of the log';
    if (!record || why !== undefined) return result({ seq, why: why ?? '' });
    first ??= { seq, n: record.n };
    last = { seq, n: record.n, hash: record.hash };
    records += 1;
    if (record.kind === 'gap') lost += record.lost;
    before = record;
  }
  return result(null);
}

function fault(record: Chained, before: Chained | undefined): string | undefined {
  const { hash, ...rest } = record;
  if (hashOf(rest) !== hash) return `record ${record.n} was changed: its hash does not fit its content`;
  if (before && record.n !== before.n + 1) return `records ${before.n + 1} to ${record.n - 1} are missing`;
  if (before && record.prev !== before.hash) return `record ${record.n} does not follow record ${before.n}`;
  if (!before && record.n === 1 && record.prev !== GENESIS) return 'the first record names one before it';
  return undefined;
}
