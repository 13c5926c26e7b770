/** A session's state as its output tells it. The same lines give the same state, also when they are read again. */
import type { AgentEvent, Usage } from '@vp/sdk';
import type { Spent } from './attempts.ts';
import type { Signal } from '../protocol/parse.ts';
import { append, RECENT_OUTPUT, STDERR_TAIL } from './recent.ts';
import { add, less, NO_USAGE } from '../protocol/tokens.ts';

/** A tool call. */
export interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Plain data, so that it can be handed to the next version of the plugin. */
export interface Progress {
  agentSessionId: string | null;
  model: string | null;
  version: string | null;
  /** The attempt that these lines belong to; 0 before the first. */
  attempt: number;
  /** Of earlier attempts. */
  past: { usage: Usage; costUsd: number | null };
  /** What the agent's own totals began with in this attempt. */
  base: Spent | null;
  /** Of the ended turns of this attempt, from the agent's own totals. */
  settled: Usage;
  costUsd: number | null;
  /** Of the turn that runs, message by message; the agent's totals take their place at its end. */
  running: { messageId: string | null; before: Usage; last: Usage };
  result: string | null;
  /** Null before the first result. */
  resultIsError: boolean | null;
  resultSubtype: string | null;
  /** The agent's word for why its last turn ended. */
  terminalReason: string | null;
  /** The API's last error, gone with the next answer. */
  apiStatus: number | null;
  apiError: string | null;
  /** A limit that is used up; `resetsAt` in epoch milliseconds. */
  rateLimit: { resetsAt: number | null; type: string | null } | null;
  /** Between a result and the next turn. */
  idle: boolean;
  /** Tasks in the background that may still ask for tools. */
  openTasks: string[];
  /** A task ended after the last result: the agent may start a turn by itself. */
  taskSinceResult: boolean;
  turns: number;
  /** Turns that ended in this attempt. */
  turnsHere: number;
  commandsExecuted: number;
  filesModified: number;
  errors: number;
  modified: string[];
  /** Calls without a result yet. */
  calls: Record<string, Call>;
  /** Calls that were let run and have no result yet. */
  allowed: Record<string, Call>;
  recentOutput: string;
  stderrTail: string;
  lastEvents: AgentEvent[];
  lost: number;
  /** Error of the newest retry of the API. */
  retryError: string | null;
}

const MODIFIED_FILES = 1_000;

/** Tools that change files. */
export const EDIT_TOOLS: ReadonlySet<string> = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit']);

/** Before the first line. */
export function begin(): Progress {
  return {
    agentSessionId: null,
    model: null,
    version: null,
    attempt: 0,
    past: { usage: NO_USAGE, costUsd: null },
    base: null,
    settled: NO_USAGE,
    costUsd: null,
    running: { messageId: null, before: NO_USAGE, last: NO_USAGE },
    result: null,
    resultIsError: null,
    resultSubtype: null,
    terminalReason: null,
    apiStatus: null,
    apiError: null,
    rateLimit: null,
    idle: false,
    openTasks: [],
    taskSinceResult: false,
    turns: 0,
    turnsHere: 0,
    commandsExecuted: 0,
    filesModified: 0,
    errors: 0,
    modified: [],
    calls: {},
    allowed: {},
    recentOutput: '',
    stderrTail: '',
    lastEvents: [],
    lost: 0,
    retryError: null,
  };
}

/** Takes an event in. Changes `progress`. What is to be shown of the newest ones is kept by `remember`. */
export function advance(progress: Progress, event: AgentEvent): void {
  switch (event.type) {
    case 'ready':
      progress.agentSessionId = event.agentSessionId ?? progress.agentSessionId;
      progress.model = event.model ?? progress.model;
      progress.version = event.version ?? progress.version;
      progress.idle = false;
      return;
    case 'text':
    case 'thinking':
      progress.idle = false;
      apiAnswered(progress, event);
      if (event.type === 'text') progress.recentOutput = append(progress.recentOutput, event.text ?? '', RECENT_OUTPUT);
      return;
    case 'tool-call':
      progress.idle = false;
      apiAnswered(progress, event);
      progress.calls[event.toolUseId ?? ''] = { tool: event.tool ?? '', input: event.input ?? {} };
      return;
    case 'tool-result':
      return toolEnded(progress, event);
    case 'result':
      return turnEnded(progress, event);
    case 'retry':
      progress.errors += 1;
      progress.retryError = event.error ?? null;
      progress.apiStatus = event.status ?? null;
      progress.apiError = event.error ?? null;
      return;
    case 'stderr':
      progress.stderrTail = append(progress.stderrTail, event.text ?? '', STDERR_TAIL);
      return;
    case 'lost':
      progress.lost += 1;
      progress.errors += 1;
      return;
    case 'rate-limit':
      progress.rateLimit = limitOf(event);
      return;
    case 'usage':
    case 'status':
    case 'other':
      return;
    default:
      return never(event.type);
  }
}

