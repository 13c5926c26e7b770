/** All sessions together. Pure. */
import type { SessionMetricsSummary, SessionRow, SessionState } from '@vp/sdk';
import { isEnded } from './registry.ts';
import { add, NO_USAGE } from '../protocol/tokens.ts';

/** Sums rows up. */
export function summaryOf(rows: readonly SessionRow[]): SessionMetricsSummary {
  const ended = rows.filter((row) => isEnded(row.state));
  const count = (state: SessionState): number => rows.filter((row) => row.state === state).length;
  return {
    total: rows.length,
    active: rows.length - ended.length,
    completed: count('completed'),
    failed: count('failed'),
    crashed: count('crashed'),
    timeout: count('timeout'),
    terminated: count('terminated'),
    usage: rows.reduce((sum, { usage }) => add(sum, usage), NO_USAGE),
    costUsd: rows.reduce((sum, row) => sum + (row.costUsd ?? 0), 0),
    averageExecutionTime: ended.length === 0 ? 0 : ended.reduce((sum, row) => sum + row.metrics.executionTime, 0) / ended.length,
  };
}
