/**
 * Between the hooks that wait for nobody, such as `on-output`, and a plugin in another process, which takes its time. One queue for all
 * of them, so that what was said before a session's end is heard before it. Payloads wait in order; one message of several is on its way at a time; beyond a limit the oldest events are dropped, so that a slow observer costs
 * nothing but its own completeness.
 */
import type { OutputBatch } from '@vp/schemas';
import type { Limits } from '../limits.ts';

/** Where payloads go, and how many may wait. */
export interface OutputSettings {
  /** Events that may wait, those of the message on its way not counted. A payload that is no batch is one event. */
  readonly limits: Pick<Limits, 'queuedEvents'>;
  /** Hands payloads of one tap to the plugin; settles once it has taken them. Where that fails they count as dropped. */
  deliver(payloads: readonly unknown[], tap: string): Promise<void>;
  /** Is told how many events the plugin was not. */
  onDropped?(events: number): void;
  /** Is told why a message failed, of several in a row only the first. */
  onError?(error: unknown): void;
}

interface Looked {
  readonly payload: unknown;
  readonly tap: string;
}

const MESSAGE_BYTES = 262_144;

export class OutputQueue {
  readonly #settings: OutputSettings;
  #waiting: Looked[] = [];
  #idle: PromiseWithResolvers<void> | undefined;
  #events = 0;
  #dropped = 0;
  #hasFailed = false;
  #isBusy = false;
  #isClosed = false;

  constructor(settings: OutputSettings) {
    this.#settings = settings;
  }

  /** Events that the plugin was not told. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Events that wait. */
  get waiting(): number {
    return this.#events;
  }

  /** Resolves once all that waits now has been taken or dropped. */
  async idle(): Promise<void> {
    if (this.#isBusy) await (this.#idle ??= Promise.withResolvers()).promise;
  }

  /** Takes a payload for a tap. Returns at once. */
  push(payload: unknown, tap = ''): void {
    const count = countOf(payload);
    if (this.#isClosed || count === 0) return;
    this.#waiting.push({ payload, tap });
    this.#events += count;
    this.#trim();
    // Not in this very call: further ones of the same moment go along.
    if (!this.#isBusy) {
      this.#isBusy = true;
      queueMicrotask(() => void this.#pump());
    }
  }

  /** Drops what waits; nothing is delivered any more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#events = 0;
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) {
      const next = this.#next();
      try {
        await this.#settings.deliver(
          next.map(({ payload }) => payload),
          next[0]?.tap ?? '',
        );
        this.#hasFailed = false;
      } catch (error) {
        this.#failed(sumOf(next), error);
      }
    }
    this.#isBusy = false;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #failed(events: number, error: unknown): void {
    if (this.#isClosed) return;
    this.#drop(events);
    if (!this.#hasFailed) this.#settings.onError?.(error);
    this.#hasFailed = true;
  }

  #drop(events: number): void {
    this.#dropped += events;
    this.#settings.onDropped?.(events);
  }

  /** The oldest payloads of one tap, as many as fit into one message; one by itself may be larger. */
  #next(): Looked[] {
    const tap = this.#waiting[0]?.tap;
    let bytes = 0;
    let count = 0;
    while (this.#waiting[count]?.tap === tap && count < this.#waiting.length) {
      bytes += Buffer.byteLength(JSON.stringify(this.#waiting[count]?.payload));
      if (bytes > MESSAGE_BYTES && count > 0) break;
      count += 1;
    }
    const payloads = this.#waiting.splice(0, count);
    this.#events -= sumOf(payloads);
    return payloads;
  }

  /** Drops the oldest events beyond the limit: whole payloads, and of a batch at last its beginning. */
  #trim(): void {
    const surplus = this.#events - this.#settings.limits.queuedEvents;
    if (surplus <= 0) return;
    let left = surplus;
    while (left > 0) {
      const { payload, tap } = this.#waiting.shift() ?? { payload: undefined, tap: '' };
      const count = countOf(payload);
      if (count > left && isBatch(payload)) this.#waiting.unshift({ tap, payload: { ...payload, events: payload.events.slice(left) } });
      left -= Math.min(left, count);
    }
    this.#events -= surplus;
    this.#drop(surplus);
  }
}

function isBatch(payload: unknown): payload is OutputBatch {
  return typeof payload === 'object' && payload !== null && 'events' in payload && Array.isArray(payload.events);
}

function countOf(payload: unknown): number {
  return isBatch(payload) ? payload.events.length : 1;
}

function sumOf(waiting: readonly Looked[]): number {
  return waiting.reduce((sum, { payload }) => sum + countOf(payload), 0);
}
