/** What taps of `on-crash` are given. Pure. */
import type { CrashAnalysis, CrashReport, SessionCrashReport } from '@vp/sdk';

export function payloadOf(report: SessionCrashReport, analysis: CrashAnalysis, retries: number): CrashReport {
  const at = Date.parse(report.at);
  const { session, exitCode, signal, attempt, stderrTail, state, mode, reason, apiStatus } = report;
  return {
    at: Number.isNaN(at) ? Date.now() : at,
    session,
    exitCode,
    signal,
    attempt,
    stderrTail,
    lastEventId: report.lastEvents.at(-1)?.id ?? null,
    state,
    mode,
    reason,
    apiStatus,
    crashType: analysis.type,
    rootCause: analysis.rootCause,
    confidence: analysis.confidence,
    strategy: analysis.strategy,
    retries,
  };
}
