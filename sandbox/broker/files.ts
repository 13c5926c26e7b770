/** Text files of a sandboxed plugin: relative, granted, regular, reached without a link, not larger than its limit. */
import { randomUUID } from 'node:crypto';
import { constants, type BigIntStats, type Stats } from 'node:fs';
import { open, opendir, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';
import type { GuestFiles } from '../seams.ts';
import { fileError } from './file-error.ts';
import { openFolder as openFolderHere, type OpenFolder, type OpenFolderAt } from './folders.ts';
import { folderParts, isCovered, isKept, partsOf } from './paths.ts';
import { beyond, denied, quoted, wrong } from './refuse.ts';

/** Whose files, and which. */
export interface FilesSettings {
  /** Where paths start, absolute. */
  readonly baseDir: string;
  /** The state folder, which no plugin reaches. */
  readonly home: string;
  /** The paths in force. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Bytes of one file. */
  readonly maxBytes: number;
  /** Absolute paths of files that are not written, by whatever name. */
  kept?(): readonly string[];
  /** Tests: another system's way. */
  readonly openFolder?: OpenFolderAt;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const MAX_NAMES = 10_000;
const KEPT = 'no plugin may write code, settings of VP or of an agent, or a repository; nothing grants that';
const NO_LINK = 'it is a link, or one was put in its way; links are not followed';
const NOT_REGULAR = 'only regular files with one name are read and written';
const TEMPORARY = /^\.vp-[0-9a-f-]{36}\.tmp$/;

/** The files that the settings permit. */
export function guestFiles(settings: FilesSettings): GuestFiles {
  return {
    readText: (path) => reading(settings, path),
    writeText: (path, text) => writing(settings, path, text),
    list: (path) => listing(settings, path),
  };
}

async function reading(settings: FilesSettings, path: unknown): Promise<string> {
  const parts = partsOf(path);
  const what = `reading ${quoted(String(path))}`;
  permit(what, 'read', settings.read, parts);
  return await inside(settings, parts.slice(0, -1), what, async (folder) => {
    const file = await open(folder.at(nameOf(parts, what)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    return await using(file, async () => {
      const stats = await file.stat();
      if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
      if (!isPlain(stats)) throw denied(what, NOT_REGULAR);
      if (!(await folder.isSame())) throw denied(what, NO_LINK);
      return await bounded(file, settings.maxBytes, what);
    });
  });
}

/**
 * A new file takes the old one's place in one step, inside the folder that was opened. Neither a folder nor the file itself swapped for
 * a link, at whatever moment, leads elsewhere: the rename replaces the link, and never what it points at.
 */
async function writing(settings: FilesSettings, path: unknown, text: unknown): Promise<void> {
  const parts = partsOf(path);
  const what = `writing ${quoted(String(path))}`;
  if (typeof text !== 'string') throw wrong('the text to write must be text');
  permit(what, 'write', settings.write, parts);
  if (isKept(parts)) throw denied(what, KEPT);
  if (Buffer.byteLength(text) > settings.maxBytes) throw beyond(`${what}: more than limits.bodyBytes (${settings.maxBytes} bytes)`);
  await inside(settings, parts.slice(0, -1), what, async (folder) => {
    const name = nameOf(parts, what);
    const mode = await modeOf(folder.at(name), what, settings.kept?.() ?? []);
    const temporary = folder.at(`.vp-${randomUUID()}.tmp`);
    const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
    try {
      await using(file, async () => {
        await file.writeFile(text);
        if (mode !== undefined) await file.chmod(mode & 0o777);
      });
      if (!(await folder.isSame())) throw denied(what, NO_LINK);
      await rename(temporary, folder.at(name));
    } catch (error) {
      await unlink(temporary).catch(() => undefined); // gone already, or the folder is
      throw error;
    }
  });
}

async function listing(settings: FilesSettings, path: unknown): Promise<string[]> {
  const parts = folderParts(path);
  const what = `listing ${quoted(String(path))}`;
  permit(what, 'read', settings.read, parts);
  return await inside(settings, parts, what, async (folder) => {
    const names: string[] = [];
    for await (const entry of await opendir(folder.path)) {
      if (!(entry.isFile() || entry.isDirectory()) || TEMPORARY.test(entry.name)) continue;
      if (names.length === MAX_NAMES) throw beyond(`${what}: more than ${MAX_NAMES} names`);
      names.push(entry.name);
    }
    if (!(await folder.isSame())) throw denied(what, NO_LINK);
    return names.sort();
  });
}

/** Runs `act` in an open folder, and closes it. */
async function inside<T>(
  settings: FilesSettings,
  parts: readonly string[],
  what: string,
  act: (folder: OpenFolder) => Promise<T>,
): Promise<T> {
  try {
    const admit = await keepOut(settings, what);
    const folder = await (settings.openFolder ?? openFolderHere)(settings.baseDir, parts, admit);
    return await using(folder, () => act(folder));
  } catch (error) {
    throw fileError(error, what);
  }
}

/** Refuses every folder that is the state folder, by its identity: it may have many names. */
async function keepOut({ home, baseDir }: FilesSettings, what: string): Promise<(stats: BigIntStats) => void> {
  const refused = (): Error => denied(what, 'it is in the state folder of VP, which no plugin may see');
  const state = await stat(home, { bigint: true }).catch(() => undefined); // nothing to keep out of where there is none
  if (state !== undefined && `${await realpath(baseDir)}${sep}`.startsWith(`${await realpath(home)}${sep}`)) throw refused();
  return ({ dev, ino }) => {
    if (dev === state?.dev && ino === state.ino) throw refused();
  };
}

function permit(what: string, kind: 'read' | 'write', entries: readonly string[], parts: readonly string[]): void {
  if (isCovered(entries, parts)) return;
  const wanted = quoted(parts.join('/') || '.');
  throw denied(what, `add ${wanted}, or a folder above it, to permissions.fs.${kind} in the manifest, and to the grant in the config`);
}

function nameOf(parts: readonly string[], what: string): string {
  const name = parts.at(-1);
  if (name === undefined) throw wrong(`${what}: it is a folder`);
  return name;
}

/** The mode of a file that is there and may be replaced; undefined where there is none. */
async function modeOf(path: string, what: string, kept: readonly string[]): Promise<number | undefined> {
  const file = await open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  return await using(file, async () => {
    const stats = await file.stat();
    if (!isPlain(stats)) throw denied(what, NOT_REGULAR);
    for (const one of kept) {
      const { dev, ino } = await stat(one).catch(() => ({ dev: -1, ino: -1 })); // one that is not there cannot be this one
      if (dev === stats.dev && ino === stats.ino) throw denied(what, KEPT);
    }
    return stats.mode;
  });
}

function isPlain(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1;
}

/** All of a file, which may grow while it is read. */
async function bounded(file: FileHandle, maxBytes: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(65_536, maxBytes + 1 - length)));
    if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
    length += bytesRead;
    if (length > maxBytes) throw beyond(`${what}: more than limits.bodyBytes (${maxBytes} bytes)`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

async function using<T>(thing: { close(): Promise<void> }, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } finally {
    await thing.close();
  }
}
