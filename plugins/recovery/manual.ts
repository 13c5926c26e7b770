/** What a person's wish that a session goes on comes to. Pure. */
import type { CrashAnalysis, RecoveryDecision, SessionCrashReport, SessionRow } from '@vp/sdk';
import { classify } from './classify.ts';
import { modeFor } from './decide.ts';
import { noteFor } from './note.ts';
import { decisionFor, type Entry, type RecoveryRecord } from './record.ts';

type Retry = Extract<RecoveryDecision, { action: 'retry' }>;

/** When and why. */
export interface Wish {
  readonly now: number;
  readonly delayMs: number;
  readonly reason: string;
}

/** The decision: by the ladder, whatever was decided before. It counts as no retry of the session's own. */
export function byHand(
  record: RecoveryRecord,
  report: SessionCrashReport,
  wish: Wish,
): { readonly entry: Entry; readonly decision: Retry } {
  const analysis = decisionFor(record, report.attempt)?.analysis ?? analysisOf(report);
  const mode = modeFor(report, analysis, record);
  const { now, delayMs, reason } = wish;
  const { attempt, at } = report;
  const note = noteFor(report, analysis, mode);
  const decision: Retry = { action: 'retry', attemptNumber: attempt + 1, mode, notBefore: now + delayMs, delayMs, note, reason, analysis };
  const entry: Entry = { attempt, at, mode: report.mode, progressed: false, analysis, decision, proposedBy: null, dump: null };
  return { entry, decision };
}

/** Stands for the report of a session that was ended on purpose, by a person or its time limit; null where it went well or has not ended. */
export function endedWithoutCrash(row: SessionRow): SessionCrashReport | null {
  if (row.state !== 'timeout' && row.state !== 'terminated') return null;
  const { sessionId, requestId, orchestrator, cwd, exitCode, signal, reason, attempts, agentSessionId } = row;
  return {
    sessionId,
    requestId,
    session: { id: sessionId, orchestrator, cwd, charterHash: '' },
    attempt: attempts,
    mode: 'first',
    at: row.endedAt ?? row.createdAt,
    state: 'failed',
    exitCode,
    signal,
    reason: reason ?? row.state,
    stderrTail: '',
    lastEvents: [],
    result: null,
    resultSubtype: row.state,
    terminalReason: null,
    apiStatus: null,
    apiError: null,
    rateLimit: null,
    inFlight: [],
    turns: row.metrics.turns,
    runMs: row.metrics.executionTime,
    conversation: {
      id: agentSessionId,
      transcript: agentSessionId === null ? 'absent' : 'whole',
      hasPrompt: agentSessionId !== null,
      evidence: [],
    },
    oomKills: 0,
  };
}

function analysisOf(report: SessionCrashReport): CrashAnalysis {
  const base = { confidence: 1, evidence: [], strategy: 'manual' as const, suggestedFixes: [] };
  if (report.resultSubtype === 'timeout')
    return { ...base, type: 'timeout', rootCause: 'The session ran out of the time that it was allowed.' };
  if (report.resultSubtype === 'terminated') return { ...base, type: 'killed', rootCause: 'The session was ended on purpose.' };
  return classify(report);
}
