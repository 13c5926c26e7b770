/** One run of a hook's taps: what has been gathered, what comes next, and the deadline. */
import type { FoldRule } from '@vp/sdk/folds';
import { freezeDeep } from './freeze.ts';

/** One run through the taps. Its deadline starts with the first tap that makes it wait: most passes never need a timer. */
export class Pass<A> {
  readonly payload: unknown;
  readonly rule: FoldRule<A>;
  gathered: A;
  over = false;
  readonly #deadlineMs: () => number;
  readonly #resolve: (result: A) => void;
  #timer: NodeJS.Timeout | undefined;
  #onTimeout: () => void = () => undefined;

  constructor(payload: unknown, rule: FoldRule<A>, deadlineMs: () => number, resolve: (result: A) => void) {
    this.payload = payload;
    this.rule = rule;
    this.gathered = rule.start(payload);
    this.#deadlineMs = deadlineMs;
    this.#resolve = resolve;
  }

  /** What the next tap is given: for a transforming hook, the value as changed so far. */
  get input(): unknown {
    // The payload was frozen once for all taps: to walk it again for each would cost more than the taps.
    return this.rule.input === undefined ? this.payload : freezeDeep(this.rule.input(this.gathered) ?? this.payload);
  }

  /** A tap makes the pass wait; `onTimeout` blames it if the deadline comes first. */
  wait(onTimeout: () => void): void {
    this.#onTimeout = onTimeout;
    this.#timer ??= setTimeout(() => {
      this.#onTimeout();
      this.end();
    }, this.#deadlineMs());
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.#timer);
    this.#resolve(freezeDeep(this.gathered));
  }
}
