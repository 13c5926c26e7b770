/** Writes transitions and ends into the store's event log, where there is a store. Nothing waits for it, and nothing of it is lost. */
import type { Facade, PluginContext, SessionState, Store } from '@vp/sdk';
import { newest } from '../state/attempts.ts';
import type { Held, Unlogged } from '../state/registry.ts';

/** Transitions of one session that are kept until the log has them. */
const KEPT = 100;
/** In one call of the store. */
const BATCH = 100;

export class EventLog {
  readonly #store: () => Facade<Store> | undefined;
  readonly #log: PluginContext['log'];
  #failing = false;

  /** `store` gives undefined while there is none. */
  constructor(store: () => Facade<Store> | undefined, log: PluginContext['log']) {
    this.#store = store;
    this.#log = log;
  }

  /** Notes the state that the session has now, to be journaled with it. A session that has ended gets its end noted too. */
  note(held: Held, previous: SessionState): void {
    const { journal, spec } = held;
    const { state, row } = journal;
    const { requestId } = spec;
    const attempt = newest(journal.attempts).n;
    const at = Date.now();
    journal.transitions += 1;
    journal.unlogged.push({
      type: 'session-state',
      at,
      key: `${attempt}:${state}:${journal.transitions}`,
      data: { attempt, state, previous, requestId },
    });
    if (row !== null) {
      const { exitCode, signal, reason, usage, costUsd, metrics } = row;
      const data = { attempt, state, requestId, exitCode, signal, reason, usage, costUsd, executionTime: metrics.executionTime };
      journal.unlogged.push({ type: 'session-ended', at, key: String(attempt), data });
    }
    journal.unlogged.splice(0, journal.unlogged.length - KEPT);
  }

  /** Sends what is noted. What the log knows already it drops. */
  flush(held: Held): void {
    const sent = [...held.journal.unlogged];
    void this.#append(held.id, sent).then((stored) => {
      if (!stored) return;
      const { unlogged } = held.journal;
      held.journal.unlogged = unlogged.filter((one) => !sent.includes(one));
    });
  }

  async #append(stream: string, events: readonly Unlogged[]): Promise<boolean> {
    const store = this.#store();
    if (store === undefined || events.length === 0) return false;
    try {
      for (let from = 0; from < events.length; from += BATCH)
        await store.transact(events.slice(from, from + BATCH).map((event) => ({ op: 'append', stream, ...event })));
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ error }, 'the event log of sessions cannot be written; what is missing is added later');
      this.#failing = true;
      return false;
    }
  }
}
