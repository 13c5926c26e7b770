/** What is wrong with a charter, and where. */
import type { Problem } from '@vp/schemas';

/** A complaint about one place of one file. */
export interface CharterProblem extends Problem {
  /** Absolute path. */
  readonly file: string;
  /** Counted from 1; null where it cannot be told. */
  readonly line: number | null;
}

/** `file:line: /path: expected …, found …`. */
export function formatProblem(problem: CharterProblem): string {
  const where = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${where}: ${path}expected ${problem.expected}, found ${problem.found}`;
}

/** The segments of a JSON pointer. */
export function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A value in at most 80 characters. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
