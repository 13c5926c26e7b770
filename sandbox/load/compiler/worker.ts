/** The compiler's process, as the kernel sees it: told tasks, listened to, held to its memory, ended with esbuild's. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { extname, join } from 'node:path';
import { Lines } from '../../process/lines.ts';
import { usageOf, type Usage } from '../../process/usage.ts';
import { MAX_LINE } from './task.ts';

/** What is told of the process. Nothing of it throws. */
export interface WorkerEvents {
  line(text: string): void;
  /** A line is longer than may be. */
  overflow(): void;
  /** The process is gone. Once, and last. */
  gone(how: string): void;
}

const PROGRAM = join(import.meta.dirname, `child${extname(import.meta.filename)}`);
/** What bounds it where its memory cannot be seen. */
const HEAP_MB = 512;
const NICE = 10;
const TAIL_CHARS = 500;

export class Worker {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone = Promise.withResolvers<void>();
  readonly #usages = new Map<number, Usage>();
  #tail = '';
  #isGone = false;

  /** @throws Error where it cannot be started */
  constructor(events: WorkerEvents) {
    const { PATH, TMPDIR } = process.env;
    const env = Object.fromEntries(Object.entries({ PATH, TMPDIR }).filter(([, value]) => value !== undefined));
    const args = [`--max-old-space-size=${HEAP_MB}`, '--no-warnings', PROGRAM];
    // A group of its own, so that one signal ends it and esbuild's process together.
    this.#child = spawn(process.execPath, args, { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], detached: true, windowsHide: true });
    this.#child.on('error', () => undefined);
    if (this.#child.pid === undefined) throw new Error('the system starts no more processes');
    this.#listen(events);
    try {
      setPriority(this.#child.pid, NICE);
    } catch {
      // It has ended already.
    }
  }

  write(line: string): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${line}\n`);
  }

  /** Resident memory of it and of esbuild's process, in bytes; 0 where it cannot be seen. */
  get memoryBytes(): number {
    if (process.platform !== 'linux' || this.#child.pid === undefined) return 0;
    const pids = [this.#child.pid, ...childrenOf(this.#child.pid)];
    return pids.map((pid) => this.#usage(pid).read()?.rssBytes ?? 0).reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Whether the caller's process waits for this one before it ends. */
  hold(isHeld: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const one of [this.#child, stdin, stdout, stderr] as { ref?(): void; unref?(): void }[]) {
      if (isHeld) one.ref?.();
      else one.unref?.();
    }
  }

  /** Ends both processes at once. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.hold(true);
    this.#child.stdout.destroy();
    this.#signal();
    await this.#gone.promise;
  }

  #listen(events: WorkerEvents): void {
    const { stdin, stdout, stderr } = this.#child;
    const lines = new Lines(MAX_LINE);
    stdout.on('data', (chunk: Buffer) => {
      const end = lines.push(chunk, (line) => {
        events.line(line);
        return true;
      });
      if (end === -1) events.overflow();
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#tail = (this.#tail + chunk.toString('utf8')).slice(-TAIL_CHARS);
    });
    // A pipe breaks when its process ends, which is told below.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
    this.#child.once('exit', (code, signal) => {
      // esbuild's process may still be in the middle of something.
      this.#signal();
      this.#isGone = true;
      for (const usage of this.#usages.values()) usage.close();
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      this.#gone.resolve();
      events.gone([signal ?? `exit code ${code}`, this.#tail.trim()].filter((text) => text !== '').join(': '));
    });
  }

  #signal(): void {
    if (this.#isGone || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Nothing is left of the two.
    }
  }

  #usage(pid: number): Usage {
    const known = this.#usages.get(pid) ?? usageOf(pid);
    this.#usages.set(pid, known);
    return known;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return pids
      .split(' ')
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}
