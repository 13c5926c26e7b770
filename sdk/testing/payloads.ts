/** Payloads of hooks with everything filled in: a test writes only what it is about. */
import type {
  AgentEvent,
  BudgetQuestion,
  CrashReport,
  OutputBatch,
  PostCommandCall,
  PreCommandCall,
  SessionEnd,
  SessionInfo,
  SessionStart,
  SpawnSpec,
  Usage,
} from '@vp/schemas/types';
import type { SessionCrashReport } from '../services/crash.ts';

/** Part of a payload; `session` may be given in part too. */
export type Part<T> = Partial<Omit<T, 'session'>> & { readonly session?: Partial<SessionInfo> };

/** Noon of a Monday, UTC: tests do not depend on today. */
const AT = Date.UTC(2026, 0, 5, 12);
const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };

/** Where a moment belongs. */
export function sessionInfo(part: Partial<SessionInfo> = {}): SessionInfo {
  return { id: 'session-1', orchestrator: 'default', cwd: '/project', charterHash: '0'.repeat(64), ...part };
}

/** `pre-command`: by default `ls` in Bash. */
export function preCommand(part: Part<PreCommandCall> = {}): PreCommandCall {
  return { id: 'call-1', at: AT, tool: 'Bash', input: { command: 'ls' }, ...part, session: sessionInfo(part.session) };
}

/** `pre-edit`: by default an edit of README.md. */
export function preEdit(part: Part<PreCommandCall> = {}): PreCommandCall {
  const input = { file_path: '/project/README.md', old_string: 'old', new_string: 'new' };
  return preCommand({ tool: 'Edit', input, ...part });
}

/** `post-command`: by default an `ls` that went well. */
export function postCommand(part: Part<PostCommandCall> = {}): PostCommandCall {
  return {
    id: 'call-1',
    at: AT,
    tool: 'Bash',
    input: { command: 'ls' },
    isError: false,
    output: 'README.md',
    ...part,
    session: sessionInfo(part.session),
  };
}

/** `post-edit`: by default an edit of README.md that went well. */
export function postEdit(part: Part<PostCommandCall> = {}): PostCommandCall {
  const { tool, input } = preEdit();
  return postCommand({ tool, input, output: 'edited', ...part });
}

/** `pre-spawn`. With `argv` it is the final spec, for guards. */
export function preSpawn(part: Part<SpawnSpec> = {}): SpawnSpec {
  const { session, ...rest } = part;
  const spec = {
    id: 'request-1',
    at: AT,
    type: 'claude-code',
    prompt: 'Say hello',
    priority: 'medium',
    attended: false,
    labels: {},
    env: {},
    limits: {},
  } as const;
  return { ...spec, ...rest, session: sessionInfo(session) };
}

/** `budget-check`: by default before a tool call, nothing spent. */
export function budgetCheck(part: Part<BudgetQuestion> = {}): BudgetQuestion {
  return { at: AT, moment: 'tool', usage: NO_USAGE, costUsd: 0, ...part, session: sessionInfo(part.session) };
}

/** `on-crash`: by default a first end by SIGKILL. */
export function onCrash(part: Part<CrashReport> = {}): CrashReport {
  return {
    at: AT,
    exitCode: null,
    signal: 'SIGKILL',
    attempt: 1,
    stderrTail: '',
    lastEventId: null,
    ...part,
    session: sessionInfo(part.session),
  };
}

/** What `sessions` says of an attempt that crashed: by default a first one, ended by SIGKILL after its first turn, that can go on. */
export function sessionCrashReport(part: Part<SessionCrashReport> = {}): SessionCrashReport {
  const session = sessionInfo(part.session);
  return {
    sessionId: session.id,
    requestId: null,
    attempt: 1,
    mode: 'first',
    at: new Date(AT).toISOString(),
    state: 'crashed',
    exitCode: null,
    signal: 'SIGKILL',
    reason: null,
    stderrTail: '',
    lastEvents: [],
    result: null,
    resultSubtype: null,
    terminalReason: null,
    apiStatus: null,
    apiError: null,
    rateLimit: null,
    inFlight: [],
    turns: 1,
    runMs: 60_000,
    conversation: { id: 'conversation-1', transcript: 'whole', hasPrompt: true, evidence: [] },
    oomKills: 0,
    ...part,
    session,
  };
}

/** `session-start`. */
export function sessionStart(part: Part<SessionStart> = {}): SessionStart {
  return { at: AT, pid: 4321, adopted: false, ...part, session: sessionInfo(part.session) };
}

/** `session-end`: by default completed. */
export function sessionEnd(part: Part<SessionEnd> = {}): SessionEnd {
  const end = { at: AT, state: 'completed', exitCode: 0, signal: null, result: 'Hello', usage: NO_USAGE, costUsd: 0 } as const;
  return { ...end, ...part, session: sessionInfo(part.session) };
}

/** `on-output`: a batch of these events, numbered in order. */
export function onOutput(events: readonly Partial<AgentEvent>[], part: Part<OutputBatch> = {}): OutputBatch {
  const session = sessionInfo(part.session);
  const whole = events.map((event, index): AgentEvent => ({ id: `${session.id}:${index}`, at: AT, type: 'text', ...event }));
  return { replayed: false, ...part, events: whole, session };
}
