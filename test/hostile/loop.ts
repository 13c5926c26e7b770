/** Whether the event loop of the kernel turns. */

const EVERY_MS = 5;

export class Loop {
  readonly turns: number[] = [];
  /** The longest time between two turns, whatever the reason: another process may have had the processor. */
  longestMs = 0;
  /** The most processor time that this thread used between two turns: by so much the loop was held by its own work. */
  heldMs = 0;
  #now = performance.now();
  #used = usedMs();
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
    const used = usedMs();
    this.heldMs = Math.max(this.heldMs, used - this.#used);
    this.#used = used;
    this.#now = now;
    this.#count += 1;
  }
}

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
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
