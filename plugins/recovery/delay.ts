/** How long to wait. Pure. */
import type { Backoff, Policy } from './config.ts';
import { resetIn } from './reset.ts';
import type { SessionCrashReport } from '@vp/sdk';

/** Where time and chance come from. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** The zone that the agent runs in. */
  readonly zone: string;
}

/** Milliseconds before retry number `n`, from 0. Never above `maxMs`. */
export function backoffMs({ baseMs, factor, maxMs, jitter }: Backoff, n: number, random: () => number): number {
  const full = Math.min(maxMs, baseMs * factor ** n);
  return Math.round(Math.min(maxMs, full * (1 - jitter + 2 * jitter * random())));
}

/** When a used-up limit is reset, epoch milliseconds; null where that is not said or is past. */
export function resetOf(report: SessionCrashReport, { now, zone }: Moment): number | null {
  const said = Date.parse(report.at);
  const named = report.rateLimit?.resetsAt ?? resetIn(report.result ?? report.reason ?? '', Number.isNaN(said) ? now : said, zone);
  return named !== undefined && Number.isFinite(named) && named > now ? named : null;
}

/** Milliseconds to wait for a limit without a known reset: longer each time, since the last one was not long enough. */
export function unnamedWaitMs({ rateLimit, backoff }: Policy, waits: number): number {
  return Math.min(rateLimit.fallbackMs * 2 ** waits, Math.max(rateLimit.fallbackMs, backoff.maxMs), rateLimit.maxWaitMs);
}
