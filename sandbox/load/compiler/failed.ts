/** Failures in the compiler's process. They cross to the kernel as data, which makes errors of them. */
import { dirname, resolve } from 'node:path';
import type { BuildFailure, Message } from 'esbuild';
import type { Failure } from './task.ts';

/** Characters of what a compiler says: it may name things as long as the source. */
const MAX_TEXT = 2_000;

/** A task that has no result. */
export class Failed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.why);
    this.failure = failure;
  }
}

/** The start of a text that may be long. */
export function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** The first complaint of esbuild, with file, line and column. */
export function complaint(cause: unknown, entry: string): Failed {
  if (isGone(cause)) return new Failed({ why: 'gone' });
  const errors = (cause as Partial<BuildFailure>).errors ?? [];
  const [first] = errors;
  if (!first) return new Failed({ why: 'syntax', text: shortened(String(cause)) });
  const location = first.location ?? first.notes.find((note) => note.location !== null)?.location;
  const file = location ? resolve(dirname(entry), location.file) : entry;
  const where = location ? `${file}:${location.line}:${location.column + 1}: ` : '';
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new Failed({ why: 'syntax', text: `${where}${shortened(wordsOf(first))}${others}`, file });
}

/** Whether esbuild's process was ended under a task. Then it fails with a plain error, not with messages about source. */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error) || 'errors' in error) return false;
  return /^The service (?:was stopped|is no longer running)/.test(error.message) || isGone(error.cause);
}

function wordsOf({ id, text }: Message): string {
  if (text.startsWith('Top-level await')) return 'a plugin cannot wait at the top level of a module: move the await into setup';
  if (id === 'unsupported-dynamic-import')
    return 'import() of what is known only when it runs: a sandboxed plugin has no files then; write the name as plain text';
  if (id === 'unsupported-require-call')
    return 'require() of what is known only when it runs: a sandboxed plugin has no files then; write the name as plain text';
  return text;
}
