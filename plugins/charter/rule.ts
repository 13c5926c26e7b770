/** One entry of a charter's rules: its text, its examples, and whether it means something. */
import type { Problem } from '@vp/schemas';
import type { Charter, CharterExample } from '@vp/sdk';
import { meaningOf, nearestPhrase } from '@vp/sdk/phrases';
import { isPattern, normalPattern } from './pattern.ts';
import { show } from './problem.ts';

/** Which list. */
export type RuleKey = keyof Omit<Charter['constraints'], 'examples'>;

/** As it may be written. */
export type RuleInput = string | { readonly rule: string; readonly match?: readonly string[]; readonly notMatch?: readonly string[] };

/** What was read. */
export interface ReadRule {
  readonly text: string;
  readonly example?: CharterExample;
  /** Why it means nothing. */
  readonly problem?: Omit<Problem, 'path'>;
}

/** A command with a remark in it is a mistake: its words would be looked for. */
const REMARK = /[()]/;

/** Reads the entry at a place of a list. */
export function readRule(key: RuleKey, input: RuleInput, index: number): ReadRule {
  const { rule, match = [], notMatch = [] } = typeof input === 'string' ? { rule: input } : input;
  const source = `constraints.${key}[${index}]`;
  const example = match.length + notMatch.length > 0 ? { example: { source, match, notMatch } } : {};
  if (key === 'forbiddenCommands') return { text: rule, ...example, ...commandProblem(rule) };
  if (key === 'forbiddenPatterns' && isPattern(rule)) return { ...patternOf(rule), ...example };
  return { text: rule, ...example, ...phraseProblem(key, rule) };
}

function commandProblem(rule: string): Pick<ReadRule, 'problem'> {
  if (meaningOf(rule) || !REMARK.test(rule)) return {};
  return { problem: { expected: 'a command: a program and the words that it must have', found: show(rule) } };
}

function patternOf(rule: string): ReadRule {
  try {
    return { text: normalPattern(rule) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { text: rule, problem: { expected: `a regular expression (${why})`, found: show(rule) } };
  }
}

function phraseProblem(key: RuleKey, rule: string): Pick<ReadRule, 'problem'> {
  if (meaningOf(rule)) return {};
  const nearest = nearestPhrase(rule);
  const like = nearest === undefined ? '' : `, such as "${nearest}"`;
  const other = key === 'forbiddenPatterns' ? 'a regular expression as `/source/`' : 'a command as `$ make release`';
  return { problem: { expected: `a phrase of the table${like}, or ${other}`, found: show(rule) } };
}
