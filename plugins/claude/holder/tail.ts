/** Reads a growing file line by line. The file is the buffer: what is not a whole line yet costs no memory, however long it grows. */
import { open, type FileHandle } from 'node:fs/promises';

/** A line and where it starts. `text` is undefined where it is longer than the bound. */
export interface Line {
  readonly offset: number;
  readonly text: string | undefined;
  /** Bytes, without the newline. */
  readonly length: number;
}

/** Takes lines in order and the offset behind the last. Called without waiting, so that lines and offset count together. */
export type Deliver = (lines: readonly Line[], end: number) => void;

const CHUNK = 64 * 1024;
const BIG_CHUNK = 1024 * 1024;
const NEWLINE = 10;

/** What was read of the file: `length` bytes at the start of the buffer. */
interface Chunk {
  readonly buffer: Buffer;
  readonly length: number;
}

export class Tail {
  readonly #path: string;
  readonly #maxLine: number;
  readonly #deliver: Deliver;
  /** Start of the first line not delivered. */
  #offset: number;
  /** Bytes known to hold no newline, from `#offset` on. */
  #scanned = 0;
  #file: FileHandle | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(path: string, offset: number, maxLine: number, deliver: Deliver) {
    this.#path = path;
    this.#offset = offset;
    this.#maxLine = maxLine;
    this.#deliver = deliver;
  }

  /** Where the first line starts that has not been delivered. */
  get offset(): number {
    return this.#offset;
  }

  /** Something may have been written. */
  poke(): void {
    this.#again = true;
    this.#reading ??= this.#drain().finally(() => {
      this.#reading = undefined;
      if (this.#again && !this.#stopped) this.poke();
    });
    // A file that cannot be read is tried again at the next poke.
    this.#reading.catch(() => undefined);
  }

  /** Reads the whole lines that are there now. */
  async drained(): Promise<void> {
    this.poke();
    await this.#reading;
  }

  /** Reads to the end, a last line without newline included. For a file that nobody writes any more. */
  async finish(): Promise<void> {
    await this.#reading?.catch(() => undefined);
    this.poke();
    await this.#reading;
    if (this.#stopped || this.#file === undefined) return;
    const { size } = await this.#file.stat();
    if (size > this.#offset) this.#emit([await this.#line(this.#file, this.#offset, size)], size);
  }

  /** Delivers nothing more, and closes the file once no read is under way. */
  stop(): void {
    this.#stopped = true;
    const close = (): Promise<void> | undefined => {
      const file = this.#file;
      this.#file = undefined;
      return file?.close();
    };
    void (this.#reading ?? Promise.resolve())
      .catch(() => undefined)
      .then(close)
      .catch(() => undefined);
  }

  /** Undefined where the tail was stopped while the file was being opened. */
  async #open(): Promise<FileHandle | undefined> {
    if (this.#file !== undefined) return this.#file;
    const file = await open(this.#path, 'r');
    if (!this.#stopped) return (this.#file = file);
    await file.close();
    return undefined;
  }

  async #drain(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const file = await this.#open();
      if (file === undefined) return;
      const { size } = await file.stat();
      await this.#readTo(file, size);
    }
  }

  /** Reads up to `size`. The next chunk is read while the lines of this one are dealt with. */
  async #readTo(file: FileHandle, size: number): Promise<void> {
    const spare: Buffer[] = [];
    let ahead: Promise<Chunk> | undefined;
    while (!this.#stopped && size > this.#offset + this.#scanned) {
      const from = this.#offset + this.#scanned;
      const chunk = await (ahead ?? readChunk(file, from, size, spare.pop()));
      if (chunk.length === 0) return;
      const rest = chunk.buffer.lastIndexOf(NEWLINE, chunk.length - 1) + 1;
      const next = from + (rest === 0 ? chunk.length : rest);
      ahead = next < size && !this.#stopped ? readChunk(file, next, size, spare.pop()) : undefined;
      try {
        await this.#take(file, chunk, from);
      } catch (error) {
        await ahead?.catch(() => undefined);
        throw error;
      }
      spare.push(chunk.buffer);
    }
    await ahead?.catch(() => undefined);
  }

  /** Delivers a chunk's whole lines, or notes that it holds no newline. */
  async #take(file: FileHandle, { buffer, length: filled }: Chunk, from: number): Promise<void> {
    const lines: Line[] = [];
    let start = 0;
    for (let end = nextNewline(buffer, 0, filled); end >= 0; end = nextNewline(buffer, start, filled)) {
      const length = end - start;
      if (start === 0 && this.#scanned > 0) lines.push(await this.#line(file, this.#offset, from + end));
      else lines.push({ offset: from + start, text: length > this.#maxLine ? undefined : buffer.toString('utf8', start, end), length });
      start = end + 1;
    }
    if (lines.length > 0) this.#emit(lines, from + start);
    // A rest that may become a line is read again with what follows; only a long one is passed over unread.
    else this.#scanned += filled;
  }

  async #line(file: FileHandle, offset: number, end: number): Promise<Line> {
    const length = end - offset;
    if (length > this.#maxLine) return { offset, text: undefined, length };
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
    return { offset, text: buffer.toString('utf8', 0, bytesRead), length };
  }

  #emit(lines: readonly Line[], end: number): void {
    if (this.#stopped) return;
    this.#offset = end;
    this.#scanned = 0;
    this.#deliver(lines, end);
  }
}

/** Reads the next chunk, into `spare` where that is large enough. */
async function readChunk(file: FileHandle, from: number, size: number, spare: Buffer | undefined): Promise<Chunk> {
  const room = Math.min(size - from, size - from > CHUNK ? BIG_CHUNK : CHUNK);
  const buffer = spare !== undefined && spare.length >= room ? spare : Buffer.allocUnsafe(room);
  const { bytesRead } = await file.read(buffer, 0, room, from);
  return { buffer, length: bytesRead };
}

function nextNewline(buffer: Buffer, from: number, filled: number): number {
  const at = buffer.indexOf(NEWLINE, from);
  return at < filled ? at : -1;
}
