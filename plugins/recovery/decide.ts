/** Whether, when and how a session goes on. Pure: the same input gives the same decision. */
import type { CrashAnalysis, CrashType, Park, RecoveryDecision, SessionCrashReport } from '@vp/sdk';
import { failedLast } from './classify.ts';
import type { Policy } from './config.ts';
import { backoffMs, resetOf, unnamedWaitMs, type Moment } from './delay.ts';
import { noteFor } from './note.ts';
import { inARow, sinceProgress, type RecoveryRecord } from './record.ts';

/** What is known beside the report. */
export interface Circumstances extends Moment {
  readonly policy: Policy;
  /** The limit of this session: the charter's, else the option's. */
  readonly maxRetries: number;
  /** Retries of all sessions within the window of `intensity`. */
  readonly recentRetries: number;
}

/** A decision and what follows from it. */
export interface Ruling {
  readonly decision: RecoveryDecision;
  /** It counts as a retry; a wait for a limit does not. */
  readonly counted: boolean;
  /** All wait for this. */
  readonly park: Park | null;
  /** A proposal of a plugin cannot make a retry of it, nor make it come sooner. */
  readonly final: boolean;
}

/** Kinds of ends that the same conversation may be the cause of. */
const BLAME_CONVERSATION: ReadonlySet<CrashType> = new Set(['unknown', 'segfault', 'oom']);
/** Limits of one model: other sessions may go on. */
const OF_ONE_MODEL = /opus|sonnet|haiku/i;

/** Whether the attempt got the task further. */
export function hasProgressed(report: SessionCrashReport, { stableMs }: Pick<Policy, 'stableMs'>): boolean {
  return report.runMs >= stableMs || report.turns > (failedLast(report) ? 1 : 0);
}

/** Decides. `record`: what was before this end, its counts begun anew where the attempt has progressed. */
export function decide(report: SessionCrashReport, analysis: CrashAnalysis, record: RecoveryRecord, around: Circumstances): Ruling {
  if (record.abandoned) return stop(analysis, 'A person has given this session up.', true);
  switch (analysis.type) {
    case 'auth':
    case 'billing':
    case 'config':
    case 'limit_reached':
    case 'permission':
      return stop(analysis, withFix(analysis), false);
    case 'rate_limit':
      return waitForReset(report, analysis, record, around);
    case 'context_overflow':
      return overflow(report, analysis, record, around);
    case 'oom':
      if (inARow(record, 'oom') > 0) return stop(analysis, `It ran out of memory again. ${withFix(analysis)}`, true);
      return retry(report, analysis, record, around);
    case 'segfault':
      if (inARow(record, 'segfault') > 1) return stop(analysis, `It broke down three times. ${withFix(analysis)}`, true);
      return retry(report, analysis, record, around);
    case 'overloaded':
    case 'network':
    case 'timeout':
    case 'resume_failed':
    case 'killed':
    case 'unknown':
      return retry(report, analysis, record, around);
    default:
      return never(analysis.type);
  }
}

/** A retry that counts, however the attempt ended; a stop where no more are allowed. */
export function retry(report: SessionCrashReport, analysis: CrashAnalysis, record: RecoveryRecord, around: Circumstances): Ruling {
  const { policy, maxRetries, recentRetries, random } = around;
  if (record.retries >= maxRetries) {
    const times = maxRetries === 0 ? 'No retries are allowed.' : `It got no further in ${maxRetries} retries.`;
    return stop(analysis, `${times} ${withFix(analysis)}`, true);
  }
  if (record.recoveries >= policy.maxRecoveries)
    return stop(analysis, `It has been recovered ${record.recoveries} times in all. ${withFix(analysis)}`, true);
  const step = analysis.strategy === 'immediate' ? record.retries - 1 : record.retries;
  const delay = step < 0 ? 0 : backoffMs(policy.backoff, step, random);
  const isStorm = recentRetries >= policy.intensity.max;
  const delayMs = isStorm ? Math.max(delay, policy.backoff.maxMs) : delay;
  const why = isStorm ? ` So many sessions are being recovered (${recentRetries}) that this one waits longer.` : '';
  return again(report, analysis, modeFor(report, analysis, record), delayMs, `${analysis.rootCause}${why}`, around);
}

