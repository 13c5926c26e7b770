/** The service `store`: documents and an append-only log of events. What a call has resolved for is on disk. */
import { defineService, type ServiceRef } from '../service.ts';

/** A document: JSON under a name in a collection. */
export interface StoredDocument {
  readonly id: string;
  /** Counts the writes of this document, from 1. */
  readonly version: number;
  /** Epoch milliseconds of the last write. */
  readonly updatedAt: number;
  readonly value: unknown;
}

/** Something that happened, to be kept. */
export interface NewStoredEvent {
  /** What it belongs to, such as a session's id. */
  readonly stream: string;
  readonly type: string;
  /** Epoch milliseconds; default now. */
  readonly at?: number;
  /** Unique in its stream: a second event with the same key is dropped. Makes an append that is tried again safe. */
  readonly key?: string;
  readonly data: unknown;
}

/** An event in the log. */
export interface StoredEvent {
  /** Place in the log; grows, never used twice, may have gaps. */
  readonly seq: number;
  readonly at: number;
  readonly stream: string;
  readonly type: string;
  readonly key: string | null;
  readonly data: unknown;
}

/** One step of a transaction. */
export type StoreOperation =
  | {
      readonly op: 'put';
      readonly collection: string;
      readonly id: string;
      /** Any JSON value. */
      readonly value: unknown;
      /** Only if the document has this version; 0 = only if there is none. */
      readonly ifVersion?: number;
    }
  | { readonly op: 'remove'; readonly collection: string; readonly id: string; readonly ifVersion?: number }
  | ({ readonly op: 'append' } & NewStoredEvent);

/** Which documents of a collection, in the order of their ids. */
export interface DocumentQuery {
  /** Equal values of top-level fields. */
  readonly where?: Readonly<Record<string, string | number | boolean | null>>;
  /** Only ids behind this one. */
  readonly after?: string;
  /** Default and maximum 1,000. */
  readonly limit?: number;
}

/** Which events. */
export interface EventQuery {
  /** Only with a `seq` above this. */
  readonly after?: number;
  readonly stream?: string;
  readonly types?: readonly string[];
  /** Only from this time on, epoch milliseconds. */
  readonly since?: number;
  /** Newest first. Default: oldest first. */
  readonly newestFirst?: boolean;
  /** Default and maximum 1,000. */
  readonly limit?: number;
}

/** What is known of the store itself. */
export interface StoreInfo {
  readonly engine: string;
  /** Where it is: a file, or a server without its credentials. */
  readonly location: string;
  readonly schemaVersion: number;
  readonly bytes: number;
  readonly documents: number;
  readonly events: number;
  /** A database that was damaged and put aside when this one was opened. */
  readonly putAside: { readonly path: string; readonly at: string; readonly documents: number; readonly events: number } | null;
}

/**
 * Methods of the service. Every method may throw VP_STORE_FULL (no space), VP_STORE_READONLY, VP_STORE_BUSY (another program holds the
 * database), VP_STORE_BROKEN, and VP_STORE_VALUE (a name, a value or a query that cannot be); then nothing of that call has been stored.
 */
export interface Store {
  /**
   * Does all steps or none. Resolves once they are on disk; several calls share one commit. Gives the version of each `put` and the
   * `seq` of each `append` (null where its key was known already), in order; null for `remove`.
   * @throws VP_STORE_CONFLICT where `ifVersion` does not hold
   */
  transact(operations: readonly StoreOperation[]): Promise<readonly (number | null)[]>;
  get(collection: string, id: string): Promise<StoredDocument | null>;
  list(collection: string, query?: DocumentQuery): Promise<readonly StoredDocument[]>;
  count(collection: string, where?: DocumentQuery['where']): Promise<number>;
  events(query?: EventQuery): Promise<readonly StoredEvent[]>;
  /** Copies all of it into a new file while it is in use. @throws VP_STORE_TARGET where the path is relative or taken */
  backup(path: string): Promise<{ readonly bytes: number }>;
  /** Writes all of it as JSON, one document or event a line. @throws VP_STORE_TARGET */
  exportTo(path: string): Promise<{ readonly documents: number; readonly events: number }>;
  info(): Promise<StoreInfo>;
}

/** Events of the service. */
export interface StoreEvents {
  /** Each append once it is on disk, in the order of `seq`. */
  appended: readonly StoredEvent[];
}

const text = { type: 'string', minLength: 1 } as const;
const where = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } } as const;
const limit = { type: 'integer', minimum: 1, maximum: 1000 } as const;

export const store: ServiceRef<Store, StoreEvents> = defineService<Store, StoreEvents>('store', {
  version: 1,
  methods: {
    transact: {},
    get: { remote: true, params: [text, text] },
    list: {
      remote: true,
      params: [text, { type: 'object', additionalProperties: false, properties: { where, after: text, limit } }],
      required: 1,
    },
    count: { remote: true, params: [text, where], required: 1 },
    events: {
      remote: true,
      params: [
        {
          type: 'object',
          additionalProperties: false,
          properties: {
            after: { type: 'integer' },
            stream: text,
            types: { type: 'array', items: text },
            since: { type: 'number' },
            newestFirst: { type: 'boolean' },
            limit,
          },
        },
      ],
      required: 0,
    },
    backup: { remote: true, params: [text] },
    exportTo: { remote: true, params: [text] },
    info: { remote: true, params: [] },
  },
  events: ['appended'],
});
