/** Counters of one plugin's taps of one hook. Clocks cost more than most taps, so only one call in `SAMPLE_EVERY` is timed. */

const SAMPLE_EVERY = 16;
const SAMPLES_KEPT = 128;

/** What is known of a plugin's taps of one hook. */
export interface TapFigures {
  readonly calls: number;
  readonly errors: number;
  readonly timeouts: number;
  /** Answers that came after the deadline and were dropped. */
  readonly late: number;
  /** Answers that a shadow tap gave and that were not counted. */
  readonly shadowed: number;
  /** Milliseconds, over the newest 128 timed calls; null before the first. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export class TapStats {
  calls = 0;
  errors = 0;
  timeouts = 0;
  late = 0;
  shadowed = 0;
  readonly #samples: number[] = [];
  #next = 0;

  /** Counts a call; gives its start time where this one is to be timed, else 0. */
  begin(): number {
    this.calls += 1;
    return this.calls % SAMPLE_EVERY === 1 ? performance.now() : 0;
  }

  /** Ends a call that `begin` gave a start time for. */
  end(startedAt: number): void {
    if (startedAt === 0) return;
    this.#samples[this.#next] = performance.now() - startedAt;
    this.#next = (this.#next + 1) % SAMPLES_KEPT;
  }

  figures(): TapFigures {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const at = (share: number): number | null => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
    const { calls, errors, timeouts, late, shadowed } = this;
    return { calls, errors, timeouts, late, shadowed, p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
