/** The folder of one session. Its layout is fixed: an older kernel's sessions are adopted by it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The layout that this version writes. A kernel adopts its own and the one before. */
export const FORMAT = 1;

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
  };
}

/** Makes the folder, readable by its owner only. */
export function makeFolder(folder: SessionFolder): void {
  mkdirSync(folder.spool, { recursive: true, mode: 0o700 });
  for (const path of [folder.out, folder.err]) writeFileSync(path, '', { mode: 0o600 });
  writeWhole(folder.format, `${FORMAT}\n`);
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
