/** What a host does while nothing is asked of it: CPU time within any second. */

const WINDOW_MS = 1_000;

export class Unasked {
  readonly #cpuMs: number;
  #spentMs = 0;
  #passedMs = 0;

  /** `cpuMs`: what it may use within a second. */
  constructor(cpuMs: number) {
    this.#cpuMs = cpuMs;
  }

  /** Adds a stretch of time in which nothing was open. Gives what was used and in which time, where that is too much. */
  add(cpuMs: number, passedMs: number): { readonly cpuMs: number; readonly passedMs: number } | undefined {
    this.#spentMs += cpuMs;
    this.#passedMs += passedMs;
    const seen = { cpuMs: this.#spentMs, passedMs: this.#passedMs };
    if (this.#passedMs >= WINDOW_MS) {
      this.#spentMs = 0;
      this.#passedMs = 0;
    }
    return seen.cpuMs > (this.#cpuMs * Math.max(seen.passedMs, WINDOW_MS)) / WINDOW_MS ? seen : undefined;
  }
}
