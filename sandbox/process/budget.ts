/** How much a host may say within a window. */
import { WINDOW_MS, type Limits } from '../limits.ts';

/** Far more than honest messages come to, and little enough for the kernel to read beside its work. */
const LEAST_BYTES = 64 * 1024 * 1024;
const LONGEST_MESSAGES = 16;

/** Counts messages and bytes in windows that begin with the first message. */
export class Budget {
  readonly #messages: number;
  readonly #bytes: number;
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  #size = 0;

  constructor(limits: Limits) {
    this.#messages = limits.messages;
    this.#bytes = Math.max(LEAST_BYTES, LONGEST_MESSAGES * limits.messageBytes);
  }

  /** Counts one message. Gives what is too much, in words, and undefined where nothing is. */
  spend(bytes: number, now: number): string | undefined {
    if (now - this.#since > WINDOW_MS) {
      this.#since = now;
      this.#count = 0;
      this.#size = 0;
    }
    this.#count += 1;
    this.#size += bytes;
    const within = `within ${WINDOW_MS / 1_000} s`;
    if (this.#count > this.#messages) return `more than ${this.#messages} messages ${within}`;
    if (this.#size > this.#bytes) return `more than ${Math.round(this.#bytes / 1024 / 1024)} MB of messages ${within}`;
    return undefined;
  }
}
