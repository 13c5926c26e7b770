/** Strict readers of what comes from a host and from a guest. Each gives a new object with known keys only, or undefined. */
import type { HookName, TapOptions } from '@vp/sdk';
import type { Capability, FromGuest, FromHost, GuestError } from '../protocol.ts';

type Row = Readonly<Record<string, unknown>>;

/** Nothing honest is nested deeper, and much that walks values in the kernel recurses. */
const MOST_DEPTH = 100;
const MOST_ARGS = 8;
const MOST_NAMES = 256;
const NAME_CHARS = 200;
const MESSAGE_CHARS = 10_000;
const STACK_CHARS = 20_000;
const MOST_COUNT = 1e12;

const HOOKS: Readonly<Record<HookName, true>> = {
  'pre-spawn': true,
  'pre-command': true,
  'budget-check': true,
  'on-crash': true,
  'on-output': true,
  'session-start': true,
  'session-end': true,
  'pre-edit': true,
  'post-edit': true,
  'post-command': true,
};
const CAPABILITIES: Readonly<Record<Capability, true>> = {
  'kv.get': true,
  'kv.set': true,
  'kv.delete': true,
  'kv.keys': true,
  'fs.readText': true,
  'fs.writeText': true,
  'fs.list': true,
  fetch: true,
  'service.call': true,
  'service.on': true,
  'service.off': true,
};
const LEVELS = { debug: true, info: true, warn: true, error: true } as const;
const ORDERS = { pre: true, normal: true, post: true } as const;

/** Reads one line of a host, already free of its end. `textChars`: the longest text of a guest. */
export function fromHost(line: string, textChars: number): FromHost | 'long' | undefined {
  const row = rowOf(parse(line));
  switch (row?.['t']) {
    case 'up':
    case 'loaded':
      return has(row, ['t']) ? { t: row['t'] } : undefined;
    case 'failed': {
      const error = errorOf(row['error']);
      return has(row, ['t', 'error']) && error ? { t: 'failed', error } : undefined;
    }
    case 'cut':
      return cutOf(row);
    case 'dead':
      return deadOf(row);
    case 'guest':
      if (!has(row, ['t', 'text']) || typeof row['text'] !== 'string') return undefined;
      return row['text'].length > textChars ? 'long' : { t: 'guest', text: row['text'] };
    case 'dropped':
      return droppedOf(row);
    case 'pong':
      return pongOf(row);
    default:
      return undefined;
  }
}

/** Reads a message of a guest. */
export function fromGuest(text: string): FromGuest | undefined {
  if (isDeep(text)) return undefined;
  const row = rowOf(parse(text));
  switch (row?.['k']) {
    case 'ret':
      return retOf(row);
    case 'req':
      return reqOf(row);
    case 'tap':
      return tapOf(row);
    case 'untap':
      return has(row, ['k', 'tap']) && isId(row['tap']) ? { k: 'untap', tap: row['tap'] } : undefined;
    case 'extra':
      return has(row, ['k', 'value']) ? { k: 'extra', value: row['value'] } : undefined;
    case 'log':
      return logOf(row);
    default:
      return undefined;
  }
}

/** Whether a message that cannot be understood wants a hook tapped. Without that tap a guard would be missing. */
export function isTap(text: string): boolean {
  return rowOf(parse(text))?.['k'] === 'tap';
}

function deadOf(row: Row): FromHost | undefined {
  const { reason, message } = row;
  if (!has(row, ['t', 'reason', 'message']) || typeof message !== 'string') return undefined;
  return reason === 'memory' || reason === 'crash' ? { t: 'dead', reason, message: message.slice(0, MESSAGE_CHARS) } : undefined;
}

function droppedOf(row: Row): FromHost | undefined {
  const { messages, logs } = row;
  return has(row, ['t', 'messages', 'logs']) && isCount(messages) && isCount(logs) ? { t: 'dropped', messages, logs } : undefined;
}

function pongOf(row: Row): FromHost | undefined {
  const { id, heapBytes } = row;
  return has(row, ['t', 'id', 'heapBytes']) && isId(id) && isCount(heapBytes) ? { t: 'pong', id, heapBytes } : undefined;
}

