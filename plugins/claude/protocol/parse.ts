/** From a line of the agent's output to events, and to signals that concern only VP. Pure; any input is good input. */
import type { AgentEvent, Usage } from '@vp/sdk';
import { isObject, jsonOf, numberIn, objectIn, optional, textIn, timeOf, type Json } from './json.ts';
import { modelUsage, OUTPUT_LIMIT, usageOf } from './tokens.ts';
import { assistant, user } from './messages.ts';
import { questionOf, type Question } from './question.ts';

/** What a line means to VP beside its events. */
export type Signal =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'withdrawn'; readonly requestId: string }
  | { readonly kind: 'response'; readonly requestId: string; readonly response: Json; readonly error?: string }
  | { readonly kind: 'accepted'; readonly uuid: string }
  | { readonly kind: 'tasks'; readonly open: readonly string[] }
  | { readonly kind: 'task'; readonly id: string; readonly open: boolean }
  | { readonly kind: 'spent'; readonly messageId: string; readonly usage: Usage }
  | { readonly kind: 'turn'; readonly terminalReason: string | null };

/** What one line comes to. */
export interface Parsed {
  readonly events: readonly AgentEvent[];
  readonly signals: readonly Signal[];
}

/** An event that may have no id and no time yet. Both are filled in place: a copy of each event would be felt. */
export type Draft = Open<Omit<AgentEvent, 'id' | 'at'>> & { id?: string; at?: number };
type Open<T> = { -readonly [K in keyof T]: T[K] };
/** What a line comes to before ids and times. */
export interface Drafts {
  readonly events?: readonly Draft[];
  readonly signals?: readonly Signal[];
}

const NONE: never[] = [];
/** How every line of the protocol begins, and much inside of them. */
const BEGIN = '{"';
/** Places in a torn line where a whole one is looked for. */
const GLUED = 256;

/** Reads one complete line. `at` is used where the line carries no time of its own. */
export function parseLine(session: string, offset: number, text: string, at: number): Parsed {
  const line = jsonOf(text);
  if (line === undefined && text.trim() === '') return { events: NONE, signals: NONE };
  const { events = NONE, signals = NONE } = line === undefined ? torn(text) : draft(line);
  const time = timeOf(line) ?? at;
  for (const [n, event] of events.entries()) {
    event.id = eventId(session, offset, n);
    event.at = time;
  }
  return { events: events as AgentEvent[], signals };
}

/**
 * A line that does not parse: something was cut off, as on a full disk. The next line that was written whole stands glued to the stump
 * and is taken from there; what looks like a line inside of another has that one's end behind it and does not parse.
 */
function torn(text: string): Drafts {
  const missing = lost('a line that does not parse, so events are missing', text);
  let from = 0;
  for (let n = 0; n < GLUED; n += 1) {
    from = text.indexOf(BEGIN, from + 1);
    if (from < 0) break;
    const line = jsonOf(text.slice(from));
    if (line === undefined) continue;
    const { events = NONE, signals = NONE } = draft(line);
    return { events: [...(missing.events ?? NONE), ...events], signals };
  }
  return missing;
}

/** A line that was passed over for its length. */
export function tooLong(session: string, offset: number, length: number, at: number): AgentEvent {
  return { id: eventId(session, offset, 0), at, type: 'lost', text: `a line of ${length} bytes was passed over` };
}

/** A line of a program without a protocol: text as it is. */
export function plainLine(session: string, offset: number, text: string, at: number, type: 'text' | 'stderr' = 'text'): AgentEvent {
  return { id: eventId(type === 'stderr' ? `${session}:err` : session, offset, 0), at, type, text: text.slice(0, OUTPUT_LIMIT) };
}

function draft(line: Json): Drafts {
  switch (line['type']) {
    case 'system':
      return system(line);
    case 'assistant':
      return assistant(line);
    case 'user':
      return user(line);
    case 'result':
      return { events: [result(line)], signals: [{ kind: 'turn', terminalReason: textIn(line, 'terminal_reason') ?? null }] };
    case 'rate_limit_event':
      return { events: [rateLimit(objectIn(line, 'rate_limit_info'))] };
    case 'control_request':
      return { signals: [{ kind: 'question', question: questionOf(line) }] };
    case 'control_cancel_request':
      return { signals: [{ kind: 'withdrawn', requestId: textIn(line, 'request_id') ?? '' }] };
    case 'control_response':
      return { signals: response(objectIn(line, 'response')) };
    default:
      return { events: [{ type: 'other', subtype: textIn(line, 'type') ?? 'unknown' }] };
  }
}

