/** What is known of an attempt that crashed or failed, for who recovers. */
import type { SessionCrashReport } from '@vp/sdk';
import { newest, type OomCount } from '../state/attempts.ts';
import { since } from '../state/clock.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from './outcome.ts';
import { cutInput, STDERR_TAIL } from '../state/recent.ts';
import type { Session } from '../session/session.ts';
import type { Progress } from '../state/state.ts';
import { readConversation } from '../transcript/transcript.ts';

/** Calls that are named, and characters of each of their fields. */
const CALLS = 100;
const INPUT = 4_000;

/** Reads the agent's transcript; never throws. */
export async function reportOf(session: Session, env: Environment, outcome: Outcome): Promise<SessionCrashReport> {
  const { spec, journal, progress } = session.held;
  const attempt = newest(journal.attempts);
  const id = progress.agentSessionId ?? attempt.conversation;
  const { first, last } = journal.said;
  const conversation = await readConversation({
    configDir: spec.configDir,
    cwd: spec.cwd,
    id,
    confirmed: progress.agentSessionId !== null,
    said: [first, last].filter((uuid) => uuid !== null),
  });
  return {
    sessionId: spec.id,
    requestId: spec.requestId,
    session: session.info(),
    charterId: spec.charter.id,
    attempt: attempt.n,
    mode: attempt.mode,
    at: new Date().toISOString(),
    state: outcome.state === 'crashed' ? 'crashed' : 'failed',
    exitCode: outcome.exitCode,
    signal: outcome.signal,
    reason: outcome.reason,
    stderrTail: progress.stderrTail.slice(-STDERR_TAIL),
    lastEvents: progress.lastEvents,
    result: progress.result,
    resultSubtype: progress.resultSubtype,
    terminalReason: progress.terminalReason,
    apiStatus: progress.apiStatus,
    apiError: progress.apiError,
    rateLimit: progress.rateLimit,
    inFlight: inFlight(progress, conversation.answered),
    turns: progress.turnsHere,
    runMs: since(attempt.started, env.boot),
    conversation: conversation.state,
    oomKills: oomKills(attempt.oom, env.platform.oomCount()),
  };
}

/** Calls that were let run and of which neither the output nor the transcript, which may know more, has a result. */
function inFlight({ allowed }: Progress, answered: ReadonlySet<string>): SessionCrashReport['inFlight'] {
  return Object.entries(allowed)
    .filter(([toolUseId]) => !answered.has(toolUseId))
    .slice(-CALLS)
    .map(([toolUseId, { tool, input }]) => ({ toolUseId, tool, input: cutInput(input, INPUT) }));
}

/** Counters begin at nothing when the machine or the group does. */
function oomKills(before: OomCount, now: OomCount): number {
  return Math.max(0, now.machine - before.machine, now.group - before.group);
}
