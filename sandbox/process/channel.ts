/** A host's process and its three pipes. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { setPriority } from 'node:os';
import type { HostCommand } from './command.ts';
import { Lines } from './lines.ts';

/** What is told of a process. Nothing of it throws. */
export interface ChannelEvents {
  /** A whole line; false ends the reading. */
  line(text: string): boolean;
  /** A line was longer than may be; nothing more is read. */
  overflow(): void;
  /** The process and its pipes are gone. Once, and last. */
  gone(how: string): void;
}

const NICE = 10;
const TAIL_CHARS = 4_096;
/** Lines of one host in one turn of the event loop: a host that floods must not hold the kernel, nor must many together. */
const LINES_A_TURN = 50;
/** What is read without giving others a turn first. */
const FEW_LINES = 2;
const FEW_BYTES = 4_096;
/** How long pipes may outlive their process. */
const PIPES_MS = 250;

export class Channel {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #events: ChannelEvents;
  readonly #lines: Lines;
  #tail = '';
  #how = '';
  #gone = false;
  #lingering: NodeJS.Timeout | undefined;

  /** Starts the process. That it could not be started is told by `gone`. @throws Error where not even its pipes could be made */
  constructor(command: HostCommand, lineBytes: number, events: ChannelEvents) {
    this.#events = events;
    this.#lines = new Lines(lineBytes);
    this.#child = spawn(command.program, command.args, { cwd: command.cwd, env: {}, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    this.#child.on('error', (error) => this.#failed(error));
    // Without file descriptors Node gives a child without streams, whatever its type says.
    if ((this.#child.stdin as unknown) == null) throw new Error('no file descriptors are left');
    this.#listen();
    if (this.#child.pid !== undefined) lower(this.#child.pid);
  }

  /** Undefined where the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Bytes that wait to be read by the process. */
  get waitingBytes(): number {
    return this.#child.stdin.writableLength;
  }

  /** The end of what it wrote to its standard error, on one line. */
  get tail(): string {
    return this.#tail.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  }

  write(line: string): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${line}\n`);
  }

  /** Ends the process at once. What it has said and was not read yet is never read. */
  kill(): void {
    this.#child.stdout.destroy();
    this.#child.kill('SIGKILL');
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child;
    stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    stderr.on('data', (chunk: Buffer) => {
      this.#tail = (this.#tail + chunk.toString('utf8')).slice(-TAIL_CHARS);
    });
    // A pipe breaks when its process ends, which is told below.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
    this.#child.on('exit', (code, signal) => {
      this.#how ||= signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`;
      // Whoever else holds the pipes is no host.
      this.#lingering = setTimeout(() => this.#finish(), PIPES_MS);
    });
    this.#child.on('close', () => this.#finish());
  }

  #failed(error: Error): void {
    this.#how ||= error.message;
    if (this.#child.pid === undefined && (this.#child.stdin as unknown) != null) this.#finish();
  }

  #read(chunk: Buffer): void {
    const { stdout } = this.#child;
    let lines = 0;
    const end = this.#lines.push(chunk, (line) => {
      lines += 1;
      return this.#events.line(line) && lines < LINES_A_TURN;
    });
    if (end === -1) return this.#events.overflow();
    if (stdout.destroyed) return;
    const rest = chunk.subarray(end);
    if (rest.length === 0 && lines <= FEW_LINES && chunk.length < FEW_BYTES) {
      stdout.resume();
      return;
    }
    stdout.pause();
    setImmediate(() => (rest.length > 0 ? this.#read(rest) : stdout.resume()));
  }

  #finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#lingering);
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#events.gone(this.#how);
  }
}

/** So that no plugin takes the processor from the agents. */
function lower(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended already.
  }
}
