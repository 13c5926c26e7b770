/** Reads files of a plugin: regular ones only, and no more of them than may be loaded. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes of all files of a plugin and its packages together. */
export const MAX_INPUT_BYTES = 16 * 1024 * 1024;

/** More than may be read. */
export class TooLarge extends Error {
  readonly bytes: number;
  constructor(bytes: number) {
    super(`${bytes} bytes`);
    this.bytes = bytes;
  }
}

/**
 * Reads a file of at most `maxBytes`.
 * @throws TooLarge before anything of it is read; Error where it is no regular file
 */
export async function readSource(path: string, maxBytes: number): Promise<Buffer> {
  // Opening a pipe would otherwise wait for somebody to write.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is no regular file`);
    if (stat.size > maxBytes) throw new TooLarge(stat.size);
    const contents = await file.readFile();
    if (contents.length > maxBytes) throw new TooLarge(contents.length);
    return contents;
  } finally {
    await file.close();
  }
}

/** SHA-256, as hexadecimal digits. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Megabytes for people, with one decimal. */
export function megabytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 10) / 10;
}
