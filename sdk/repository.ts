/** One collection of the store, with the type of its documents. */
import type { Facade } from './service.ts';
import type { DocumentQuery, Store, StoreEvents, StoreOperation } from './services/store.ts';

/** A document and its version. */
export interface Stored<T> {
  readonly id: string;
  readonly version: number;
  readonly value: T;
}

/** Typed access to a collection. Writes are operations, so that they can share a transaction with others. */
export interface Repository<T> {
  get(id: string): Promise<Stored<T> | null>;
  /** All that fit, in the order of their ids, read a page at a time. */
  all(where?: DocumentQuery['where']): AsyncGenerator<Stored<T>>;
  put(id: string, value: T, ifVersion?: number): StoreOperation;
  remove(id: string): StoreOperation;
}

/** Makes a repository. `read` checks a stored value and gives it its type; a value of an earlier version is brought up to date there. */
export function repository<T>(store: Facade<Store, StoreEvents>, collection: string, read: (value: unknown) => T): Repository<T> {
  return {
    async get(id) {
      const found = await store.get(collection, id);
      return found === null ? null : { id, version: found.version, value: read(found.value) };
    },
    async *all(where) {
      let after: string | undefined;
      for (;;) {
        const page = await store.list(collection, { ...(where ? { where } : {}), ...(after === undefined ? {} : { after }) });
        for (const { id, version, value } of page) yield { id, version, value: read(value) };
        after = page.at(-1)?.id;
        if (after === undefined) return;
      }
    },
    put: (id, value, ifVersion) => ({ op: 'put', collection, id, value, ...(ifVersion === undefined ? {} : { ifVersion }) }),
    remove: (id) => ({ op: 'remove', collection, id }),
  };
}
