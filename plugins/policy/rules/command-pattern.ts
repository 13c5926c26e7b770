/**
 * Commands as a charter writes them, such as `git push --force` or `mkfs.*`: compared with the programs that would run, word by word.
 * Order and clustering of options make no difference, and what comes more than the pattern says does not matter either.
 */
import type { SimpleCommand } from '@vp/sdk';
import { globFits } from './glob.ts';

/** A command in a charter, taken apart. */
export interface CommandPattern {
  /** Name of the program, `*` standing for anything. */
  readonly name: string;
  /** Words that are no options, in order. */
  readonly operands: readonly string[];
  /** Long options with their `--`, and the letters of short ones. */
  readonly options: readonly string[];
}

/** Long options that are the same as a short one in nearly every program that has both. Source: GNU coding standards, option table. */
const SHORT_OF: Readonly<Record<string, string>> = { '--force': 'f', '--recursive': 'r', '--all': 'a', '--verbose': 'v', '--quiet': 'q' };

/** Takes a command apart. Quotes may hold spaces. */
export function patternOf(text: string): CommandPattern {
  const [name = '', ...rest] = wordsOf(text);
  const { operands, options } = split(rest);
  return { name, operands: operands.map(({ word }) => word), options };
}

/** Whether a simple command is one that the pattern means. A word that cannot be told may be any. */
export function commandFits(pattern: CommandPattern, { name, argv, via }: SimpleCommand): boolean {
  // A wrapper that was seen through is a program that runs too.
  if (isBare(pattern) && via.some((step) => globFits(pattern.name, baseName(step)))) return true;
  if (name === null || !globFits(pattern.name, name)) return false;
  const args = argv.slice(1);
  if (isBare(pattern)) return !onlyAsks(args);
  const known = args.filter((word) => word !== null);
  const hasGap = known.length < args.length;
  const { operands, options } = split(known);
  return has(pattern.options, options, hasGap) && starts(pattern.operands, operands, hasGap);
}

function isBare({ operands, options }: CommandPattern): boolean {
  return operands.length === 0 && options.length === 0;
}

/** `sudo --help` runs nothing. */
function onlyAsks(args: readonly (string | null)[]): boolean {
  return args.length === 1 && (args[0] === '--help' || args[0] === '--version');
}

function has(wanted: readonly string[], given: readonly string[], hasGap: boolean): boolean {
  return wanted.every((option) => hasGap || given.some((other) => sameOption(option, other)));
}

function sameOption(wanted: string, given: string): boolean {
  if (wanted === given || SHORT_OF[wanted] === given || SHORT_OF[given] === wanted) return true;
  if (wanted.length === 1 && given.length === 1) return wanted.toLowerCase() === 'r' && given.toLowerCase() === 'r';
  const name = given.split('=', 1)[0] ?? given;
  // Long options may be cut short: `--forc`.
  return wanted.startsWith('--') && name.length > 3 && name.startsWith('--') && (wanted === name || wanted.startsWith(name));
}

/** In order and without gaps, but for words that may be the value of an option: `kubectl -n prod delete`. */
function starts(wanted: readonly string[], given: readonly Operand[], hasGap: boolean): boolean {
  let at = 0;
  for (const { word, mayBeValue } of given) {
    const next = wanted[at];
    if (next === undefined) return true;
    if (globFits(next, word)) at += 1;
    else if (!mayBeValue) return false;
  }
  return hasGap || at === wanted.length;
}

interface Operand {
  readonly word: string;
  /** It stands behind an option. */
  readonly mayBeValue: boolean;
}

function split(words: readonly string[]): { operands: Operand[]; options: string[] } {
  const operands: Operand[] = [];
  const options: string[] = [];
  let isOver = false;
  let mayBeValue = false;
  for (const word of words) {
    if (isOver || !word.startsWith('-') || word === '-') operands.push({ word, mayBeValue });
    else if (word === '--') isOver = true;
    else if (word.startsWith('--')) options.push(word);
    else options.push(...word.slice(1).split(''));
    mayBeValue = !isOver && word.startsWith('-') && !word.includes('=');
  }
  return { operands, options };
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}

/** The program of a step of `via`: `/bin/bash -c` → `bash`. */
export function baseName(step: string): string {
  const [program = ''] = step.split(' ', 1);
  return program.slice(program.lastIndexOf('/') + 1);
}
