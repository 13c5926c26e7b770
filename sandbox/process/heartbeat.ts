/** Whether a host's own thread, which no guest can hold, still answers. */
import type { Sample } from './usage.ts';

/** Only what takes longer than this is worth a ping. */
const PING_AFTER_MS = 250;
const PING_EVERY_MS = 500;
const SILENT_MS = 2_000;
/** Where the machine gives it no time, silence means nothing for this long. */
const STARVED_MS = 10_000;
/** With more CPU time than this since the ping it was not starved. */
const FAIR_SHARE_MS = 500;

interface Ping {
  readonly id: number;
  since: number;
  readonly cpuMs: number;
}

export class Heartbeat {
  readonly #send: (id: number) => void;
  #ping: Ping | undefined;
  #last = 0;
  #answered = Number.NEGATIVE_INFINITY;

  constructor(send: (id: number) => void) {
    this.#send = send;
  }

  /** Whether an answer is missing. */
  get waits(): boolean {
    return this.#ping !== undefined;
  }

  /** Asks where it is time to. `oldestMs`: how long the oldest open operation has been. */
  ask(now: number, oldestMs: number, cpuMs: number): void {
    if (this.#ping !== undefined || oldestMs < PING_AFTER_MS || now - this.#answered < PING_EVERY_MS) return;
    this.#ping = { id: (this.#last += 1), since: now, cpuMs };
    this.#send(this.#ping.id);
  }

  /** Takes an answer; false where nobody asked. */
  hear(id: number): boolean {
    if (this.#ping?.id !== id) return false;
    this.#ping = undefined;
    this.#answered = performance.now();
    return true;
  }

  /** The kernel itself was held for `ms`: an answer may not have been read. */
  forgive(ms: number): void {
    if (this.#ping !== undefined) this.#ping.since += ms;
  }

  /** How long it has been silent, in milliseconds, where that is too long. */
  silentMs(now: number, sample: Sample): number | undefined {
    if (this.#ping === undefined) return undefined;
    const silent = now - this.#ping.since;
    const starved = sample.busy && sample.cpuMs - this.#ping.cpuMs < FAIR_SHARE_MS;
    return silent > (starved ? STARVED_MS : SILENT_MS) ? silent : undefined;
  }
}
