/** Log lines of a guest, on their way into the kernel's log: bounded, visible, and unable to pass for another's. */
import type { Logger } from '@vp/sdk';
import { WINDOW_MS } from '../limits.ts';
import type { FromGuest } from '../protocol.ts';
import { visible } from './visible.ts';

const MAX_MESSAGE = 2_000;
const MAX_FIELDS = 8_192;
const MAX_KEY = 100;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 200;
const RESERVED = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'name',
  'plugin',
  'msg',
  'v',
  'err',
  'fields',
  '__proto__',
  'constructor',
  'toJSON',
]);

/** What a guest wants logged. */
export type LogMessage = Extract<FromGuest, { k: 'log' }>;

export class GuestLog {
  readonly #log: Logger;
  readonly #lines: number;
  #windowEnd = 0;
  #count = 0;
  readonly #onDropped: () => void;

  /** `lines` may be written within `WINDOW_MS`; `onDropped` is told of each that is not. */
  constructor(log: Logger, lines: number, onDropped: () => void) {
    this.#onDropped = onDropped;
    this.#log = log;
    this.#lines = lines;
  }

  /** Writes a line, unless there were too many. What is malformed counts as dropped. */
  write({ level, fields, message }: LogMessage): void {
    const write = this.#writer(level);
    if (write === undefined || typeof message !== 'string' || !this.#admits()) {
      this.#onDropped();
      return;
    }
    const text = visible(message, MAX_MESSAGE);
    const safe = safeFields(fields);
    if (safe === undefined) write({}, text);
    else if (isPlainEnough(safe)) write(safe, text);
    // One key of their own: `level`, `time` or `plugin` among them stay theirs.
    else write({ fields: safe }, text);
  }

  #writer(level: unknown): ((fields: object, message: string) => void) | undefined {
    switch (level) {
      case 'debug':
        return (fields, message) => this.#log.debug(fields, message);
      case 'info':
        return (fields, message) => this.#log.info(fields, message);
      case 'warn':
        return (fields, message) => this.#log.warn(fields, message);
      case 'error':
        return (fields, message) => this.#log.error(fields, message);
      default:
        return undefined;
    }
  }

  #admits(): boolean {
    const now = performance.now();
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#lines;
  }
}

/** The fields as plain data of our own; undefined where there are none. */
function safeFields(fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null || Object.keys(fields).length === 0) return undefined;
  const text = jsonOf(fields);
  return text.length > MAX_FIELDS ? visible(text, MAX_FIELDS) : plain(fields, 0);
}

/** Nesting without end, which is read well enough, cannot be written. */
function jsonOf(fields: object): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return '';
  }
}

/** Whether none of the fields bears the name of one that a log line has anyway. */
function isPlainEnough(fields: unknown): fields is object {
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields) && !Object.keys(fields).some((key) => RESERVED.has(key));
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return visible(value, MAX_FIELDS);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((one) => plain(one, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value).slice(0, MAX_ENTRIES)) {
    Object.defineProperty(copy, visible(key, MAX_KEY), {
      value: plain(one, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}
