/**
 * Group commit: the calls of one turn of the event loop share one transaction, in their order. Each is all or nothing by itself, and
 * resolves when the commit is on disk.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Results, Step } from '../engine.ts';
import { errors, faultOf, storeError } from '../errors.ts';
import type { Handle, Waiting } from './handle.ts';
import { noteSuspicion } from './open.ts';
import { isConflict, writeCall, type Written } from './write.ts';

type Outcome = { readonly written: Written; readonly error?: undefined } | { readonly written?: undefined; readonly error: unknown };

export class GroupCommit {
  readonly #handle: Handle;
  readonly #maxBytes: number;

  /** With more than `maxBytes` waiting the commit is made at once: so memory is bounded and nobody is turned away. */
  constructor(handle: Handle, maxBytes: number) {
    this.#handle = handle;
    this.#maxBytes = maxBytes;
  }

  transact(steps: readonly Step[], bytes: number): Promise<Results> {
    const handle = this.#handle;
    if (handle.isClosed) return Promise.reject(errors('VP_STORE_CLOSED'));
    if (steps.length === 0) return Promise.resolve([]);
    const done = Promise.withResolvers<Results>();
    handle.waiting.push({ steps, resolve: done.resolve, reject: done.reject });
    handle.bytes += bytes;
    if (handle.bytes > this.#maxBytes) {
      handle.flush();
      return afterTurn(done.promise);
    }
    if (!handle.isScheduled) {
      handle.isScheduled = true;
      setImmediate(() => {
        handle.isScheduled = false;
        handle.flush();
      });
    }
    return done.promise;
  }

  /** Commits what waits. */
  flush(): void {
    const handle = this.#handle;
    const calls = handle.waiting;
    if (calls.length === 0) return;
    handle.waiting = [];
    handle.bytes = 0;
    const outcomes = this.#commit(calls);
    for (const [index, { resolve, reject }] of calls.entries()) {
      const outcome = outcomes[index];
      if (outcome?.written) resolve(outcome.written.results);
      else reject(outcome?.error);
    }
    const events = outcomes.flatMap((outcome) => outcome.written?.events ?? []);
    if (events.length > 0) handle.untold.push(events);
    this.#tell();
  }

  #commit(calls: readonly Waiting[]): Outcome[] {
    const { driver } = this.#handle;
    try {
      return driver.transaction(() => calls.map((call) => this.#attempt(call)));
    } catch (error) {
      const fault = faultOf(error);
      if (fault === 'corrupt') noteSuspicion(driver.path);
      // A call that is too large for the disk must not take its neighbours with it.
      const isOfOneCall = calls.length > 1 && (fault === 'full' || fault === 'other');
      if (isOfOneCall) return calls.flatMap((call) => this.#commit([call]));
      const shown = storeError(error, driver.path);
      return calls.map(() => ({ error: shown }));
    }
  }

  /** A conflict concerns one call alone; every other error ends the transaction. */
  #attempt({ steps }: Waiting): Outcome {
    try {
      return { written: writeCall(this.#handle.driver, steps) };
    } catch (error) {
      if (isConflict(error)) return { error };
      throw error;
    }
  }

  /** In the order of `seq`, also where who is told appends at once. */
  #tell(): void {
    const handle = this.#handle;
    if (handle.isTelling) return;
    handle.isTelling = true;
    try {
      for (let next = handle.untold.shift(); next !== undefined; next = handle.untold.shift()) handle.tell(next);
    } finally {
      handle.isTelling = false;
    }
  }
}

/** Who stores one large thing after the other must leave the event loop to others in between. */
async function afterTurn<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } finally {
    await turn();
  }
}
