/** Follows sessions that are being recovered: a new attempt, its first answer, an end that is none of a crash. */
import type { AgentEvent, Facade, Logger, RecoveryEvents, SessionEvents, SessionRow, Sessions } from '@vp/sdk';
import { isAnswer } from './decide.ts';
import type { Ledger } from './ledger.ts';
import { inTurn, withTotals } from './memory.ts';
import type { RecoveryRecord } from './record.ts';
import { withEnded } from './totals.ts';

/** What following works with. */
export interface FollowerParts {
  readonly ledger: Ledger;
  readonly sessions: Facade<Sessions, SessionEvents>;
  readonly log: Logger;
  readonly emit: <K extends keyof RecoveryEvents>(event: K, payload: RecoveryEvents[K]) => void;
}

export class Follower {
  readonly #parts: FollowerParts;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** Compares with what is while nobody listened. */
  catchUp(): void {
    const { ledger, sessions } = this.#parts;
    for (const sessionId of ledger.memory.open.keys()) {
      const row = sessions.getSessionStatus(sessionId);
      if (row === null) continue;
      this.begun(row);
      if (row.endedAt !== null) this.ended(row);
    }
  }

  /** An attempt runs. */
  begun(row: SessionRow): void {
    const open = this.#parts.ledger.memory.open.get(row.sessionId);
    if (open?.status === 'waiting' && row.attempts > open.attempt)
      this.#change(row.sessionId, (record) => this.#begin(record, row.attempts));
  }

  /** The session says something: recovered once the model has answered. */
  said(sessionId: string, events: readonly AgentEvent[]): void {
    const open = this.#parts.ledger.memory.open.get(sessionId);
    if (open === undefined || open.answered || !events.some((event) => isAnswer(event) && event.at > open.crashedAt)) return;
    open.answered = true;
    this.#change(sessionId, async (record) => {
      const attempts = this.#parts.sessions.getSessionStatus(sessionId)?.attempts ?? 0;
      await this.#end(await this.#begin(record, attempts), attempts, 'succeeded');
    });
  }

  /** An attempt has ended without a crash. */
  ended({ sessionId, state, attempts, reason }: SessionRow): void {
    if (!this.#parts.ledger.memory.open.has(sessionId)) return;
    if (state === 'completed')
      this.#change(sessionId, async (record) => this.#end(await this.#begin(record, attempts), attempts, 'succeeded'));
    if (state === 'timeout' || state === 'terminated')
      this.#change(sessionId, async (record) => this.#end(await this.#begin(record, attempts), attempts, 'failed', reason ?? state));
  }

  async #begin(record: RecoveryRecord, attempts: number): Promise<RecoveryRecord> {
    const { ledger, emit } = this.#parts;
    const last = record.entries.at(-1);
    if (record.status !== 'waiting' || last === undefined || attempts <= last.attempt) return record;
    const next: RecoveryRecord = { ...record, status: 'running', nextAttemptAt: null };
    await withTotals(ledger.memory, (totals) => ledger.write(next, { ...totals, attempts: totals.attempts + 1 }));
    emit('recovery-attempt', { sessionId: record.sessionId, attemptNumber: attempts, analysis: last.analysis });
    return next;
  }

  async #end(record: RecoveryRecord, attempts: number, how: 'succeeded' | 'failed', reason = ''): Promise<void> {
    const { ledger, emit } = this.#parts;
    if (record.status !== 'running') return;
    const { sessionId } = record;
    await withTotals(ledger.memory, (totals) => ledger.write({ ...record, status: how }, withEnded(totals, how, record.restarts)));
    if (how === 'succeeded') emit('recovery-succeeded', { sessionId, attemptNumber: attempts });
    else emit('recovery-failed', { sessionId, reason });
  }

  /** What cannot be written now is tried again with the session's next output. */
  #change(sessionId: string, act: (record: RecoveryRecord) => Promise<unknown>): void {
    const { ledger, log } = this.#parts;
    void inTurn(ledger.memory, sessionId, async () => {
      try {
        const record = await ledger.record(sessionId);
        if (record !== null) await act(record);
      } catch (error) {
        log.warn({ error, sessionId }, 'how far a recovery is could not be stored');
      } finally {
        const open = ledger.memory.open.get(sessionId);
        if (open !== undefined) open.answered = false;
      }
    });
  }
}
