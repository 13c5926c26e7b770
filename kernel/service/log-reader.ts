/** Reads the log of a service from outside: what is there, and what comes, across rotations. A file is known by its inode. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const CHUNK_BYTES = 1 << 20;

interface Open {
  readonly fd: number;
  readonly inode: number;
  at: number;
  /** The beginning of a line whose end has not been written yet. */
  rest: Buffer;
}

export class LogReader {
  readonly #file: string;
  #current: Open | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** The lines of each file, the newest file first. `more` goes on where this began. */
  *past(): Generator<string[]> {
    yield this.more();
    const seen = new Set([this.#current?.inode]);
    // Files move to higher numbers while this reads; one that is met again was read already.
    for (let n = 1; n <= this.#oldest() + 1; n += 1) {
      const old = open(`${this.#file}.${n}`);
      if (old === undefined) continue;
      const isNew = !seen.has(old.inode);
      seen.add(old.inode);
      const lines = isNew ? wholeOf(old) : [];
      closeSync(old.fd);
      yield lines;
    }
  }

  /** Whole lines that have come since the last call, oldest first. */
  more(): string[] {
    this.#current ??= open(this.#file);
    if (this.#current === undefined) return [];
    const lines = linesOf(this.#current);
    if (inodeOf(this.#file) === this.#current.inode) return lines;
    // Opened before the others are looked for: should it be put aside meanwhile, it is still the one to go on with.
    const next = open(this.#file);
    if (next === undefined) return lines;
    const before = this.#current;
    lines.push(...wholeOf(before));
    for (const between of this.#between(before.inode, next.inode)) lines.push(...between);
    closeSync(before.fd);
    this.#current = next;
    return [...lines, ...linesOf(next)];
  }

  close(): void {
    if (this.#current !== undefined) closeSync(this.#current.fd);
    this.#current = undefined;
  }

  /** Lines of the files that came and were put aside between two others, oldest first. */
  #between(before: number, next: number): string[][] {
    const found: string[][] = [];
    for (let n = 1; n <= this.#oldest(); n += 1) {
      const one = open(`${this.#file}.${n}`);
      if (one === undefined) continue;
      const isBetween = one.inode !== before && one.inode !== next;
      if (isBetween) found.unshift(wholeOf(one));
      closeSync(one.fd);
      if (one.inode === before) break;
    }
    return found;
  }

  /** The highest number of a file that was put aside. */
  #oldest(): number {
    const prefix = `${basename(this.#file)}.`;
    const numbers = readdirSync(dirname(this.#file)).flatMap((name) =>
      name.startsWith(prefix) ? [Number(name.slice(prefix.length))] : [],
    );
    return Math.max(0, ...numbers.filter((n) => Number.isInteger(n)));
  }
}

function open(file: string): Open | undefined {
  try {
    const fd = openSync(file, 'r');
    return { fd, inode: fstatSync(fd).ino, at: 0, rest: Buffer.alloc(0) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

/** All that is left of a file that nobody writes to any more. */
function wholeOf(file: Open): string[] {
  const lines = linesOf(file);
  if (file.rest.length > 0) lines.push(file.rest.toString());
  return lines;
}

/** Whole lines from where reading stopped. */
function linesOf(file: Open): string[] {
  const { size } = fstatSync(file.fd);
  // Somebody has emptied it.
  if (size < file.at) Object.assign(file, { at: 0, rest: Buffer.alloc(0) });
  const parts: Buffer[] = [file.rest];
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, size - file.at)));
    const read = readSync(file.fd, chunk, 0, chunk.length, file.at);
    file.at += read;
    parts.push(chunk.subarray(0, read));
    if (read === 0 || file.at >= size) break;
  }
  const bytes = Buffer.concat(parts);
  const end = bytes.lastIndexOf(10) + 1;
  file.rest = Buffer.from(bytes.subarray(end));
  return bytes
    .subarray(0, end)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}
