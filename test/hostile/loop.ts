/** Whether the event loop of the kernel turns. */

const EVERY_MS = 5;

export class Loop {
  readonly turns: number[] = [];
  longestMs = 0;
  #now = performance.now();
  #count = 0;
  readonly #timer = setInterval(() => this.#turn(), EVERY_MS);

  /** A phase is over, once the loop has had the time to turn. */
  async mark(): Promise<void> {
    await pause(2 * EVERY_MS);
    this.turns.push(this.#count);
    this.#count = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #turn(): void {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.#now - EVERY_MS);
    this.#now = now;
    this.#count += 1;
  }
}

/** Waits for what is to come; false where it does not within `ms`. */
export async function until(holds: () => boolean, ms = 30_000): Promise<boolean> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) return false;
    await pause(10);
  }
  return true;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
