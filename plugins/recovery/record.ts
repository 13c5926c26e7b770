/** What is kept of the recovery of one session: a document of the store. Changes are pure. */
import type { CrashAnalysis, CrashType, RecoveryDecision, RecoveryState, SessionCrashReport } from '@vp/sdk';

/** Collection of these documents; their ids are those of the sessions. */
export const RECOVERIES = 'recoveries';
const KEPT_ENTRIES = 30;

/** One end and what was decided. */
export interface Entry {
  readonly attempt: number;
  readonly at: string;
  /** How the attempt had been begun. */
  readonly mode: SessionCrashReport['mode'];
  /** It ran long enough or ended a turn well. */
  readonly progressed: boolean;
  readonly analysis: CrashAnalysis;
  readonly decision: RecoveryDecision;
  /** Plugin whose proposal was taken. */
  readonly proposedBy: string | null;
  readonly dump: string | null;
}

export type RecoveryRecord = {
  readonly format: 1;
  readonly sessionId: string;
  readonly requestId: string | null;
  /** Of the last change, epoch milliseconds. */
  readonly changedAt: number;
  readonly status: RecoveryState['status'];
  /** A person wants no more retries. */
  readonly abandoned: boolean;
  /** Retries since the session last got further, without waits for limits. */
  readonly retries: number;
  /** Waits for limits since then. */
  readonly waits: number;
  /** The first attempt whose end belongs to those counts. */
  readonly streakFrom: number;
  /** Retries in all, without waits for limits. */
  readonly recoveries: number;
  /** All that was started again in this recovery; counted for the statistics. */
  readonly restarts: number;
  readonly nextAttemptAt: number | null;
  /** Newest last. */
  readonly entries: readonly Entry[];
};

/** A record before the first crash. */
export function newRecord(sessionId: string, requestId: string | null): RecoveryRecord {
  return {
    format: 1,
    sessionId,
    requestId,
    changedAt: 0,
    status: 'succeeded',
    abandoned: false,
    retries: 0,
    waits: 0,
    streakFrom: 1,
    recoveries: 0,
    restarts: 0,
    nextAttemptAt: null,
    entries: [],
  };
}

/** Reads a stored record. @throws TypeError where it is none of this format */
export function readRecord(value: unknown): RecoveryRecord {
  const { format } = value as { readonly format?: unknown };
  if (format !== 1) throw new TypeError(`a recovery of the unknown format ${String(format)}`);
  return value as RecoveryRecord;
}

/** The session got further in this attempt: what failed before counts no more. */
export function countAnew(record: RecoveryRecord, attempt: number): RecoveryRecord {
  return { ...record, retries: 0, waits: 0, streakFrom: attempt };
}

/** Adds an end and what was decided. */
export function withEnd(record: RecoveryRecord, entry: Entry, counted: boolean): RecoveryRecord {
  const { decision } = entry;
  // A crash after a success is a recovery of its own.
  const restarts = record.status === 'succeeded' ? 0 : record.restarts;
  const entries = [...record.entries, entry].slice(-KEPT_ENTRIES);
  if (decision.action === 'stop')
    return { ...record, status: record.abandoned ? 'abandoned' : 'failed', restarts, nextAttemptAt: null, entries };
  const one = counted ? 1 : 0;
  return {
    ...record,
    status: 'waiting',
    retries: record.retries + one,
    waits: record.waits + 1 - one,
    recoveries: record.recoveries + one,
    restarts: restarts + 1,
    nextAttemptAt: decision.notBefore,
    entries,
  };
}

/** Puts another decision in the place of the newest: a person wants it so. */
export function withDecision(record: RecoveryRecord, decision: Extract<RecoveryDecision, { action: 'retry' }>): RecoveryRecord {
  const last = record.entries.at(-1);
  if (last === undefined) return record;
  const restarts = record.status === 'waiting' ? record.restarts : record.restarts + 1;
  return {
    ...record,
    status: 'waiting',
    abandoned: false,
    restarts,
    nextAttemptAt: decision.notBefore,
    entries: [...record.entries.slice(0, -1), { ...last, decision }],
  };
}

/** A person gives up a session that waits: what was decided for its last end is so no more. */
export function withAbandoned(record: RecoveryRecord): RecoveryRecord {
  const last = record.entries.at(-1);
  const reason = 'A person has given this session up.';
  const entries =
    last === undefined
      ? []
      : [...record.entries.slice(0, -1), { ...last, decision: { action: 'stop' as const, reason, analysis: last.analysis } }];
  return { ...record, status: 'abandoned', abandoned: true, nextAttemptAt: null, entries };
}

/** What was decided for an attempt; undefined where it was not asked yet. For one that is forgotten, the newest. */
export function decisionFor(record: RecoveryRecord, attempt: number): RecoveryDecision | undefined {
  const found = record.entries.findLast((entry) => entry.attempt === attempt);
  const oldest = record.entries[0];
  if (found === undefined && oldest !== undefined && attempt < oldest.attempt) return record.entries.at(-1)?.decision;
  return found?.decision;
}

/** How many ends were of a kind since the session last got further. */
export function inARow(record: RecoveryRecord, type: CrashType): number {
  return sinceProgress(record).filter(({ analysis }) => analysis.type === type).length;
}

/** Ends since the session last got further, oldest first. */
export function sinceProgress({ entries, streakFrom }: RecoveryRecord): readonly Entry[] {
  return entries.filter(({ attempt }) => attempt >= streakFrom);
}

/** As the service tells it; null where nothing has been decided yet. */
export function stateOf(record: RecoveryRecord): RecoveryState | null {
  const last = record.entries.at(-1);
  if (last === undefined) return null;
  const { sessionId, status, restarts, nextAttemptAt, entries } = record;
  return {
    sessionId,
    status,
    attempts: restarts,
    analysis: last.analysis,
    decision: last.decision,
    crashedAt: last.at,
    nextAttemptAt: status === 'waiting' && nextAttemptAt !== null ? new Date(nextAttemptAt).toISOString() : null,
    dump: entries.findLast(({ dump }) => dump !== null)?.dump ?? null,
  };
}
