/** Values that outlive a generation: made by the first who asks, ended when the last who asked has gone. */
import type { Undo } from '@vp/sdk';

interface Held {
  readonly value: unknown;
  readonly end: (() => void | Promise<void>) | undefined;
  holders: number;
}

export class Shared {
  readonly #held = new Map<string, Held>();

  /** The value, and how to let go of it. */
  hold<T>(key: string, create: () => T, end?: (value: T) => void | Promise<void>): { value: T; release: Undo } {
    const held = this.#held.get(key) ?? this.#create(key, create, end);
    held.holders += 1;
    return { value: held.value as T, release: () => this.#release(key, held) };
  }

  #create<T>(key: string, create: () => T, end: ((value: T) => void | Promise<void>) | undefined): Held {
    const value = create();
    const held: Held = { value, end: end && (() => end(value)), holders: 0 };
    this.#held.set(key, held);
    return held;
  }

  async #release(key: string, held: Held): Promise<void> {
    held.holders -= 1;
    if (held.holders > 0) return;
    this.#held.delete(key);
    await held.end?.();
  }
}
