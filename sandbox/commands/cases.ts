/** Cases: what a plugin should say, written as lines of JSON. */
import { reasonOf, type HookName } from '@vp/sdk';

/** One line. */
export interface Case {
  /** As given; else the number of the line. */
  readonly id: string;
  readonly hook: HookName;
  /** Laid over a payload with everything filled in. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** One of the words of its hook, or `failed`; undefined where anything is right. */
  readonly expected: string | undefined;
  /** Options of the plugin. A case with others than the one before runs in a plugin that starts anew. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What can come of each hook. Those that only look come to `ok`. */
export const OUTCOMES: Readonly<Record<HookName, readonly string[]>> = {
  'pre-command': ['allow', 'ask', 'deny'],
  'pre-spawn': ['allow', 'change', 'deny'],
  'budget-check': ['ok', 'warn', 'throttle', 'deny'],
  'on-crash': ['none', 'immediate', 'delayed', 'manual'],
  'on-output': ['ok'],
  'session-start': ['ok'],
  'session-end': ['ok'],
  'pre-edit': ['ok'],
  'post-edit': ['ok'],
  'post-command': ['ok'],
};

const KEYS = ['id', 'hook', 'command', 'tool', 'input', 'cwd', 'at', 'payload', 'expected', 'config'];

/** Reads the lines; empty ones are passed over. */
export function readCases(text: string): { readonly cases: readonly Case[]; readonly problems: readonly string[] } {
  const cases: Case[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line, index + 1);
    if (typeof read === 'string') problems.push(`line ${index + 1}: ${read}`);
    else cases.push(read);
  }
  return { cases, problems };
}

function readLine(line: string, number: number): Case | string {
  const value = objectOf(line);
  if (typeof value === 'string') return value;
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return `the key ${unknown} is not known; known are ${KEYS.join(', ')}`;
  const { id = number, hook = 'pre-command', expected, config = {} } = value;
  if (typeof id !== 'string' && typeof id !== 'number') return 'expected id to be a text or a number';
  if (!isHook(hook)) return `there is no hook ${JSON.stringify(hook)}; the hooks are ${Object.keys(OUTCOMES).join(', ')}`;
  if (expected !== undefined && !isOutcome(hook, expected)) return `expected of ${hook} can be ${[...OUTCOMES[hook], 'failed'].join(', ')}`;
  if (!isObject(config)) return 'expected config to be an object';
  const payload = payloadOf(value);
  if (typeof payload === 'string') return payload;
  return { id: String(id), hook, payload, expected, config };
}

function payloadOf(value: Record<string, unknown>): Record<string, unknown> | string {
  const { cwd, at, payload = {} } = value;
  if (!isObject(payload)) return 'expected payload to be an object';
  const call = callOf(value);
  if (typeof call === 'string') return call;
  if (cwd !== undefined && !(typeof cwd === 'string' && cwd.startsWith('/'))) return 'expected cwd to be an absolute path';
  const time = at === undefined ? undefined : timeOf(at);
  if (at !== undefined && time === undefined) return 'expected at to be an ISO 8601 time or epoch milliseconds';
  const session = isObject(payload['session']) ? payload['session'] : {};
  return { ...given({ ...call, at: time }), ...payload, session: { ...given({ cwd }), ...session } };
}

/** The tool and its input; a command is one of Bash. */
function callOf({ command, tool, input }: Record<string, unknown>): Record<string, unknown> | string {
  if (command !== undefined && (tool !== undefined || input !== undefined)) return 'expected command, or tool and input, not both';
  if (command !== undefined) return typeof command === 'string' ? { tool: 'Bash', input: { command } } : 'expected command to be a text';
  if (tool !== undefined && typeof tool !== 'string') return 'expected tool to be a text';
  if (input !== undefined && !isObject(input)) return 'expected input to be an object';
  return { tool, input };
}

/** Without what was left out. */
function given(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

function timeOf(at: unknown): number | undefined {
  if (typeof at === 'number') return Number.isFinite(at) ? at : undefined;
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function objectOf(line: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : 'expected one JSON object, found another value';
  } catch (error) {
    return `expected one JSON object: ${reasonOf(error)}`;
  }
}

function isHook(value: unknown): value is HookName {
  return typeof value === 'string' && Object.hasOwn(OUTCOMES, value);
}

function isOutcome(hook: HookName, value: unknown): value is string {
  return value === 'failed' || (typeof value === 'string' && OUTCOMES[hook].includes(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
