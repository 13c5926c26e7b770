/** The folder of one session. Its layout is fixed: an older kernel's sessions are adopted by it. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The layout that this version writes. A kernel adopts its own and the one before, which knew of one attempt only. */
export const FORMAT = 2;
export const FORMATS: ReadonlySet<number> = new Set([1, FORMAT]);

/** Absolute paths of what a session folder holds. */
export interface SessionFolder {
  readonly root: string;
  readonly format: string;
  readonly spec: string;
  readonly state: string;
  readonly spool: string;
  readonly bell: string;
  readonly live: string;
  readonly stdin: string;
  readonly out: string;
  readonly err: string;
  readonly holder: string;
  readonly pid: string;
  readonly exit: string;
  readonly instructions: string;
  readonly settings: string;
  /** What earlier attempts ran with, in a folder each. */
  readonly attempts: string;
}

const NEWLINE = 10;
const STEP = 64 * 1024;

/** What belongs to one attempt alone. */
const OF_ONE_ATTEMPT = ['in.d', 'bell', 'live', 'stdin', 'holder', 'pid', 'exit'] as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a session may have this id. */
export function isSessionId(id: string): boolean {
  return UUID.test(id);
}

/** Where all session folders are. */
export function sessionsRoot(home: string): string {
  return join(home, 'sessions');
}

/** The paths of one session. */
export function folderOf(home: string, id: string): SessionFolder {
  const root = join(sessionsRoot(home), id);
  const at = (name: string): string => join(root, name);
  return {
    root,
    format: at('format'),
    spec: at('spec.json'),
    state: at('state.json'),
    spool: at('in.d'),
    bell: at('bell'),
    live: at('live'),
    stdin: at('stdin'),
    out: at('out'),
    err: at('err'),
    holder: at('holder'),
    pid: at('pid'),
    exit: at('exit'),
    instructions: at('CLAUDE.md'),
    settings: at('settings.json'),
    attempts: at('attempts'),
  };
}

/** Makes the folder, or what a further attempt needs in it, readable by its owner only. */
export function makeFolder(folder: SessionFolder): void {
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  writeWhole(folder.format, `${FORMAT}\n`);
  mkdirSync(folder.spool, { recursive: true, mode: 0o700 });
  for (const path of [folder.out, folder.err]) writeFileSync(path, '', { flag: 'a', mode: 0o600 });
}

/** Where the last whole line of a file ends. */
export function endOfLines(path: string): number {
  const size = sizeOf(path);
  if (size === 0) return 0;
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(STEP);
    for (let end = size; end > 0; end -= STEP) {
      const from = Math.max(0, end - STEP);
      const at = buffer.lastIndexOf(NEWLINE, readSync(file, buffer, 0, end - from, from) - 1);
      if (at >= 0) return from + at + 1;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}

/** Bytes of a file; 0 where it is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Makes room for a further attempt: puts away what attempt `n` ran with, and ends the last line of its output. Done again after it was
 * cut off, it goes on.
 */
export function putAway(folder: SessionFolder, n: number): void {
  const to = join(folder.attempts, String(n));
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of OF_ONE_ATTEMPT) {
    try {
      renameSync(join(folder.root, name), join(to, name));
    } catch {
      // It is not there, or it is of an attempt that never began and the place is taken by the one before.
      rmSync(join(folder.root, name), { recursive: true, force: true });
    }
  }
  for (const path of [folder.out, folder.err]) endLine(path);
}

/** Nobody writes any more: what stands there unfinished must not run into what comes. */
function endLine(path: string): void {
  const file = openSync(path, 'a+', 0o600);
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE) writeSync(file, '\n');
  } finally {
    closeSync(file);
  }
}

/** Writes a file so that a reader sees the old text or the new, never a part. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The text of a small file; undefined where it is not there. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A JSON file as an object; undefined where it is not there or broken. */
export function readJson(path: string): Readonly<Record<string, unknown>> | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
