/**
 * Charters in TypeScript and JavaScript, evaluated in a short-lived process: an edited module would otherwise stay in the kernel's
 * memory for ever. That process may read files and compute; it may not write, start programs or reach the network, and its
 * environment is empty.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ParseResult } from './parse.ts';
import { segmentsOf } from './problem.ts';
import type { Sources } from './source.ts';

const LIMIT_MS = 5_000;
const AHEAD_MS = 200;
const MAX_REPORT = 4 * 1_048_576;

/** What the child writes. */
export interface ChildReport {
  readonly sources: Sources;
  /** When it began to read, epoch milliseconds. */
  readonly readAt: number;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly stack: string };
}

/** The evaluated charter and the files it came from. */
export interface Evaluated {
  readonly result: ParseResult;
  readonly sources: Sources;
  readonly readAt: number;
}

/** Evaluates modules. With `ahead` it keeps one program waiting after the first use, so that an edit is in force sooner. */
export class Evaluator {
  readonly #ahead: boolean;
  #waiting: Program | undefined;
  #next: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: { readonly ahead: boolean }) {
    this.#ahead = options.ahead;
  }

  /** Evaluates a module and gives its default export as plain data. */
  async evaluate(file: string): Promise<Evaluated> {
    const started = Date.now();
    const program = this.#waiting ?? start('now');
    this.#waiting = undefined;
    const outcome = await ask(program, file);
    this.#startAhead();
    if (typeof outcome === 'string') return { result: failure(file, null, outcome), sources: {}, readAt: started };
    const { sources, readAt, error, value } = outcome;
    if (error) return { result: failure(file, lineIn(error.stack, file), error.message), sources, readAt };
    const text = await readFile(file, 'utf8').catch(() => '');
    return { result: { parsed: { value, line: (pointer) => guessLine(text, pointer) } }, sources, readAt };
  }

  /** Ends the program that waits. Resolves when it has gone. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#next);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    waiting.child.kill('SIGKILL');
    await waiting.gone;
  }

  /** Not at once: what waits for this evaluation comes first. */
  #startAhead(): void {
    clearTimeout(this.#next);
    if (!this.#ahead || this.#closed) return;
    this.#next = setTimeout(() => {
      this.#waiting ??= start('ahead');
    }, AHEAD_MS);
    this.#next.unref();
  }
}

function failure(file: string, line: number | null, found: string): ParseResult {
  return {
    problems: [{ file, line, path: '', expected: 'a module whose default export is a charter', found: found.split('\n')[0] ?? found }],
  };
}

/** A started program, and how it ended. */
interface Program {
  readonly child: ChildProcess;
  /** The report, or in words why there is none. */
  readonly outcome: Promise<ChildReport | string>;
  readonly gone: Promise<void>;
}

function start(when: 'now' | 'ahead'): Program {
  const program = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));
  const flags = ['--permission', '--allow-fs-read=*', '--no-warnings', '--max-old-space-size=256'];
  const child = spawn(process.execPath, [...flags, program, when], { env: {}, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
  let report = '';
  let stderr = '';
  child.stdin?.on('error', () => undefined); // it may have ended before it was asked
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    report += chunk.toString('latin1');
    if (report.length > MAX_REPORT) child.kill('SIGKILL');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4_096);
  });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const outcome = new Promise<ChildReport | string>((resolve) => {
    const ended = (): void => resolve(readReport(report) ?? (stderr.trim() || 'an evaluation that ended without an answer'));
    // The report is whole when its pipe ends; the program takes a while longer to go.
    child.stdio[3]?.once('end', () => report !== '' && ended());
    child.once('close', ended);
    child.once('error', (error) => resolve(`no evaluation: ${error.message}`));
  });
  return { child, outcome, gone };
}

async function ask({ child, outcome }: Program, file: string): Promise<ChildReport | string> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, LIMIT_MS);
  child.stdin?.end(pathToFileURL(file).href);
  const answer = await outcome;
  clearTimeout(timer);
  return late ? `an evaluation that did not end within ${LIMIT_MS / 1000} s` : answer;
}

function readReport(latin1: string): ChildReport | undefined {
  if (latin1 === '') return undefined;
  if (latin1.length > MAX_REPORT) return { sources: {}, readAt: Date.now(), error: { message: 'a charter of more than 4 MB', stack: '' } };
  return JSON.parse(Buffer.from(latin1, 'latin1').toString('utf8')) as ChildReport;
}

/** The line of `file` that a stack names first. */
function lineIn(stack: string, file: string): number | null {
  const names = [file, pathToFileURL(file).href];
  for (const row of stack.split('\n')) {
    const name = names.find((candidate) => row.includes(`${candidate}:`));
    const line = name === undefined ? undefined : /^(\d+)/.exec(row.slice(row.indexOf(name) + name.length + 1))?.[1];
    if (line !== undefined) return Number(line);
  }
  return null;
}

/** Code has no nodes to ask: the keys of the pointer are looked for in their order, which finds a charter written as one literal. */
function guessLine(text: string, pointer: string): number | null {
  let at = 0;
  for (const segment of segmentsOf(pointer)) {
    if (/^\d+$/.test(segment)) continue;
    const key = new RegExp(`(?<![\\w$])['"]?${RegExp.escape(segment)}['"]?\\s*[:,}]`, 'g');
    key.lastIndex = at;
    const found = key.exec(text);
    if (!found) break;
    at = found.index;
  }
  return at === 0 ? null : text.slice(0, at).split('\n').length;
}
