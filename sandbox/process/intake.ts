/** From a host's lines to what may be acted on: shapes, lengths, budgets. */
import { reasonOf } from '@vp/sdk';
import type { KillReason } from '../kills.ts';
import type { FromGuest, FromHost } from '../protocol.ts';
import { Budget } from './budget.ts';
import type { HostSettings } from './settings.ts';
import { fromGuest, fromHost, isTap } from './shapes.ts';

/** Who is told. */
export interface IntakeEvents {
  /** Of the host itself. */
  readonly host: (message: Exclude<FromHost, { t: 'guest' | 'dropped' }>) => void;
  /** Takes an answer; false where nobody asked. */
  readonly answer: (message: FromGuest & { k: 'ret' }) => boolean;
  /** Whether a guest can have anything to say yet; called for each of its messages. */
  readonly heard: () => boolean;
  readonly kill: (reason: KillReason, detail: string) => void;
}

export class Intake {
  readonly #settings: HostSettings;
  readonly #events: IntakeEvents;
  readonly #budget: Budget;

  constructor(settings: HostSettings, events: IntakeEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#budget = new Budget(settings.limits);
  }

  /** Takes one line. */
  line(text: string): void {
    const message = fromHost(text, this.#settings.limits.messageBytes);
    if (message === undefined) return this.#events.kill('protocol', 'a line that is no message');
    if (message === 'long') return this.#events.kill('messages', 'a message that is too long');
    if (message.t === 'guest') return this.#guest(message.text);
    if (message.t !== 'dropped') return this.#events.host(message);
    if (this.#spend(text.length)) this.#safely(() => this.#settings.onDropped({ messages: message.messages, logs: message.logs }));
  }

  #guest(text: string): void {
    if (!this.#events.heard()) return this.#events.kill('protocol', 'a message of a guest before there was one');
    const message = fromGuest(text);
    // Answers that were asked for cost nothing: how many there are is up to the kernel.
    if (message?.k === 'ret' && this.#events.answer(message)) return;
    if (!this.#spend(text.length)) return;
    if (message !== undefined && message.k !== 'ret') return this.#safely(() => this.#settings.onMessage(message));
    // Dropped, it would leave a guard missing.
    if (message === undefined && isTap(text)) return this.#events.kill('protocol', 'it taps a hook in a way that cannot be understood');
    this.#safely(() => this.#settings.onDropped({ messages: 1, logs: 0 }));
  }

  #spend(size: number): boolean {
    const over = this.#budget.spend(size, performance.now());
    if (over !== undefined) this.#events.kill('messages', over);
    return over === undefined;
  }

  /** Whoever hears of messages must not fall over a hostile one; if it does, the plugin falls. */
  #safely(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#events.kill('protocol', `its message could not be taken: ${reasonOf(error)}`);
    }
  }
}
