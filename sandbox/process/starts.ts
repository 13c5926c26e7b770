/** A queue for what is heavy to begin: no more than a few at the same time. */

/** Runs acts in the order in which they came, `most` at once. */
export class Starts {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs `act` when it is its turn. @throws what `act` throws */
  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) {
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(turn.resolve);
      await turn.promise;
    } else {
      this.#running += 1;
    }
    try {
      return await act();
    } finally {
      // A turn is handed on, never given back while somebody waits: nobody can slip in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** Of all hosts of this process. Each start costs some 50 ms of a processor. */
export const hostStarts = new Starts(2);