/** Takes a signal in. Changes `progress`. */
export function note(progress: Progress, signal: Signal): void {
  switch (signal.kind) {
    case 'accepted':
      progress.idle = false;
      return;
    case 'tasks':
      progress.openTasks = [...signal.open];
      progress.taskSinceResult = true;
      return;
    case 'task':
      progress.openTasks = progress.openTasks.filter((id) => id !== signal.id);
      if (signal.open) progress.openTasks.push(signal.id);
      progress.taskSinceResult = true;
      return;
    case 'spent':
      return spent(progress, signal.messageId, signal.usage);
    case 'turn':
      progress.terminalReason = signal.terminalReason;
      return;
    case 'question':
    case 'withdrawn':
    case 'response':
      return;
    default:
      return never(signal);
  }
}

/** The agent repeats a message's usage with each of its blocks: the newest of one message counts. */
function spent(progress: Progress, messageId: string, usage: Usage): void {
  const { running } = progress;
  if (running.messageId !== messageId) running.before = add(running.before, running.last);
  running.messageId = messageId;
  running.last = usage;
}

function toolEnded(progress: Progress, event: AgentEvent): void {
  const call = progress.calls[event.toolUseId ?? ''];
  delete progress.calls[event.toolUseId ?? ''];
  delete progress.allowed[event.toolUseId ?? ''];
  if (event.isError) {
    progress.errors += 1;
    return;
  }
  if (call?.tool === 'Bash') progress.commandsExecuted += 1;
  if (call === undefined || !EDIT_TOOLS.has(call.tool)) return;
  const path = JSON.stringify(call.input['file_path'] ?? call.input['notebook_path'] ?? null);
  if (progress.modified.includes(path)) return;
  progress.filesModified += 1;
  if (progress.modified.length < MODIFIED_FILES) progress.modified.push(path);
}

/** What the model says ends an error of the API, unless it is one itself. */
function apiAnswered(progress: Progress, { error }: AgentEvent): void {
  if (error === undefined) progress.apiStatus = null;
  progress.apiError = error ?? null;
}

/** The agent tells the time in seconds. */
function limitOf({ subtype, resetsAt, error }: AgentEvent): Progress['rateLimit'] {
  return subtype === 'rejected' ? { resetsAt: resetsAt === undefined ? null : resetsAt * 1_000, type: error ?? null } : null;
}

/** Some versions of the agent count on from the total of the conversation, others begin at nothing: less than the total is of the latter. */
function checkBase(progress: Progress, event: AgentEvent): void {
  const { base, turnsHere } = progress;
  if (base === null || turnsHere > 0) return;
  if (less(event.usage ?? NO_USAGE, base.usage) || (event.costUsd ?? 0) < base.costUsd) progress.base = null;
}

function turnEnded(progress: Progress, event: AgentEvent): void {
  checkBase(progress, event);
  progress.settled = event.usage ?? progress.settled;
  progress.running = { messageId: null, before: NO_USAGE, last: NO_USAGE };
  progress.costUsd = event.costUsd ?? progress.costUsd;
  progress.turns += event.turns ?? 1;
  progress.turnsHere += 1;
  if (!event.isError) Object.assign(progress, { apiStatus: null, apiError: null });
  else progress.apiStatus = event.status ?? progress.apiStatus;
  progress.result = event.text ?? null;
  progress.resultIsError = event.isError === true;
  progress.resultSubtype = event.subtype ?? null;
  progress.idle = true;
  progress.taskSinceResult = false;
  progress.calls = {};
  progress.allowed = {};
}

function never(value: never): never {
  throw new TypeError(`not handled: ${JSON.stringify(value)}`);
}
