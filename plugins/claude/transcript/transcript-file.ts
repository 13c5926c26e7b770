/** Finds and reads the agent's own record of a conversation. It may be huge: only its two ends are read. */
import { open, readdir, realpath, type FileHandle } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Spent } from '../state/attempts.ts';
import { jsonOf, numberIn, objectIn, type Json } from '../protocol/json.ts';
import { modelUsage, NO_USAGE } from '../protocol/tokens.ts';

const HEAD = 1024 * 1024;
const TAIL = 4 * 1024 * 1024;
/** More than the length of an id. */
const OVERLAP = 64;

/** The two ends of a transcript, or all of it where it is short. */
export interface TranscriptEnds {
  readonly path: string;
  readonly lines: readonly Json[];
  /** Lines in the parts that were read that are no JSON objects, without the last. */
  readonly broken: number;
  /** The file ends in the middle of a line, which the agent passes over. */
  readonly torn: boolean;
  /** There is a middle that was not read. */
  readonly gap: boolean;
}

/** The path of a conversation's transcript; undefined where there is none. */
export async function findTranscript(configDir: string, cwd: string, id: string): Promise<string | undefined> {
  const projects = join(configDir, 'projects');
  const real = await realpath(cwd).catch(() => cwd);
  const usual = [real, cwd].map((dir) => join(projects, dir.replaceAll(/[^a-zA-Z0-9]/g, '-'), `${id}.jsonl`));
  const found = usual.find((path) => existsSync(path));
  if (found !== undefined) return found;
  // The name of a folder that is deep is cut by the agent, in a way of its own.
  const folders = await readdir(projects).catch(() => []);
  return folders.map((name) => join(projects, name, `${id}.jsonl`)).find((path) => existsSync(path));
}

/** Undefined where there is no transcript, or nothing in it. @throws Error of the file system */
export async function readTranscript(configDir: string, cwd: string, id: string): Promise<TranscriptEnds | undefined> {
  const path = await findTranscript(configDir, cwd, id);
  if (path === undefined) return undefined;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size === 0) return undefined;
    const parts = size <= HEAD + TAIL ? [await part(file, 0, size)] : [await part(file, 0, HEAD), await part(file, size - TAIL, TAIL)];
    return { path, gap: size > HEAD + TAIL, ...endsOf(parts, size > HEAD + TAIL) };
  } finally {
    await file.close();
  }
}

/** Whether any of the ids stands anywhere in a transcript, however long that is. @throws Error of the file system */
export async function mentions(path: string, ids: readonly string[]): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(HEAD);
    for (let from = 0; ; from += buffer.length - OVERLAP) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      const text = buffer.subarray(0, bytesRead);
      if (ids.some((id) => text.includes(id))) return true;
      if (bytesRead < buffer.length) return false;
    }
  } finally {
    await file.close();
  }
}

/** What the agent itself has written down as the cost of a conversation so far; null where it has not. Never throws. */
export async function spentSoFar(configDir: string, cwd: string, id: string): Promise<Spent | null> {
  const ends = await readTranscript(configDir, cwd, id).catch(() => undefined);
  const state = ends?.lines.findLast((line) => line['type'] === 'cost-state');
  if (state === undefined) return null;
  return { usage: modelUsage(objectIn(state, 'modelUsage')) ?? NO_USAGE, costUsd: numberIn(state, 'totalCostUSD') ?? 0 };
}

function endsOf(parts: readonly string[], gap: boolean): Omit<TranscriptEnds, 'path' | 'gap'> {
  const rows = parts.flatMap((text, index) => {
    const all = text.split('\n');
    // Where the middle is left out, the lines at the gap are not whole.
    if (!gap) return all;
    return index === 0 ? all.slice(0, -1) : all.slice(1);
  });
  const last = rows.pop() ?? '';
  const torn = last !== '' && jsonOf(last) === undefined;
  const written = [...rows, torn ? '' : last].filter((row) => row.trim() !== '');
  const lines = written.map(jsonOf).filter((line) => line !== undefined);
  return { lines, broken: written.length - lines.length, torn };
}

async function part(file: FileHandle, from: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
  return buffer.toString('utf8', 0, bytesRead);
}
