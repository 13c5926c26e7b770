/** How a session ended, from what is known of it. Pure. */
import { constants } from 'node:os';
import type { SessionState } from '@vp/sdk';
import type { Exit } from '../holder/holder.ts';
import type { Stop } from '../state/registry.ts';
import type { Progress } from '../state/state.ts';

/** A session's end. */
export interface Outcome {
  readonly state: Extract<SessionState, 'completed' | 'failed' | 'crashed' | 'timeout' | 'terminated'>;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string | null;
}

const CANNOT_RUN: ReadonlySet<number> = new Set([126, 127]);
const REASON_LENGTH = 1_000;

/** What decides how an end is taken. */
export interface Standing {
  /** The program says how each turn ended. */
  readonly hasResults: boolean;
  /** Its work was done and its input closed: nothing was to come but its exit. */
  readonly done: boolean;
}

/** `exit` is undefined where nobody saw it. */
export function outcomeOf(exit: Exit | undefined, stop: Stop | null, progress: Progress, { hasResults, done }: Standing): Outcome {
  const signal = signalOf(exit);
  const exitCode = signal === null ? (exit?.status ?? null) : null;
  const end = { exitCode, signal };
  if (stop !== null) return { state: stop.outcome, ...end, reason: stop.reason };
  if (signal !== null && done && progress.resultIsError === false)
    return { state: 'completed', ...end, reason: `the agent was ended by ${signal} after its work was done` };
  if (signal !== null) return { state: 'crashed', ...end, reason: `the agent was ended by ${signal}` };
  if (exit === undefined) return unseen(progress);
  if (CANNOT_RUN.has(exit.status)) return { state: 'failed', ...end, reason: `the program could not be run: ${lastWords(progress)}` };
  if (!hasResults)
    return exit.status === 0 ? { state: 'completed', ...end, reason: null } : { state: 'failed', ...end, reason: lastWords(progress) };
  if (progress.resultIsError === null)
    return { state: 'failed', ...end, reason: `the agent ended without a result: ${lastWords(progress)}` };
  if (progress.resultIsError || exit.status !== 0) return { state: 'failed', ...end, reason: cut(progress.result ?? lastWords(progress)) };
  return { state: 'completed', ...end, reason: null };
}

/** A shell reports an end by signal n as 128+n. */
function signalOf(exit: Exit | undefined): string | null {
  if (exit === undefined || exit.status <= 128) return null;
  const number = exit.status - 128;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

function unseen(progress: Progress): Outcome {
  if (progress.resultIsError === false)
    return { state: 'completed', exitCode: null, signal: null, reason: 'its exit was not seen, since its holder had ended' };
  return { state: 'crashed', exitCode: null, signal: null, reason: 'its holder had ended, so how the agent ended is not known' };
}

function lastWords(progress: Progress): string {
  return cut(progress.stderrTail.trim() || progress.recentOutput.trim() || 'it said nothing');
}

function cut(text: string): string {
  return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}…` : text;
}
