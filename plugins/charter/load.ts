/** From a charter file to a charter, or to its problems. */
import { extname } from 'node:path';
import { isVpError, type CompiledCharter } from '@vp/sdk';
import { compiled } from './compile.ts';
import { charterError } from './errors.ts';
import type { Evaluator } from './evaluate.ts';
import { normalise } from './normalise.ts';
import { parseText, type ParseResult } from './parse.ts';
import { formatProblem, type CharterProblem } from './problem.ts';
import { readSource, sumOf, type Sources } from './source.ts';

/** What one reading of a file came to. */
export interface Loaded {
  /** Absent where there are problems. */
  readonly compiled?: CompiledCharter;
  readonly problems: readonly CharterProblem[];
  /** Every file that it was read from. */
  readonly sources: Sources;
  /** When the reading began, epoch milliseconds. */
  readonly readAt: number;
  /** When the charter's own file was last written. */
  readonly writtenAt: number;
}

/**
 * Reads a charter. What is wrong inside the file is given back; a file that cannot be read at all is an error.
 * @param file Absolute path.
 * @throws VP_CHARTER_MISSING, VP_CHARTER_UNREADABLE, VP_CHARTER_FORMAT.
 */
export async function load(file: string, evaluator: Evaluator): Promise<Loaded> {
  const format = formatOf(file);
  const source = await readSource(file);
  const own = { [file]: source.sum };
  const { result, sources, readAt } =
    format === 'code'
      ? await evaluator.evaluate(file)
      : { result: await parseText(file, source.bytes, format), sources: own, readAt: Date.now() };
  return { ...judge(file, result), sources: { ...own, ...sources }, readAt, writtenAt: source.writtenAt };
}

/** As `load`, but what keeps the file from being read is a problem as well. */
export async function tryLoad(file: string, evaluator: Evaluator): Promise<Loaded> {
  try {
    return await load(file, evaluator);
  } catch (error) {
    if (!isVpError(error)) throw error;
    const problem = { file, line: null, path: '', expected: 'a readable charter file', found: error.message };
    return { problems: [problem], sources: { [file]: await sumOf(file) }, readAt: Date.now(), writtenAt: 0 };
  }
}

/** The error for a charter with problems. */
export function invalid(file: string, problems: readonly CharterProblem[]): Error {
  const first = problems[0];
  return charterError(
    'VP_CHARTER_INVALID',
    { file, problems: problems.map(formatProblem).join('\n') },
    { file, ...(first ? { path: first.path } : {}) },
  );
}

function judge(file: string, result: ParseResult): Pick<Loaded, 'compiled' | 'problems'> {
  if ('problems' in result) return { problems: result.problems };
  const { value, line } = result.parsed;
  const { charter, problems } = normalise(value);
  if (charter) return { compiled: compiled(file, charter), problems: [] };
  return { problems: problems.map((problem) => ({ ...problem, file, line: line(problem.path) })) };
}

function formatOf(file: string): 'yaml' | 'json' | 'code' {
  switch (extname(file).toLowerCase()) {
    case '.yaml':
    case '.yml':
      return 'yaml';
    case '.json':
      return 'json';
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      return 'code';
    default:
      throw charterError('VP_CHARTER_FORMAT', { file }, { file });
  }
}
