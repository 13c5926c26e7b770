/** What is kept of all recoveries together: one document of the store. Changes are pure. */
import type { CrashType, Park, RecoveryStatistics } from '@vp/sdk';

/** Where it is kept. */
export const TOTALS = { collection: 'recovery', id: 'totals' } as const;

export type Totals = {
  readonly format: 1;
  readonly crashes: number;
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly abandoned: number;
  /** Restarts of all recoveries that have ended. */
  readonly restarts: number;
  readonly byType: Readonly<Partial<Record<CrashType, number>>>;
  /** When retries were decided, newest last; only as many as the limit of intensity needs. */
  readonly recent: readonly number[];
  readonly park: Park | null;
};

export const NO_TOTALS: Totals = {
  format: 1,
  crashes: 0,
  attempts: 0,
  succeeded: 0,
  failed: 0,
  abandoned: 0,
  restarts: 0,
  byType: {},
  recent: [],
  park: null,
};

/** Reads the stored document. @throws TypeError where it is none of this format */
export function readTotals(value: unknown): Totals {
  const { format } = value as { readonly format?: unknown };
  if (format !== 1) throw new TypeError(`recovery totals of the unknown format ${String(format)}`);
  return value as Totals;
}

export function withCrash(totals: Totals, type: CrashType): Totals {
  return { ...totals, crashes: totals.crashes + 1, byType: { ...totals.byType, [type]: (totals.byType[type] ?? 0) + 1 } };
}

/** A retry that counts was decided. */
export function withRetry(totals: Totals, now: number, keep: number): Totals {
  return { ...totals, recent: [...totals.recent, now].slice(-keep) };
}

/** A recovery has ended after so many restarts. */
export function withEnded(totals: Totals, how: 'succeeded' | 'failed' | 'abandoned', restarts: number): Totals {
  return { ...totals, [how]: totals[how] + 1, restarts: totals.restarts + restarts };
}

/** Retries within the window. A time ahead of now was written before the clock was set back, and counts. */
export function recentRetries({ recent }: Totals, now: number, windowMs: number): number {
  return recent.filter((at) => at > now - windowMs).length;
}

export function statisticsOf(totals: Totals): RecoveryStatistics {
  const ended = totals.succeeded + totals.failed + totals.abandoned;
  return {
    totalCrashes: totals.crashes,
    recoveryAttempts: totals.attempts,
    successfulRecoveries: totals.succeeded,
    failedRecoveries: totals.failed,
    abandonedRecoveries: totals.abandoned,
    successRate: ended === 0 ? null : totals.succeeded / ended,
    averageAttempts: ended === 0 ? null : totals.restarts / ended,
    byType: totals.byType,
  };
}
