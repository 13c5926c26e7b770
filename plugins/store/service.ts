/** The service `store` over an engine: checks what it is given, and adds what no engine has to know. */
import { statSync } from 'node:fs';
import type { DocumentQuery, EventQuery, Store, StoredDocument, StoredEvent, StoreInfo, StoreOperation } from '@vp/sdk';
import type { Engine } from './engine.ts';
import { exportLines } from './export.ts';
import { checkDocumentQuery, checkEventQuery, checkName, checkOperations, checkWhere } from './steps.ts';
import { intoTarget } from './target.ts';

export class StoreService implements Store {
  readonly #engine: Engine;
  readonly #callBytes: number;
  /** Aborted when this generation ends. */
  readonly #signal: AbortSignal;

  constructor(engine: Engine, callBytes: number, signal: AbortSignal) {
    this.#engine = engine;
    this.#callBytes = callBytes;
    this.#signal = signal;
  }

  async transact(operations: readonly StoreOperation[]): Promise<readonly (number | null)[]> {
    const { steps, bytes } = checkOperations(operations, this.#callBytes, Date.now());
    return this.#engine.transact(steps, bytes);
  }

  async get(collection: string, id: string): Promise<StoredDocument | null> {
    return this.#engine.get(checkName('The collection', collection), checkName('The id', id));
  }

  async list(collection: string, query: DocumentQuery = {}): Promise<readonly StoredDocument[]> {
    checkDocumentQuery(query);
    return this.#engine.list(checkName('The collection', collection), query);
  }

  async count(collection: string, where?: DocumentQuery['where']): Promise<number> {
    checkWhere(where);
    return this.#engine.count(checkName('The collection', collection), where);
  }

  async events(query: EventQuery = {}): Promise<readonly StoredEvent[]> {
    checkEventQuery(query);
    return this.#engine.events(query);
  }

  async backup(path: string): Promise<{ readonly bytes: number }> {
    await intoTarget(path, () => this.#engine.backup(path));
    return { bytes: statSync(path).size };
  }

  exportTo(path: string): Promise<{ readonly documents: number; readonly events: number }> {
    return intoTarget(path, (file) => exportLines(this.#engine, file, path, this.#signal));
  }

  async info(): Promise<StoreInfo> {
    return this.#engine.info();
  }
}
