/** What a plugin's proposal at `on-crash` changes. Within bounds: no proposal can make retries that count for nothing. Pure. */
import type { Attributed, CrashAnalysis, RecoveryPlan, SessionCrashReport } from '@vp/sdk';
import { backoffMs } from './delay.ts';
import { retry, type Circumstances, type Ruling } from './decide.ts';
import type { RecoveryRecord } from './record.ts';

/** A ruling, and the plugin whose proposal changed it. */
export interface Considered {
  readonly ruling: Ruling;
  readonly proposedBy: string | null;
}

/**
 * Takes a proposal into account. `manual` always stops. A stop for its kind (credentials, billing, settings) may become a retry; that
 * counts and waits at least as long as the backoff. What is final stays: limits of retries, waits for a reset, what a person decided.
 */
export function consider(
  report: SessionCrashReport,
  analysis: CrashAnalysis,
  record: RecoveryRecord,
  around: Circumstances,
  ruling: Ruling,
  proposal: Attributed<RecoveryPlan> | undefined,
): Considered {
  if (proposal === undefined) return { ruling, proposedBy: null };
  const { plugin, strategy, reason } = proposal;
  const words = `${reason} (${plugin})`;
  if (strategy === 'manual')
    return ruling.decision.action === 'stop'
      ? { ruling, proposedBy: null }
      : {
          ruling: { decision: { action: 'stop', reason: words, analysis }, counted: false, park: ruling.park, final: true },
          proposedBy: plugin,
        };
  if (ruling.final) return { ruling, proposedBy: null };
  const base = ruling.decision.action === 'stop' ? retry(report, analysis, record, around) : ruling;
  if (base.decision.action === 'stop') return { ruling: base, proposedBy: null };
  const { backoff, intensity, rateLimit } = around.policy;
  const least = around.recentRetries >= intensity.max ? base.decision.delayMs : floorOf(analysis, record, around, ruling);
  const wished = strategy === 'immediate' ? 0 : (proposal.delayMs ?? base.decision.delayMs);
  const delayMs = Math.min(Math.max(least, wished), Math.max(rateLimit.maxWaitMs, backoff.maxMs));
  return {
    ruling: { ...base, decision: { ...base.decision, delayMs, notBefore: around.now + delayMs, reason: words } },
    proposedBy: plugin,
  };
}

/** The first retry may come at once, unless the end is of a kind that retries do not mend. */
function floorOf(
  { strategy }: CrashAnalysis,
  { retries }: RecoveryRecord,
  { policy, random }: Circumstances,
  { decision }: Ruling,
): number {
  if (decision.action === 'retry' && retries === 0) return 0;
  const step = strategy === 'immediate' ? retries - 1 : retries;
  return backoffMs(policy.backoff, Math.max(0, step), random);
}