/** The ladder: the same conversation, else a fresh one. Never a conversation that is not there, or lacks its prompt. */
export function modeFor(report: SessionCrashReport, analysis: CrashAnalysis, record: RecoveryRecord): 'resume' | 'anew' {
  const { id, transcript, hasPrompt } = report.conversation;
  // Of a damaged one the agent would take up only what comes after the damage.
  if (id === null || transcript !== 'whole' || !hasPrompt) return 'anew';
  if (analysis.type === 'resume_failed' || analysis.type === 'context_overflow') return 'anew';
  const resumed = report.mode === 'resume';
  if (!resumed || !BLAME_CONVERSATION.has(analysis.type)) return 'resume';
  const before = sinceProgress(record).at(-1);
  const segfaulted = analysis.type === 'segfault';
  return segfaulted || (before?.mode === 'resume' && BLAME_CONVERSATION.has(before.analysis.type)) ? 'anew' : 'resume';
}

function waitForReset(report: SessionCrashReport, analysis: CrashAnalysis, record: RecoveryRecord, around: Circumstances): Ruling {
  const { policy, now, random } = around;
  const { wait, maxWaitMs, jitterMs } = policy.rateLimit;
  const reset = resetOf(report, around);
  const named = reset === null ? '' : ` It is reset at ${new Date(reset).toISOString()}.`;
  if (!wait) return stop(analysis, `${analysis.rootCause}${named} Waiting is switched off (option \`rateLimit.wait\`).`, true);
  const waitMs = reset === null ? unnamedWaitMs(policy, record.waits) : reset - now;
  if (waitMs > maxWaitMs) return stop(analysis, `${analysis.rootCause}${named} That is further away than \`rateLimit.maxWaitMs\`.`, true);
  if (record.waits >= policy.maxRecoveries)
    return stop(analysis, `${analysis.rootCause} It was used up again after each of ${record.waits} waits. ${withFix(analysis)}`, true);
  const limit = report.rateLimit?.type ?? null;
  const reason = `${analysis.rootCause}${named}`;
  const park: Park = { until: now + waitMs, since: now, reason, limit };
  const delayMs = waitMs + Math.round(jitterMs * random());
  const mode = modeFor(report, analysis, record);
  const isOfOneModel = OF_ONE_MODEL.test(limit ?? `${/\b(\w+) limit/.exec(report.result ?? '')?.[1]}`);
  return { ...again(report, analysis, mode, delayMs, reason, around), counted: false, park: isOfOneModel ? null : park, final: true };
}

function overflow(report: SessionCrashReport, analysis: CrashAnalysis, record: RecoveryRecord, around: Circumstances): Ruling {
  const spoke = report.turns > 1 || report.lastEvents.some(isAnswer);
  if (!spoke && report.mode !== 'resume')
    return stop(
      analysis,
      `The first prompt alone, with what is given along with it, is too long for the model. ${withFix(analysis)}`,
      true,
    );
  if (record.entries.some((entry) => entry.analysis.type === 'context_overflow' && entry.decision.action === 'retry'))
    return stop(analysis, `A fresh conversation filled the context too. ${withFix(analysis)}`, true);
  return retry(report, analysis, record, around);
}

/** Something that the model said, and not the agent's program in its name. */
export function isAnswer(event: { readonly type: string; readonly model?: string; readonly error?: string }): boolean {
  if (event.error !== undefined || event.model === '<synthetic>') return false;
  return event.type === 'text' || event.type === 'thinking' || event.type === 'tool-call';
}

function again(
  report: SessionCrashReport,
  analysis: CrashAnalysis,
  mode: 'resume' | 'anew',
  delayMs: number,
  reason: string,
  { now }: Moment,
): Ruling {
  const note = noteFor(report, analysis, mode);
  const decision: RecoveryDecision = {
    action: 'retry',
    attemptNumber: report.attempt + 1,
    mode,
    notBefore: now + delayMs,
    delayMs,
    note,
    reason,
    analysis,
  };
  return { decision, counted: true, park: null, final: false };
}

function stop(analysis: CrashAnalysis, reason: string, final: boolean): Ruling {
  return { decision: { action: 'stop', reason, analysis }, counted: false, park: null, final };
}

function withFix({ rootCause, suggestedFixes }: CrashAnalysis): string {
  return [rootCause, ...suggestedFixes.slice(0, 2)].join(' ');
}

function never(value: never): never {
  throw new TypeError(`not handled: ${JSON.stringify(value)}`);
}
