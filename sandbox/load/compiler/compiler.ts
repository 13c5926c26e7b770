/** Compiles source that nobody trusts, in a process of its own that may take some time and memory and no more. */
import type { VpError } from '@vp/sdk';
import { reasonOf } from '@vp/sdk';
import { sandboxError } from '../../errors.ts';
import { builtOf, type Built } from '../built.ts';
import { failureError, type GivenUp, type Subject } from '../failure.ts';
import { isSdkFile } from '../sdk.ts';
import type { Failure, Inline, Said, Task } from './task.ts';
import { Worker } from './worker.ts';

/** What a task ends in. */
export type Result<T extends Task> = T['k'] extends 'manifest' ? Inline : Built;

/**
 * Has a task done.
 * @throws VP_SANDBOX_SYNTAX, VP_SANDBOX_SIZE, VP_SANDBOX_BUILTIN, VP_SANDBOX_NO_PLUGIN, VP_SANDBOX_MANIFEST, VP_SANDBOX_START, with `files`:
 * the absolute paths of what was read until then, whose change may mend it
 */
export type Ask = <T extends Task>(task: T, subject: Subject) => Promise<Result<T>>;

/** The bounds of a compiler. */
export interface CompilerSettings {
  /** Milliseconds of a task. Default 30,000. */
  readonly deadlineMs?: number;
  /** Bytes of resident memory of both processes, on Linux. Default 1 GiB. */
  readonly memoryBytes?: number;
  /** Milliseconds for which the processes are kept for a next task. Default 3,000. */
  readonly idleMs?: number;
}

/** The task that is being done. */
interface Open {
  readonly files: Set<string>;
  /** Lines of a bundle so far. */
  readonly lines: string[];
  done(result: Inline | Built): void;
  failed(failure: Failure | GivenUp): void;
}

const DEADLINE_MS = 30_000;
const MEMORY_BYTES = 1_024 * 1_024 * 1_024;
const IDLE_MS = 3_000;
const LOOK_MS = 50;

export class Compiler {
  readonly #settings: Required<CompilerSettings>;
  #worker: Worker | undefined;
  /** Tasks that the process has done. */
  #tasks = 0;
  #open: Open | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(settings: CompilerSettings = {}) {
    this.#settings = { deadlineMs: DEADLINE_MS, memoryBytes: MEMORY_BYTES, idleMs: IDLE_MS, ...settings };
  }

  /** One task after the other. */
  readonly ask: Ask = <T extends Task>(task: T, subject: Subject): Promise<Result<T>> => {
    const turn = this.#last.then(() => this.#perform(task, subject));
    this.#last = turn.catch(() => undefined);
    return turn as Promise<Result<T>>;
  };

  /** Ends the processes for good; what is being done and what waits fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await this.#worker?.kill();
  }

  async #perform(task: Task, subject: Subject): Promise<Inline | Built> {
    clearTimeout(this.#idle);
    const files = new Set<string>();
    for (;;) {
      const isFresh = this.#tasks === 0;
      const outcome = await this.#attempt(task, subject, files);
      if (!('why' in outcome)) return outcome;
      // What was left of an earlier task, or somebody else's signal, may be to blame.
      if (!isFresh && !this.#isClosed && (outcome.why === 'gone' || outcome.why === 'ended')) continue;
      throw withFiles(failureError(outcome, subject), files);
    }
  }

  /** Ends the process where the task did not end by itself. */
  async #attempt(task: Task, subject: Subject, files: Set<string>): Promise<Inline | Built | Failure | GivenUp> {
    const { deadlineMs, memoryBytes, idleMs } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<Inline | Built | Failure | GivenUp>();
    const worker = (this.#worker ??= this.#start(subject));
    this.#open = { files, lines: [], done: resolve, failed: resolve };
    worker.hold(true);
    const deadline = setTimeout(() => resolve({ why: 'late', ms: deadlineMs }), deadlineMs);
    const look = setInterval(() => {
      if (worker.memoryBytes > memoryBytes) resolve({ why: 'memory', bytes: memoryBytes });
    }, LOOK_MS);
    worker.write(JSON.stringify(task));
    const outcome = await promise;
    clearTimeout(deadline);
    clearInterval(look);
    this.#open = undefined;
    if ('why' in outcome && endsWorker(outcome)) {
      await worker.kill();
      return outcome;
    }
    this.#tasks += 1;
    worker.hold(false);
    this.#idle = setTimeout(() => void worker.kill(), idleMs).unref();
    return outcome;
  }

  #start(subject: Subject): Worker {
    try {
      if (this.#isClosed) throw new Error('the sandbox is closed');
      return new Worker({
        line: (text) => this.#hear(text),
        overflow: () => this.#open?.failed({ why: 'answer' }),
        gone: (how) => {
          this.#worker = undefined;
          this.#tasks = 0;
          this.#open?.failed({ why: 'ended', how });
        },
      });
    } catch (cause) {
      throw sandboxError('VP_SANDBOX_START', { plugin: subject.plugin, why: reasonOf(cause) }, { plugin: subject.plugin, cause });
    }
  }

  #hear(text: string): void {
    const open = this.#open;
    if (open === undefined) return;
    try {
      if (open.lines.length > 0) return this.#collect(open, text);
      const said = JSON.parse(text) as Said;
      if (said.k === 'read') {
        if (!isSdkFile(said.path)) open.files.add(said.path);
      } else if (said.k === 'failed') open.failed(said.failure);
      else if (said.k === 'inline') open.done(said);
      else open.lines.push(text);
    } catch {
      open.failed({ why: 'answer' });
    }
  }

  #collect(open: Open, text: string): void {
    open.lines.push(text);
    const [head = '', code = '', map] = open.lines;
    if (map === undefined) return;
    open.done(builtOf(head, code, map));
  }
}

/** What a failure leaves behind is not used again. */
function endsWorker({ why }: Failure | GivenUp): boolean {
  return why === 'gone' || why === 'memory' || why === 'late' || why === 'answer' || why === 'ended';
}

/** Not among what a log shows of an error: they may be thousands. */
function withFiles(error: VpError, files: ReadonlySet<string>): VpError {
  return Object.defineProperty(error, 'files', { value: [...files], enumerable: false });
}
