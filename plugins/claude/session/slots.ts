/** Lets so many things be under way at one time; the others wait for their turn. */
export class Slots {
  readonly #waiting: (() => Promise<void>)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `task` when its turn has come. It must not throw. */
  run(task: () => Promise<void>): void {
    this.#waiting.push(task);
    this.#next();
  }

  #next(): void {
    const task = this.#free > 0 ? this.#waiting.shift() : undefined;
    if (task === undefined) return;
    this.#free -= 1;
    void task().finally(() => {
      this.#free += 1;
      this.#next();
    });
  }
}
