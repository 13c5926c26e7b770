/** How attempts and requests end: once each, and on disk before anybody is told. */
import { reasonOf, type RecoveryDecision, type SessionCrashReport, type SessionRow, type SessionState } from '@vp/sdk';
import { errors, plainError } from './errors.ts';
import { archive, endedOf, entryOf, free, inTurn, type Entry } from './ledger.ts';
import { prune } from './prune.ts';
import type { Plan, RequestDocument } from './request.ts';
import { rowOf } from './rows.ts';
import { tell, type Tools } from './tools.ts';

/** How a request ends. */
export interface End {
  readonly outcome: SessionState;
  readonly reason: string | null;
  /** What kept its session from starting. */
  readonly error?: unknown;
  /** The row of its session, where an attempt has just ended. */
  readonly row?: SessionRow;
  /** It is taken back: false where it must not happen unless it can be written down now. */
  readonly cancelled?: boolean;
}

/** An attempt has ended. What follows for the request comes in turn, and frees its slot. */
export function attemptEnded(tools: Tools, row: SessionRow, crash: SessionCrashReport | null): void {
  const entry = entryOf(tools.ledger, row.sessionId);
  if (entry === undefined || !entry.slot || entry.settling || entry.request.state === 'queued' || row.attempts < entry.request.attempts)
    return;
  entry.settling = true;
  entry.openingUntil = 0;
  inTurn(entry, () => settle(tools, entry, row, crash)).catch((error: unknown) =>
    tools.log.error({ request: entry.request.requestId, error: reasonOf(error) }, 'an end could not be dealt with'),
  );
  tools.ledger.kick();
}

/** Ends a request. Where it is taken back and that cannot be written, it goes on. @throws then what the store throws */
export async function finish(tools: Tools, entry: Entry, end: End): Promise<void> {
  const { ledger, journal } = tools;
  const { request } = entry;
  if (request.state === 'ended') return;
  // Nothing starts it while its end is being written.
  entry.leaving = true;
  const row = end.row ?? request.row;
  const cancelled = end.cancelled === true && request.attempts === 0;
  const error = end.error === undefined ? null : plainError(end.error);
  const { outcome, reason } = end;
  const ended: RequestDocument = {
    ...request,
    state: 'ended',
    endedAt: Date.now(),
    row,
    outcome,
    reason,
    error,
    cancelled,
    plan: null,
    preempted: null,
    ends: request.ends + 1,
  };
  const key = ended.ends === 1 ? 'ended' : `ended:${ended.ends}`;
  const happened = { type: 'request-ended', key, data: { outcome, reason, costUsd: row?.costUsd ?? null } };
  if (end.cancelled === true) await journal.write(ended, happened);
  else if (!(await journal.insist(ended, happened))) return;
  const status = rowOf(ended, null, null);
  const { requestId, sessionId } = ended;
  entry.request = ended;
  free(entry);
  archive(ledger, endedOf(ended));
  letGo(tools, sessionId);
  if (end.row !== undefined) tell(tools, 'session-released', { requestId, sessionId, status: end.row });
  if (end.cancelled === true) tell(tools, 'request-cancelled', { requestId, sessionId });
  entry.begun.reject(end.error ?? errors('VP_REQUEST_ENDED', { id: requestId, state: outcome }));
  entry.ended.resolve(status);
  tell(tools, 'request-ended', { requestId, sessionId, status });
  ledger.kick();
  void prune(tools);
}

/** The session of a request that has ended need not be kept any more. */
export function letGo({ sessions, log }: Tools, sessionId: string): void {
  try {
    sessions.releaseSession(sessionId);
  } catch (error) {
    // Done when the next kernel looks through them.
    log.warn({ session: sessionId, error: reasonOf(error) }, 'an ended session could not be released');
  }
}

/** Lets a request wait for its next attempt. */
export async function requeue(tools: Tools, entry: Entry, row: SessionRow, plan: Plan): Promise<void> {
  const { request } = entry;
  const queued: RequestDocument = { ...request, state: 'queued', queuedAt: Date.now(), row, plan, attempts: row.attempts, preempted: null };
  const { mode, reason, notBefore } = plan;
  const { requestId, sessionId, attempts } = queued;
  const data = { outcome: row.state, mode, reason, notBefore };
  if (!(await tools.journal.insist(queued, { type: 'request-recovering', key: `retry:${attempts}`, data }))) return;
  const mono = performance.now();
  free(entry);
  Object.assign(entry, { request: queued, waitingSince: mono, dueAt: mono + dueIn(plan) });
  tell(tools, 'session-released', { requestId, sessionId, status: row });
  if (entry.stop !== null) return finish(tools, entry, { outcome: 'terminated', reason: STOPPED_WHILE_WAITING });
  const told = { requestId, sessionId, attempt: attempts + 1, mode, reason, notBefore: new Date(notBefore).toISOString() };
  tell(tools, 'session-recovering', told);
  tools.ledger.kick();
}

/** Why a request ended that was stopped between two attempts. */
export const STOPPED_WHILE_WAITING = 'it was stopped while it waited for a retry';

/** Milliseconds until a plan is due: by the clock, and never longer than it was meant to take. */
export function dueIn({ notBefore, delayMs }: Plan): number {
  return Math.min(Math.max(0, notBefore - Date.now()), delayMs);
}

/** A decision to retry as a plan. */
export function planOf({ mode, note, reason, notBefore, delayMs }: Extract<RecoveryDecision, { action: 'retry' }>): Plan {
  return { mode, note, reason, notBefore, delayMs };
}

async function settle(tools: Tools, entry: Entry, row: SessionRow, crash: SessionCrashReport | null): Promise<void> {
  const { preempted, attempts } = entry.request;
  if (preempted === attempts && row.state === 'terminated' && entry.stop === null) return requeue(tools, entry, row, makeWay(row));
  const decision = await decide(tools, entry, row, crash);
  if (typeof decision === 'object' && entry.stop === null) return requeue(tools, entry, row, decision);
  const reason = typeof decision === 'string' ? (row.reason ?? decision) : row.reason;
  await finish(tools, entry, { outcome: row.state, reason, row });
}

/** A plan for the next attempt, or why there is none, or nothing where nothing has to be said. */
async function decide(tools: Tools, entry: Entry, row: SessionRow, crash: SessionCrashReport | null): Promise<Plan | string | undefined> {
  if ((row.state !== 'crashed' && row.state !== 'failed') || entry.stop !== null || !tools.config.autoRecovery) return undefined;
  const recovery = tools.recovery();
  if (recovery === undefined || crash === null) return undefined;
  try {
    const decision = await recovery.handleCrash(row.sessionId, crash);
    return decision.action === 'retry' ? planOf(decision) : decision.reason;
  } catch (error) {
    tools.log.error({ session: row.sessionId, error: reasonOf(error) }, 'the recovery of a session failed');
    return `it could not be recovered: ${reasonOf(error)}`;
  }
}

/** How a session goes on that was ended to make room. One that never had a conversation begins again. */
function makeWay({ agentSessionId }: SessionRow): Plan {
  const reason = 'it made room for a more important request';
  const note = 'Your session was ended to make room for a more important one. It goes on now: continue where you stopped.';
  return { mode: agentSessionId === null ? 'anew' : 'resume', note, reason, notBefore: Date.now(), delayMs: 0 };
}
