/**
 * Shadow taps: run and recorded, never counted. They run beside the pass, which does not wait for them: one that hangs must not use
 * up the time of those that count.
 */
import { isThenable } from '../core/scope.ts';
import type { Entry } from './hook.ts';
import type { Pass } from './pass.ts';

/** Told how a shadow tap did. */
export interface ShadowReport {
  answered(answer: unknown): void;
  failed(error: unknown): void;
}

/** Calls a shadow tap with what it would be given, and goes on. */
export function runShadow<A>(entry: Entry, pass: Pass<A>, deadlineMs: number, report: ShadowReport): void {
  const { gathered, rule } = pass;
  const startedAt = entry.stats.begin();
  const answered = (answer: unknown): void => {
    entry.stats.end(startedAt);
    try {
      if (rule.add(gathered, answer, entry.plugin) !== gathered) report.answered(answer);
    } catch (error) {
      report.failed(error);
    }
  };
  try {
    const answer = entry.call(pass.input);
    if (isThenable(answer)) void waitFor(entry, answer, deadlineMs, { ...report, answered });
    else answered(answer);
  } catch (error) {
    entry.stats.end(startedAt);
    report.failed(error);
  }
}

async function waitFor(entry: Entry, answer: PromiseLike<unknown>, ms: number, report: ShadowReport): Promise<void> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    entry.stats.timeouts += 1;
    report.failed(new Error(`no answer within ${ms} ms`));
  }, ms).unref();
  try {
    const known = await answer;
    if (isLate) entry.stats.late += 1;
    else report.answered(known);
  } catch (error) {
    report.failed(error);
  } finally {
    clearTimeout(timer);
  }
}
