/** Reads files of a plugin: regular ones only, and no more of them than may be loaded. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Bytes of all files of a plugin and its packages together. */
export const MAX_INPUT_BYTES = 16 * 1024 * 1024;
/** What is read and hashed in one go: others wait for no more. */
const PIECE_BYTES = 256 * 1024;

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
export function readSource(path: string, maxBytes: number): Promise<Buffer> {
  return withFile(path, maxBytes, async (file) => {
    const contents = await file.readFile();
    if (contents.length > maxBytes) throw new TooLarge(contents.length);
    return contents;
  });
}

/**
 * SHA-256 of a file of at most `maxBytes`, in pieces.
 * @throws TooLarge; Error where it is no regular file
 */
export function hashFile(path: string, maxBytes: number): Promise<string> {
  return withFile(path, maxBytes, async (file, size) => {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, size));
    for (let left = size; left > 0;) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, left), null);
      if (bytesRead === 0) throw new Error(`${path} changes while it is read`);
      left -= bytesRead;
      hash.update(piece.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  });
}

async function withFile<T>(path: string, maxBytes: number, act: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  // Opening a pipe would otherwise wait for somebody to write.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is no regular file`);
    if (stat.size > maxBytes) throw new TooLarge(stat.size);
    return await act(file, stat.size);
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
