/**
 * Stored values of a sandboxed plugin. They are read once and then held as JSON text, since the kernel's store reads its whole file at
 * each call, which a guest could make the kernel do all day.
 */
import type { KeyValue } from '@vp/sdk';
import { beyond, wrong } from './refuse.ts';

const MAX_KEY = 200;
const MAX_KEYS = 1_000;

/** The values of one plugin, shared by all of its generations that overlap. */
interface Held {
  users: number;
  /** Key to JSON; undefined until somebody asked. */
  loading: Promise<Map<string, string>> | undefined;
  /** The last change; the next one begins after it. */
  last: Promise<unknown>;
}

const held = new Map<string, Held>();

/** What a generation may store. */
export class Kv {
  readonly #store: KeyValue;
  readonly #maxBytes: number;
  readonly #owner: string;
  readonly #held: Held;
  #isClosed = false;

  /** `owner` names the plugin and its state folder; `maxBytes` counts keys and values as JSON. */
  constructor(store: KeyValue, owner: string, maxBytes: number) {
    this.#store = store;
    this.#maxBytes = maxBytes;
    this.#owner = owner;
    this.#held = held.get(owner) ?? { users: 0, loading: undefined, last: Promise.resolve() };
    this.#held.users += 1;
    held.set(owner, this.#held);
  }

  async get(key: unknown): Promise<unknown> {
    const text = (await this.#values()).get(keyOf(key));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** @throws VP_SANDBOX_LIMIT where it would be more than the plugin may store. Then nothing has changed. */
  async set(key: unknown, value: unknown): Promise<void> {
    const name = keyOf(key);
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw wrong('the value to store must be JSON');
    await this.#change(async (values) => {
      const before = sizeOf(name, values.get(name));
      const total = [...values].reduce((sum, [one, of]) => sum + sizeOf(one, of), 0);
      const grown = total - before + sizeOf(name, text);
      // What is there may exceed a limit that was lowered: to shrink it is always possible.
      if (grown > this.#maxBytes && grown > total)
        throw beyond(`the stored values would be more than limits.kvBytes (${this.#maxBytes} bytes)`);
      if (!values.has(name) && values.size >= MAX_KEYS) throw beyond(`at most ${MAX_KEYS} keys are stored`);
      await this.#store.set(name, JSON.parse(text));
      values.set(name, text);
    });
  }

  async delete(key: unknown): Promise<void> {
    const name = keyOf(key);
    await this.#change(async (values) => {
      if (!values.has(name)) return;
      await this.#store.delete(name);
      values.delete(name);
    });
  }

  async keys(): Promise<string[]> {
    return [...(await this.#values()).keys()];
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held.users -= 1;
    // What was asked for before is still done: whoever comes meanwhile must see it.
    void this.#held.last.then(() => {
      if (this.#held.users === 0 && held.get(this.#owner) === this.#held) held.delete(this.#owner);
    });
  }

  #values(): Promise<Map<string, string>> {
    this.#held.loading ??= this.#load().catch((error: unknown) => {
      this.#held.loading = undefined;
      throw error;
    });
    return this.#held.loading;
  }

  async #load(): Promise<Map<string, string>> {
    const values = new Map<string, string>();
    for (const key of await this.#store.keys()) values.set(key, JSON.stringify(await this.#store.get(key)));
    return values;
  }

  /** One change at a time, and then a pause as long as it took: a guest that only writes gets half of the time, no more. */
  #change(act: (values: Map<string, string>) => Promise<void>): Promise<void> {
    const done = this.#held.last.then(async () => await act(await this.#values()));
    const begun = this.#held.last.then(() => performance.now());
    this.#held.last = Promise.allSettled([done, begun]).then(async ([, at]) => {
      const took = at.status === 'fulfilled' ? performance.now() - at.value : 0;
      await new Promise((resolve) => setTimeout(resolve, took));
    });
    return done;
  }
}

function keyOf(key: unknown): string {
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY || !key.isWellFormed()) {
    throw wrong(`a key is text of 1 to ${MAX_KEY} characters`);
  }
  return key;
}

function sizeOf(key: string, text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(text);
}
