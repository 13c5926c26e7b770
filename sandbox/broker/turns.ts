/** One piece of work a turn of the event loop: however much a guest asks for at once, the kernel does its own work in between. */
export class Turns {
  #last = Promise.resolve();

  /** Resolves at once where nobody else took this turn, else in one of the next. */
  take(): Promise<void> {
    const mine = this.#last;
    this.#last = mine.then(() => new Promise((resolve) => setImmediate(resolve)));
    return mine;
  }
}
