/** Crash dumps: what is known of an end, without secrets, in a file that only the user can read. */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecoveryDecision, SessionCrashReport } from '@vp/sdk';
import type { Retention } from './config.ts';
import { redactDeep } from './redact.ts';

const DAY_MS = 86_400_000;
const MB = 1_000_000;
/** Longer texts are cut, after secrets have been taken out. */
const TEXT_LENGTH = 10_000;

/** A dump on disk. */
export interface DumpFile {
  readonly path: string;
  readonly bytes: number;
  /** Epoch milliseconds of its writing. */
  readonly at: number;
}

/** What a dump holds; it has the analysis in its decision. */
export interface Dump {
  readonly report: SessionCrashReport;
  readonly decision: RecoveryDecision;
  readonly proposedBy: string | null;
}

/** The folder of the dumps. */
export function dumpFolder(home: string): string {
  return join(home, 'crashes');
}

/** Writes a dump whole or not at all. Gives its path. @throws what the disk says */
export async function writeDump(home: string, version: string, dump: Dump): Promise<string> {
  const { report } = dump;
  const folder = dumpFolder(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const day = new Date().toISOString().slice(0, 10);
  const session = report.sessionId.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 100);
  const path = join(folder, `${day}-${session}-${report.attempt}.json`);
  const part = `${path}.part`;
  try {
    const file = await open(part, 'w', 0o600);
    try {
      await file.writeFile(textOf(dump, version));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return path;
}

/** Oldest first. Empty where there is no folder. */
export async function listDumps(home: string): Promise<DumpFile[]> {
  const folder = dumpFolder(home);
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const file = await stat(path).catch(() => undefined);
      return file?.isFile() ? [{ path, bytes: file.size, at: file.mtimeMs }] : [];
    }),
  );
  return found.flat().toSorted((a, b) => a.at - b.at);
}

/** Removes what is too old, too many or too much, oldest first, and what a crash of the kernel left half written. */
export async function pruneDumps(home: string, { keepDays, maxMb, maxCount }: Retention, now: number): Promise<number> {
  const files = await listDumps(home);
  let count = files.length;
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let removed = 0;
  for (const file of files) {
    const old = file.at < now - keepDays * DAY_MS;
    const half = file.path.endsWith('.part') && file.at < now - DAY_MS;
    if (!old && !half && count <= maxCount && bytes <= maxMb * MB) continue;
    await rm(file.path, { force: true });
    count -= 1;
    bytes -= file.bytes;
    removed += 1;
  }
  return removed;
}

function textOf({ report, decision, proposedBy }: Dump, version: string): string {
  const ready = report.lastEvents.findLast((event) => event.type === 'ready');
  const versions = { '@vp/recovery': version, agent: ready?.version ?? null, model: ready?.model ?? null, node: process.version };
  const dump = { format: 1, writtenAt: new Date().toISOString(), versions, report, decision, proposedBy };
  return `${JSON.stringify(cutDeep(redactDeep(dump)), null, 2)}\n`;
}

function cutDeep(value: unknown): unknown {
  if (typeof value === 'string') return value.length > TEXT_LENGTH ? `${value.slice(0, TEXT_LENGTH)}… (${value.length} characters)` : value;
  if (Array.isArray(value)) return value.map(cutDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cutDeep(inner)]));
}
