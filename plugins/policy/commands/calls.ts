/** Calls written as lines of JSON. */
import { reasonOf, type Level, type PolicyCall } from '@vp/sdk';

/** One line. */
export interface TestCall {
  /** As given; else the number of the line. */
  readonly id: string | number;
  readonly call: PolicyCall;
  readonly expected: Level | undefined;
  /** Verdicts that count as right; only `expected` where absent. */
  readonly acceptable: readonly Level[];
}

/** What was read, or what is wrong with it. */
export interface ReadCalls {
  readonly calls: readonly TestCall[];
  readonly problems: readonly string[];
}

const LEVELS: readonly unknown[] = ['allow', 'ask', 'deny'];
/** Keys with a meaning. Others are let through, but for one that is nearly one of these. */
const KEYS = ['id', 'command', 'tool', 'input', 'cwd', 'workspace', 'expected', 'acceptable'];

/** Reads the lines; empty ones are passed over. `cwd` is where a call runs that names no folder. */
export function readCalls(text: string, cwd: string): ReadCalls {
  const calls: TestCall[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line, index + 1, cwd);
    if (typeof read === 'string') problems.push(`line ${index + 1}: ${read}`);
    else calls.push(read);
  }
  return { calls, problems };
}

function readLine(line: string, number: number, here: string): TestCall | string {
  const value = objectOf(line);
  if (typeof value === 'string') return value;
  const { id = number, command, tool, input, cwd = here, workspace, expected, acceptable } = value;
  const slip = Object.keys(value).find((key) => !KEYS.includes(key) && KEYS.some((known) => isSlip(key, known)));
  if (slip !== undefined) return `the key ${slip} is not known; did you mean ${KEYS.find((known) => isSlip(slip, known))}?`;
  if (typeof id !== 'string' && typeof id !== 'number') return 'expected id to be a text or a number';
  if (!isAbsolute(cwd)) return 'expected cwd to be an absolute path';
  if (workspace !== undefined && !isAbsolute(workspace)) return 'expected workspace to be an absolute path';
  if (expected !== undefined && !isLevel(expected)) return 'expected expected to be allow, ask or deny';
  if (acceptable !== undefined && !isLevels(acceptable)) return 'expected acceptable to be a list of allow, ask, deny';
  const what = toolOf(command, tool, input);
  if (typeof what === 'string') return what;
  const call = { ...what, cwd, ...(workspace === undefined ? {} : { workspace }) };
  return { id, call, expected, acceptable: acceptable ?? (expected === undefined ? [] : [expected]) };
}

function objectOf(line: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : 'expected one JSON object, found another value';
  } catch (error) {
    return `expected one JSON object, found ${reasonOf(error)}`;
  }
}

function toolOf(command: unknown, tool: unknown, input: unknown): Pick<PolicyCall, 'tool' | 'input'> | string {
  if (command !== undefined && (tool !== undefined || input !== undefined)) return 'expected command, or tool and input, not both';
  if (typeof command === 'string') return { tool: 'Bash', input: { command } };
  if (command !== undefined) return 'expected command to be a text';
  if (typeof tool !== 'string') return 'expected a command, or a tool and its input';
  return isObject(input) ? { tool, input } : 'expected input to be an object';
}

function isLevel(value: unknown): value is Level {
  return LEVELS.includes(value);
}

function isLevels(value: unknown): value is Level[] {
  return Array.isArray(value) && value.every(isLevel);
}

function isAbsolute(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One letter more, less, other, or two changed places. */
function isSlip(key: string, known: string): boolean {
  if (known.length < 4 || Math.abs(key.length - known.length) > 1) return false;
  let at = 0;
  while (at < known.length && key[at] === known[at]) at += 1;
  const [a, b] = [key.slice(at), known.slice(at)];
  return a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1) || (a.slice(2) === b.slice(2) && a[0] === b[1] && a[1] === b[0]);
}