function retOf(row: Row): FromGuest | undefined {
  const { id, ok } = row;
  if (!isId(id)) return undefined;
  if (ok === true) return has(row, ['k', 'id', 'ok'], ['value']) ? { k: 'ret', id, ok, value: row['value'] } : undefined;
  const error = errorOf(row['error']);
  return ok === false && has(row, ['k', 'id', 'ok', 'error']) && error ? { k: 'ret', id, ok, error } : undefined;
}

function reqOf(row: Row): FromGuest | undefined {
  const { id, cap } = row;
  const args: unknown = row['args'];
  if (!has(row, ['k', 'id', 'cap', 'args']) || !isId(id) || !isKey(cap, CAPABILITIES)) return undefined;
  return Array.isArray(args) && args.length <= MOST_ARGS ? { k: 'req', id, cap, args: args as unknown[] } : undefined;
}

function tapOf(row: Row): FromGuest | undefined {
  const { tap, hook } = row;
  const options = optionsOf(row['options']);
  if (!has(row, ['k', 'tap', 'hook', 'options']) || !isId(tap) || !isKey(hook, HOOKS) || options === undefined) return undefined;
  return { k: 'tap', tap, hook, options };
}

/** Keys that no option has are left out: they mean nothing. A known key with a wrong value means something else than what was wanted. */
function optionsOf(value: unknown): TapOptions | undefined {
  const row = rowOf(value);
  if (row === undefined) return undefined;
  const [order, guard, shadow] = [own(row, 'order'), own(row, 'guard'), own(row, 'shadow')];
  const after = own(row, 'after');
  if (order !== undefined && !isKey(order, ORDERS)) return undefined;
  if (after !== undefined && !isNames(after)) return undefined;
  if (!isFlag(guard) || !isFlag(shadow)) return undefined;
  return {
    ...(order !== undefined && { order }),
    ...(after !== undefined && { after }),
    ...(guard !== undefined && { guard }),
    ...(shadow !== undefined && { shadow }),
  };
}

function logOf(row: Row): FromGuest | undefined {
  const { level, message } = row;
  const fields = rowOf(row['fields']);
  if (!has(row, ['k', 'level', 'fields', 'message']) || !isKey(level, LEVELS)) return undefined;
  return typeof message === 'string' && fields ? { k: 'log', level, fields, message } : undefined;
}

/** Longer strings are cut rather than refused: that something failed must arrive. */
function errorOf(value: unknown): GuestError | undefined {
  const row = rowOf(value);
  if (row === undefined || !has(row, ['name', 'message', 'stack'], ['code'])) return undefined;
  const { name, message, stack, code } = row;
  if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string') return undefined;
  const bounded = { name: name.slice(0, NAME_CHARS), message: message.slice(0, MESSAGE_CHARS), stack: stack.slice(0, STACK_CHARS) };
  return typeof code === 'string' && /^VP_[A-Z0-9_]{1,60}$/.test(code) ? { ...bounded, code } : bounded;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Counts brackets outside of strings. */
function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x22) quoted = !quoted;
    else if (quoted) at += char === 0x5c ? 1 : 0;
    else if (char === 0x5b || char === 0x7b) {
      depth += 1;
      if (depth > MOST_DEPTH) return true;
    } else if (char === 0x5d || char === 0x7d) depth -= 1;
  }
  return false;
}

function rowOf(value: unknown): Row | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined;
}

/** Whether the keys are these, all of `must` and any of `may`. */
function cutOf(row: Row): FromHost | undefined {
  if (!has(row, ['t', 'ms'], ['stuck']) || !isCount(row['ms'])) return undefined;
  return own(row, 'stuck') === true ? { t: 'cut', ms: row['ms'], stuck: true } : { t: 'cut', ms: row['ms'] };
}

function has(row: Row, must: readonly string[], may: readonly string[] = []): boolean {
  return must.every((key) => Object.hasOwn(row, key)) && Object.keys(row).every((key) => must.includes(key) || may.includes(key));
}

function own(row: Row, key: string): unknown {
  return Object.hasOwn(row, key) ? row[key] : undefined;
}

function isKey<K extends string>(value: unknown, table: Readonly<Record<K, true>>): value is K {
  return typeof value === 'string' && Object.hasOwn(table, value);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST_COUNT;
}

function isFlag(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === 'boolean';
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MOST_NAMES && value.every((name) => typeof name === 'string' && name.length <= NAME_CHARS);
}
