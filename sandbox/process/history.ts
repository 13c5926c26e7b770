/** How the processes of one plugin have ended, whatever its generation. */
import type { Kill } from '@vp/sdk/runtime';
import type { HostEnd, KillReason } from '../kills.ts';

const MOST_KILLS = 20;
const WINDOW_MS = 600_000;

/** A plugin that was given up. */
export interface Quarantine {
  /** Epoch milliseconds. */
  readonly since: number;
  /** Of its last end, with what was measured. */
  readonly reason: string;
  /** How often it ended. */
  readonly count: number;
}

export class Kills {
  readonly #now: () => number;
  #list: readonly Kill[] = [];
  #unasked: readonly number[] = [];
  #quarantined: Quarantine | undefined;

  /** `now` never jumps, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The newest last. */
  get list(): readonly Kill[] {
    return this.#list;
  }

  get quarantined(): Quarantine | undefined {
    return this.#quarantined;
  }

  /** Notes an end. One that was asked for leaves no trace. */
  record({ reason, detail }: HostEnd): void {
    if (reason === undefined) return;
    this.#list = [...this.#list, { at: Date.now(), reason, detail }].slice(-MOST_KILLS);
  }

  /** Counts an end that nobody asked for. Gives how many there were within ten minutes. */
  count(): number {
    const now = this.#now();
    this.#unasked = [...this.#unasked.filter((at) => now - at < WINDOW_MS), now];
    return this.#unasked.length;
  }

  /** Gives the plugin up. */
  quarantine(reason: KillReason | 'start', detail: string): void {
    this.#quarantined = { since: Date.now(), reason: `${reason}: ${detail}`, count: this.#unasked.length };
  }

  /** Lifts quarantine and forgets what it was counted from; the list of kills stays. */
  clear(): void {
    this.#unasked = [];
    this.#quarantined = undefined;
  }
}
