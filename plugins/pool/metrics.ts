/** Counts over the life of the state folder. Pure. */
import type { PoolMetrics, SessionState } from '@vp/sdk';
import type { RequestDocument } from './request.ts';

/** What one ended request adds. */
export interface Share {
  readonly outcome: SessionState;
  readonly cancelled: boolean;
  /** Its session began. */
  readonly begun: boolean;
  /** It completed after a retry. */
  readonly recovered: boolean;
  readonly tokens: number;
  readonly costUsd: number;
  /** Milliseconds; null where it never ran. */
  readonly executionMs: number | null;
  readonly waitMs: number | null;
}

/** Sums of shares. */
export interface Totals {
  readonly sessions: number;
  readonly completed: number;
  readonly failed: number;
  readonly crashed: number;
  readonly timeout: number;
  readonly terminated: number;
  readonly cancelled: number;
  readonly recovered: number;
  readonly tokens: number;
  readonly costUsd: number;
}

/** Nothing yet. */
export const NO_TOTALS: Totals = {
  sessions: 0,
  completed: 0,
  failed: 0,
  crashed: 0,
  timeout: 0,
  terminated: 0,
  cancelled: 0,
  recovered: 0,
  tokens: 0,
  costUsd: 0,
};

/** Of how many ended requests times are averaged. */
const TIMES = 1_000;

/** What an ended request adds. */
export function shareOf(request: RequestDocument): Share {
  const { row, outcome, cancelled, attempts, createdAt, startedAt } = request;
  const usage = row?.usage;
  return {
    outcome: outcome ?? 'failed',
    cancelled,
    begun: attempts > 0,
    recovered: outcome === 'completed' && attempts > 1,
    tokens: usage ? usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheCreationTokens : 0,
    costUsd: row?.costUsd ?? 0,
    executionMs: row === null ? null : row.metrics.executionTime,
    waitMs: startedAt === null ? null : Math.max(0, startedAt - createdAt),
  };
}

/** Adds a share; takes it away again with `sign` -1, where a request that had ended goes on. */
export function add(totals: Totals, share: Share, sign: 1 | -1 = 1): Totals {
  const is = (holds: boolean): number => (holds ? sign : 0);
  return {
    sessions: totals.sessions + is(share.begun),
    completed: totals.completed + is(share.outcome === 'completed'),
    failed: totals.failed + is(share.outcome === 'failed'),
    crashed: totals.crashed + is(share.outcome === 'crashed'),
    timeout: totals.timeout + is(share.outcome === 'timeout'),
    terminated: totals.terminated + is(share.outcome === 'terminated' && !share.cancelled),
    cancelled: totals.cancelled + is(share.cancelled),
    recovered: totals.recovered + is(share.recovered),
    tokens: totals.tokens + sign * share.tokens,
    costUsd: totals.costUsd + sign * share.costUsd,
  };
}

/** Times of the newest ended requests, and their means. */
export class Times {
  readonly #waits: number[] = [];
  readonly #runs: number[] = [];

  add({ waitMs, executionMs }: Share): void {
    keep(this.#waits, waitMs);
    keep(this.#runs, executionMs);
  }

  get meanWait(): number | null {
    return mean(this.#waits);
  }

  get maxWait(): number | null {
    return this.#waits.length === 0 ? null : Math.max(...this.#waits);
  }

  get meanRun(): number | null {
    return mean(this.#runs);
  }
}

function keep(list: number[], value: number | null): void {
  if (value === null) return;
  list.push(value);
  if (list.length > TIMES) list.shift();
}

function mean(list: readonly number[]): number | null {
  return list.length === 0 ? null : list.reduce((sum, one) => sum + one, 0) / list.length;
}

/** The metrics as others see them. `active` sessions hold a slot now, `begun` ones of open requests have run. */
export function metricsOf(
  totals: Totals,
  times: Times,
  now: { readonly active: number; readonly begun: number; readonly queued: number; readonly max: number },
): PoolMetrics {
  return {
    totalSessions: totals.sessions + now.begun,
    activeSessions: now.active,
    completedSessions: totals.completed,
    failedSessions: totals.failed,
    crashedSessions: totals.crashed,
    timeoutSessions: totals.timeout,
    terminatedSessions: totals.terminated,
    cancelledRequests: totals.cancelled,
    recoveredSessions: totals.recovered,
    queueLength: now.queued,
    utilization: Math.min(1, now.active / now.max),
    averageExecutionTime: times.meanRun,
    averageWaitTime: times.meanWait,
    maxWaitTime: times.maxWait,
    totalTokens: totals.tokens,
    costUsd: totals.costUsd,
  };
}
