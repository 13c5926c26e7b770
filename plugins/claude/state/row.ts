/** A session as others see it. */
import type { SessionRow } from '@vp/sdk';
import { newest } from './attempts.ts';
import { since } from './clock.ts';
import { RECENT_OUTPUT } from './recent.ts';
import type { Held } from './registry.ts';
import { costSoFar, usageSoFar } from './spending.ts';

/** Milliseconds that a session's attempts have run. */
export function ranMs({ journal }: Pick<Held, 'journal'>, boot: string): number {
  return journal.attempts.reduce((sum, { ranMs: ran, started }) => sum + (ran ?? since(started, boot)), 0);
}

/** The row of `vp sessions`. */
export function rowOf(held: Held, boot: string): SessionRow {
  const { spec, journal, progress } = held;
  if (journal.row !== null) return journal.row;
  const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
  return {
    sessionId: spec.id,
    requestId: spec.requestId,
    orchestrator: spec.charter.charter.name,
    state: journal.state,
    type: spec.type,
    governed: spec.governed,
    cwd: spec.cwd,
    priority: spec.priority,
    attempts: newest(journal.attempts).n,
    pid: held.pid,
    createdAt: new Date(spec.createdAt).toISOString(),
    startedAt: iso(journal.startedAt),
    endedAt: iso(journal.endedAt),
    exitCode: journal.exitCode,
    signal: journal.signal,
    usage: usageSoFar(progress),
    costUsd: costSoFar(progress),
    result: progress.result,
    reason: journal.reason,
    agentSessionId: progress.agentSessionId,
    metrics: {
      commandsExecuted: progress.commandsExecuted,
      filesModified: progress.filesModified,
      approvalsRequested: journal.verdicts.approvals,
      denials: journal.verdicts.denials,
      errors: progress.errors,
      turns: progress.turns,
      executionTime: ranMs(held, boot),
    },
    recentOutput: progress.recentOutput.slice(-RECENT_OUTPUT),
  };
}
