/** Reports and records for tests: each says only what it is about. */
import type { AgentEvent, RecoveryDecision, SessionCrashReport } from '@vp/sdk';
import { classify } from '../../../plugins/recovery/classify.ts';
import type { Policy } from '../../../plugins/recovery/config.ts';
import { decide, hasProgressed, type Circumstances, type Ruling } from '../../../plugins/recovery/decide.ts';
import manifest from '../../../plugins/recovery/plugin.json' with { type: 'json' };
import { countAnew, newRecord, withEnd, type RecoveryRecord } from '../../../plugins/recovery/record.ts';

/** Noon of a Monday, UTC. */
export const NOON = Date.UTC(2026, 0, 5, 12);
export const SESSION = '11111111-2222-4333-8444-555555555555';

/** A first attempt that was ended by SIGKILL, its conversation whole. */
export function crashed(part: Partial<SessionCrashReport> = {}): SessionCrashReport {
  return {
    sessionId: SESSION,
    requestId: 'request-1',
    session: { id: SESSION, orchestrator: 'default', cwd: '/project', charterHash: 'hash' },
    attempt: 1,
    mode: 'first',
    at: new Date(NOON).toISOString(),
    state: 'crashed',
    exitCode: null,
    signal: 'SIGKILL',
    reason: 'the agent was ended by SIGKILL',
    stderrTail: '',
    lastEvents: [],
    result: null,
    resultSubtype: null,
    terminalReason: null,
    apiStatus: null,
    apiError: null,
    rateLimit: null,
    inFlight: [],
    turns: 0,
    runMs: 5_000,
    conversation: { id: SESSION, transcript: 'whole', hasPrompt: true, evidence: [] },
    oomKills: 0,
    ...part,
  };
}

/** A first attempt that failed with this result. */
export function failed(result: string | null, part: Partial<SessionCrashReport> = {}): SessionCrashReport {
  return crashed({
    state: 'failed',
    exitCode: 1,
    signal: null,
    result,
    reason: result,
    resultSubtype: 'success',
    terminalReason: 'api_error',
    turns: 1,
    ...part,
  });
}

/** An event with an id and a time. */
export function event(part: Partial<AgentEvent> & Pick<AgentEvent, 'type'>): AgentEvent {
  return { id: `${SESSION}:0`, at: NOON + 1_000, ...part };
}

/** The defaults of `plugin.json`. */
export const POLICY: Policy = {
  maxRetries: manifest.config.properties.maxRetries.default,
  maxRecoveries: manifest.config.properties.maxRecoveries.default,
  stableMs: manifest.config.properties.stableMs.default,
  backoff: { baseMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 },
  intensity: { max: 30, windowMs: 600_000 },
  rateLimit: { wait: true, maxWaitMs: 691_200_000, fallbackMs: 60_000, jitterMs: 30_000 },
};

/** Noon, in UTC, without chance. */
export function around(part: Partial<Circumstances> = {}): Circumstances {
  return { policy: POLICY, maxRetries: 3, recentRetries: 0, now: NOON, random: () => 0.5, zone: 'UTC', ...part };
}

export function record(part: Partial<RecoveryRecord> = {}): RecoveryRecord {
  return { ...newRecord(SESSION, 'request-1'), ...part };
}

/** Ends one after the other, each decided with what was before. Stops where a decision does. */
export function run(reports: readonly SessionCrashReport[], circumstances: Circumstances = around()): RecoveryDecision[] {
  let known = record();
  const decisions: RecoveryDecision[] = [];
  for (const [index, part] of reports.entries()) {
    const before = decisions.at(-1);
    if (before?.action === 'stop') break;
    const report = { ...part, attempt: index + 1, mode: before?.mode ?? 'first' } as const;
    const { ruling, next } = ruleOn(known, report, circumstances);
    decisions.push(ruling.decision);
    known = next;
  }
  return decisions;
}

/** What is decided of an end, and what is kept of it. */
export function ruleOn(
  known: RecoveryRecord,
  report: SessionCrashReport,
  circumstances: Circumstances,
): { ruling: Ruling; next: RecoveryRecord } {
  const analysis = classify(report);
  const progressed = hasProgressed(report, POLICY);
  const counts = progressed ? countAnew(known, report.attempt) : known;
  const ruling = decide(report, analysis, counts, circumstances);
  const { decision, counted } = ruling;
  const { attempt, at, mode } = report;
  const entry = { attempt, at, mode, progressed, analysis, decision, proposedBy: null, dump: null };
  return { ruling, next: withEnd(counts, entry, counted) };
}
