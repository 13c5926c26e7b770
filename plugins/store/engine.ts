/** What keeps the data. One engine is there, SQLite; a second one has to pass the same battery of tests. */
import type { DocumentQuery, EventQuery, StoredDocument, StoredEvent, StoreInfo } from '@vp/sdk';

/** A step of a call, checked, its value already JSON. `at` in epoch milliseconds. */
export type Step =
  | {
      readonly op: 'put';
      readonly collection: string;
      readonly id: string;
      readonly json: string;
      readonly at: number;
      readonly ifVersion: number | undefined;
    }
  | { readonly op: 'remove'; readonly collection: string; readonly id: string; readonly ifVersion: number | undefined }
  | {
      readonly op: 'append';
      readonly stream: string;
      readonly type: string;
      readonly at: number;
      readonly key: string | null;
      readonly json: string;
    };

/** What a call gives: for each step the version, the `seq`, or null. */
export type Results = readonly (number | null)[];

/** A document with the collection that it is in. */
export interface CollectedDocument extends StoredDocument {
  readonly collection: string;
}

/** All data as it was at one moment, to be read a page at a time. */
export interface Snapshot {
  /** The next documents behind the last one given, in the order of collection and id; none at the end. */
  documents(after: { readonly collection: string; readonly id: string } | undefined): readonly CollectedDocument[];
  /** The next events behind this `seq`; none at the end. */
  events(after: number): readonly StoredEvent[];
  close(): void;
}

/** How long and how many events are kept. */
export interface Retention {
  readonly keepMs: number;
  readonly max: number;
}

/** Arguments have been checked. What is thrown is an error of the table. */
export interface Engine {
  /** Does all steps or none; resolves when they are on disk. */
  transact(steps: readonly Step[], bytes: number): Promise<Results>;
  get(collection: string, id: string): StoredDocument | null;
  list(collection: string, query: DocumentQuery): readonly StoredDocument[];
  count(collection: string, where: DocumentQuery['where']): number;
  events(query: EventQuery): readonly StoredEvent[];
  info(): StoreInfo;
  snapshot(): Snapshot;
  /** Copies everything into a file that is there and empty. */
  backup(path: string): Promise<void>;
  /** Removes a few of the events that are too old or too many. Gives how many; 0 when there is nothing left to remove. */
  prune(retention: Retention, now: number): number;
}
