/** What a session has used up over all its attempts, and what begins anew with each of them. Pure. */
import type { Usage } from '@vp/sdk';
import type { Attempt } from './attempts.ts';
import { begin, type Progress } from './state.ts';
import { add, NO_USAGE, subtract } from '../protocol/tokens.ts';

/** Tokens so far in all attempts, the turn that runs included. */
export function usageSoFar({ past, base, settled, running }: Progress): Usage {
  const here = subtract(settled, base?.usage ?? NO_USAGE);
  return add(add(past.usage, here), add(running.before, running.last));
}

/** Dollars so far in all attempts; null where no turn has ended. */
export function costSoFar({ past, base, costUsd }: Progress): number | null {
  if (costUsd === null) return past.costUsd;
  return (past.costUsd ?? 0) + Math.max(0, costUsd - (base?.costUsd ?? 0));
}

/**
 * Begins the attempts whose output starts at or before `offset`: a new process of the agent, which knows nothing of what was under way.
 * Changes `progress`.
 */
export function enter(progress: Progress, attempts: readonly Attempt[], offset: number): void {
  for (const { n, base, outOffset } of attempts) {
    if (outOffset > offset || n <= progress.attempt) continue;
    const past = { usage: usageSoFar(progress), costUsd: costSoFar(progress) };
    const { running, settled, costUsd, ...fresh } = begin();
    const { agentSessionId, model, version, turns, commandsExecuted, filesModified, errors, modified, recentOutput, lost } = progress;
    const kept = { agentSessionId, model, version, turns, commandsExecuted, filesModified, errors, modified, recentOutput, lost };
    const { stderrTail } = progress;
    Object.assign(progress, { ...fresh, ...kept, stderrTail, past, base, running, settled: base?.usage ?? settled, costUsd, attempt: n });
  }
}

/** The same for standard error. */
export function enterErr(progress: Progress, attempts: readonly Attempt[], before: number, offset: number): void {
  if (attempts.some(({ n, errOffset }) => n > 1 && errOffset > before && errOffset <= offset)) progress.stderrTail = '';
}
