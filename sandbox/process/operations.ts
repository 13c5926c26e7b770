/** What a host was asked and has not answered. */

/** When an operation became late, and what was seen of the process since. */
export interface Lateness {
  since: number;
  cpuMs: number;
  looks: number;
  runnable: number;
}

/** One of them. Times are of `performance.now()`. */
export interface Operation {
  readonly id: number;
  readonly kind: 'start' | 'load' | 'call' | 'dispose';
  /** In words. */
  readonly what: string;
  /** As its caller set it. */
  readonly ms: number;
  readonly since: number;
  due: number;
  /** `judged`: it was late, and nothing more will come of that; its answer is still known as such. */
  state: 'open' | 'late' | 'judged';
  lateness: Lateness | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What a new operation is made of. */
export type Asked = Pick<Operation, 'kind' | 'what' | 'ms'> & { readonly allowedMs?: number };

/** Late ones whose answer is still recognised. */
const MOST_JUDGED = 16;

export class Operations {
  readonly #all = new Map<number, Operation>();
  #last = 0;

  /** Those that somebody waits for, or that are late and not judged. */
  get active(): Operation[] {
    return [...this.#all.values()].filter((one) => one.state !== 'judged');
  }

  /** Adds one that is due after `allowedMs`, or else `ms`. Its promise is settled by `resolve` and `reject`. */
  open({ kind, what, ms, allowedMs = ms }: Asked): { readonly operation: Operation; readonly answer: Promise<unknown> } {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const since = performance.now();
    const id = (this.#last += 1);
    const operation: Operation = { id, kind, what, ms, since, due: since + allowedMs, state: 'open', lateness: undefined, resolve, reject };
    this.#all.set(id, operation);
    return { operation, answer: promise };
  }

  /** Takes one out: it was answered. Undefined where nobody asked. */
  take(id: number): Operation | undefined {
    const operation = this.#all.get(id);
    this.#all.delete(id);
    return operation;
  }

  /** Stops minding one that was late. */
  judge(operation: Operation): void {
    Object.assign(operation, { state: 'judged', lateness: undefined });
    const judged = [...this.#all.values()].filter((one) => one.state === 'judged');
    for (const old of judged.slice(0, -MOST_JUDGED)) this.#all.delete(old.id);
  }

  /** Rejects all that somebody waits for. */
  rejectAll(error: Error): void {
    for (const operation of this.#all.values()) operation.reject(error);
    this.#all.clear();
  }
}
