/** Requests in the store: each change of a request and its event in one transaction. */
import {
  reasonOf,
  repository,
  type Facade,
  type Logger,
  type SessionConfig,
  type Store,
  type StoreEvents,
  type StoreOperation,
} from '@vp/sdk';
import { brake, cannotWrite } from './brake.ts';
import type { Ended, Ledger } from './ledger.ts';
import { add, NO_TOTALS, type Totals } from './metrics.ts';
import { readRequest, type RequestDocument } from './request.ts';

/** An event of the log: its type and key, and what it tells beside the request's state. */
export interface Happened {
  readonly type: string;
  readonly key: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const REQUESTS = 'requests';
const CONFIGS = 'request-configs';
const POOL = 'pool';
const BASE = 'metrics';
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export class Journal {
  readonly #store: Facade<Store, StoreEvents>;
  readonly #ledger: Ledger;
  readonly #log: Logger;
  readonly #requests;

  constructor(store: Facade<Store, StoreEvents>, ledger: Ledger, log: Logger) {
    this.#store = store;
    this.#ledger = ledger;
    this.#log = log;
    this.#requests = repository(store, REQUESTS, (value) => value);
  }

  /** Writes a new request down. @throws what the store throws */
  async accept(request: RequestDocument, config: SessionConfig, happened: Happened): Promise<void> {
    const put: StoreOperation = { op: 'put', collection: CONFIGS, id: request.requestId, value: config };
    await this.#store.transact([...this.#change(request, happened), put]);
  }

  /** Writes a change down. @throws what the store throws */
  async write(request: RequestDocument, happened?: Happened): Promise<void> {
    await this.#store.transact(this.#change(request, happened));
  }

  /** Writes a change down that has happened already: as often as it takes, until the kernel ends. False where it did. */
  async insist(request: RequestDocument, happened: Happened): Promise<boolean> {
    for (let delay = FIRST_RETRY_MS; !this.#ledger.closed; delay = Math.min(2 * delay, LAST_RETRY_MS)) {
      try {
        await this.write(request, happened);
        this.#ledger.fault = null;
        return true;
      } catch (error) {
        brake(this.#ledger, cannotWrite(error));
        this.#log.error(
          { request: request.requestId, error: reasonOf(error) },
          `could not write "${happened.type}" down; it is tried again`,
        );
        await new Promise<void>((resolve) => void setTimeout(resolve, delay).unref());
      }
    }
    return false;
  }

  async config(requestId: string): Promise<SessionConfig | null> {
    const found = await this.#store.get(CONFIGS, requestId);
    return found === null ? null : (found.value as SessionConfig);
  }

  async find(requestId: string): Promise<RequestDocument | null> {
    const found = await this.#requests.get(requestId);
    return found === null ? null : readRequest(found.value);
  }

  /** All requests that can be read. */
  async *all(): AsyncGenerator<RequestDocument> {
    for await (const { id, value } of this.#requests.all()) {
      try {
        yield readRequest(value);
      } catch (error) {
        this.#log.error({ request: id, error: reasonOf(error) }, 'a request in the store cannot be read and is left alone');
      }
    }
  }

  /** Counts of requests that are not kept any more. */
  async base(): Promise<Totals> {
    const found = await this.#store.get(POOL, BASE);
    return { ...NO_TOTALS, ...(found?.value as Partial<Totals> | undefined) };
  }

  /** Removes requests that have ended; what they add to the counts stays. Gives the counts of all that have been removed. */
  async remove(ended: readonly Ended[], base: Totals): Promise<Totals> {
    const next = ended.reduce((sum, one) => add(sum, one.share), base);
    const removals = ended.map(({ requestId }): StoreOperation => ({ op: 'remove', collection: REQUESTS, id: requestId }));
    await this.#store.transact([...removals, { op: 'put', collection: POOL, id: BASE, value: next }]);
    return next;
  }

  #change(request: RequestDocument, happened?: Happened): StoreOperation[] {
    const { requestId, sessionId, state, attempts } = request;
    const operations: StoreOperation[] = [this.#requests.put(requestId, request)];
    // What it asks for may be long and secret: it is kept as long as it is needed.
    if (state === 'ended') operations.push({ op: 'remove', collection: CONFIGS, id: requestId });
    if (happened === undefined) return operations;
    const { type, key, data } = happened;
    return [...operations, { op: 'append', stream: requestId, type, key, data: { sessionId, state, attempts, ...data } }];
  }
}