function system(line: Json): Drafts {
  const subtype = textIn(line, 'subtype') ?? 'unknown';
  switch (subtype) {
    case 'init':
      return { events: [ready(line)] };
    case 'api_retry':
      return { events: [retry(line)] };
    case 'task_started':
      return { signals: [{ kind: 'task', id: textIn(line, 'task_id') ?? '', open: true }], events: [{ type: 'status', subtype }] };
    case 'task_notification':
      return { signals: [{ kind: 'task', id: textIn(line, 'task_id') ?? '', open: false }], events: [{ type: 'status', subtype }] };
    case 'background_tasks_changed':
      return { signals: [{ kind: 'tasks', open: tasksOf(line) }], events: [{ type: 'status', subtype }] };
    default:
      return { events: [{ type: 'status', subtype, ...optional('text', textIn(line, 'content') ?? textIn(line, 'status')) }] };
  }
}

function ready(line: Json): Draft {
  const tools = line['tools'];
  return {
    type: 'ready',
    ...optional('agentSessionId', textIn(line, 'session_id')),
    ...optional('model', textIn(line, 'model')),
    ...optional('version', textIn(line, 'claude_code_version')),
    ...(Array.isArray(tools) ? { tools: tools.filter((tool): tool is string => typeof tool === 'string') } : {}),
  };
}

function retry(line: Json): Draft {
  return {
    type: 'retry',
    status: numberIn(line, 'error_status') ?? null,
    ...optional('error', textIn(line, 'error')),
    ...optional('attempt', numberIn(line, 'attempt')),
    ...optional('maxRetries', numberIn(line, 'max_retries')),
    ...optional('delayMs', numberIn(line, 'retry_delay_ms')),
  };
}

function result(line: Json): Draft {
  const problems = line['errors'];
  const text = textIn(line, 'result') ?? (Array.isArray(problems) ? problems.map(String).join('\n') : undefined);
  return {
    type: 'result',
    isError: line['is_error'] === true,
    usage: modelUsage(objectIn(line, 'modelUsage')) ?? usageOf(objectIn(line, 'usage')),
    ...optional('subtype', textIn(line, 'subtype')),
    ...optional('text', text),
    ...optional('costUsd', numberIn(line, 'total_cost_usd')),
    ...optional('turns', numberIn(line, 'num_turns')),
    ...optional('durationMs', numberIn(line, 'duration_ms')),
    ...optional('status', numberIn(line, 'api_error_status')),
  };
}

function rateLimit(info: Json): Draft {
  return {
    type: 'rate-limit',
    ...optional('subtype', textIn(info, 'status')),
    ...optional('resetsAt', numberIn(info, 'resetsAt')),
    ...optional('error', textIn(info, 'rateLimitType')),
  };
}

/** The agent also repeats VP's own answers; they carry ids that VP has not asked with, and are passed over later. */
function response(body: Json): Signal[] {
  const requestId = textIn(body, 'request_id');
  if (requestId === undefined) return [];
  return [
    {
      kind: 'response',
      requestId,
      response: objectIn(body, 'response'),
      ...(body['subtype'] === 'error' ? { error: textIn(body, 'error') ?? 'unknown' } : {}),
    },
  ];
}

function tasksOf(line: Json): string[] {
  const tasks = line['tasks'] ?? line['background_tasks'];
  if (!Array.isArray(tasks)) return [];
  return tasks.filter(isObject).map((task) => textIn(task, 'task_id') ?? textIn(task, 'id') ?? '?');
}

function lost(why: string, text: string): Drafts {
  return { events: [{ type: 'lost', text: `${why}: ${text.slice(0, 200)}` }] };
}

function eventId(session: string, offset: number, n: number): string {
  return n === 0 ? `${session}:${offset}` : `${session}:${offset}:${n}`;
}
