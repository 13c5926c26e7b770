/** Reading charter files, and telling whether they changed. Contents are compared, not times: a save may come within one tick of the clock. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isErrno } from './errno.ts';
import { charterError } from './errors.ts';

const MAX_BYTES = 1_048_576;

/** SHA-256 by absolute path, of each file that a charter was read from; for one that cannot be read, why. */
export type Sources = Readonly<Record<string, string>>;

/** A file that was read. */
export interface Source {
  readonly bytes: Uint8Array;
  /** SHA-256, hexadecimal. */
  readonly sum: string;
  /** When it was last written, epoch milliseconds. */
  readonly writtenAt: number;
}

/**
 * Reads a file.
 * @throws VP_CHARTER_MISSING, VP_CHARTER_UNREADABLE.
 */
export async function readSource(file: string): Promise<Source> {
  try {
    return await readBounded(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw charterError('VP_CHARTER_MISSING', { file }, { file, cause: error });
    throw charterError('VP_CHARTER_UNREADABLE', { file, why: whyUnreadable(error) }, { file, cause: error });
  }
}

/** Whether every file still holds what it held. */
export async function unchanged(sources: Sources): Promise<boolean> {
  for (const [file, sum] of Object.entries(sources)) {
    if ((await sumOf(file)) !== sum) return false;
  }
  return true;
}

/** The file's SHA-256, or why it cannot be read. */
export async function sumOf(file: string): Promise<string> {
  try {
    return (await readBounded(file)).sum;
  } catch (error) {
    return `unreadable: ${whyUnreadable(error)}`;
  }
}

async function readBounded(file: string): Promise<Source> {
  // Not blocking: the path may name a pipe that nobody writes to.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error('it is a folder');
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > MAX_BYTES) throw new Error('it is larger than 1 MB');
    const bytes = await handle.readFile();
    return { bytes, sum: createHash('sha256').update(bytes).digest('hex'), writtenAt: stat.mtimeMs };
  } finally {
    await handle.close();
  }
}

function whyUnreadable(error: unknown): string {
  if (isErrno(error, 'EACCES', 'EPERM')) return 'this user may not read it';
  return error instanceof Error ? error.message : String(error);
}
