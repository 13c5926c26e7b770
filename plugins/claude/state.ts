/** A session's state as its output tells it. The same lines give the same state, also when they are read again. */
import type { AgentEvent, Usage } from '@vp/sdk';
import type { Signal } from './parse.ts';

/** Plain data, so that it can be handed to the next version of the plugin. */
export interface Progress {
  agentSessionId: string | null;
  model: string | null;
  version: string | null;
  /** Of the ended turns, from the agent's own totals, which count from the start of its process. */
  settled: Usage;
  costUsd: number | null;
  /** Of the turn that runs, message by message; the agent's totals take their place at its end. */
  running: { messageId: string | null; before: Usage; last: Usage };
  result: string | null;
  /** Null before the first result. */
  resultIsError: boolean | null;
  resultSubtype: string | null;
  /** Between a result and the next turn. */
  idle: boolean;
  /** Tasks in the background that may still ask for tools. */
  openTasks: string[];
  /** A task ended after the last result: the agent may start a turn by itself. */
  taskSinceResult: boolean;
  turns: number;
  commandsExecuted: number;
  filesModified: number;
  errors: number;
  modified: string[];
  /** Calls without a result yet. */
  calls: Record<string, { tool: string; input: Readonly<Record<string, unknown>> }>;
  recentOutput: string;
  stderrTail: string;
  lastEvents: AgentEvent[];
  lost: number;
  /** Error of the newest retry of the API. */
  retryError: string | null;
}

/** Characters of recent output in a row. */
export const RECENT_OUTPUT = 5_000;
const STDERR_TAIL = 4_096;
const LAST_EVENTS = 20;
const BRIEF = 500;
const MODIFIED_FILES = 1_000;

/** Tools that change files. */
export const EDIT_TOOLS: ReadonlySet<string> = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit']);

/** No tokens. */
export const NO_USAGE: Usage = Object.freeze({ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 });

/** Before the first line. */
export function begin(): Progress {
  return {
    agentSessionId: null,
    model: null,
    version: null,
    settled: NO_USAGE,
    costUsd: null,
    running: { messageId: null, before: NO_USAGE, last: NO_USAGE },
    result: null,
    resultIsError: null,
    resultSubtype: null,
    idle: false,
    openTasks: [],
    taskSinceResult: false,
    turns: 0,
    commandsExecuted: 0,
    filesModified: 0,
    errors: 0,
    modified: [],
    calls: {},
    recentOutput: '',
    stderrTail: '',
    lastEvents: [],
    lost: 0,
    retryError: null,
  };
}

/** Tokens so far, the turn that runs included. */
export function usageSoFar(progress: Progress): Usage {
  return add(add(progress.settled, progress.running.before), progress.running.last);
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
      if (event.type === 'text') progress.recentOutput = append(progress.recentOutput, event.text ?? '', RECENT_OUTPUT);
      return;
    case 'tool-call':
      progress.idle = false;
      progress.calls[event.toolUseId ?? ''] = { tool: event.tool ?? '', input: event.input ?? {} };
      return;
    case 'tool-result':
      return toolEnded(progress, event);
    case 'result':
      return turnEnded(progress, event);
    case 'retry':
      progress.errors += 1;
      progress.retryError = event.error ?? null;
      return;
    case 'stderr':
      progress.stderrTail = append(progress.stderrTail, event.text ?? '', STDERR_TAIL);
      return;
    case 'lost':
      progress.lost += 1;
      progress.errors += 1;
      return;
    case 'rate-limit':
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

function turnEnded(progress: Progress, event: AgentEvent): void {
  progress.settled = event.usage ?? progress.settled;
  progress.running = { messageId: null, before: NO_USAGE, last: NO_USAGE };
  progress.costUsd = event.costUsd ?? progress.costUsd;
  progress.turns += event.turns ?? 1;
  progress.result = event.text ?? null;
  progress.resultIsError = event.isError === true;
  progress.resultSubtype = event.subtype ?? null;
  progress.idle = true;
  progress.taskSinceResult = false;
  progress.calls = {};
}

/** Keeps the newest events of a batch, in short, for a report of a crash. Changes `progress`. */
export function remember(progress: Progress, events: readonly AgentEvent[]): void {
  const newest: AgentEvent[] = [];
  for (let n = events.length - 1; n >= 0 && newest.length < LAST_EVENTS; n -= 1) {
    const event = events[n];
    if (event === undefined || event.type === 'other' || event.type === 'status') continue;
    const isLong = event.text !== undefined && event.text.length > BRIEF;
    newest.push(isLong ? { ...event, text: event.text?.slice(0, BRIEF) ?? '' } : event);
  }
  progress.lastEvents = [...progress.lastEvents, ...newest.reverse()].slice(-LAST_EVENTS);
}

function add(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheCreationTokens: a.cacheCreationTokens + b.cacheCreationTokens,
  };
}

/** Cut only when it has grown to twice the length: cutting at each line would copy all of it each time. */
function append(text: string, line: string, length: number): string {
  const longer = `${text}${line}\n`;
  return longer.length > 2 * length ? longer.slice(-length) : longer;
}

function never(value: never): never {
  throw new TypeError(`not handled: ${JSON.stringify(value)}`);
}
