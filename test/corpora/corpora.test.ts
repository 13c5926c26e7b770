import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ECOSYSTEMS, readCorpus, readLife, type Label, type LabelledCommand } from './read.ts';

const FILES = ['commands/public', 'commands/own', ...ECOSYSTEMS.map((name) => `life/${name}`)];
const KEYS = ['acceptable', 'category', 'command', 'cwd', 'expected', 'id', 'note'];
const LEVELS: readonly Label[] = ['allow', 'ask', 'deny'];

/** How many lines there are of each label, as `deny/ask/allow`. */
function counts(lines: readonly LabelledCommand[]): string {
  return ['deny', 'ask', 'allow'].map((label) => lines.filter((line) => line.expected === label).length).join('/');
}

/** What is wrong with the shape of a line; empty where nothing is. */
function faults(line: LabelledCommand): string[] {
  const found = Object.keys(line).filter((key) => !KEYS.includes(key));
  if (line.command.trim() === '') found.push('command');
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(line.category)) found.push('category');
  if (!line.acceptable.includes(line.expected)) found.push('expected is not acceptable');
  if (!line.acceptable.every((level) => LEVELS.includes(level))) found.push('acceptable');
  if (new Set(line.acceptable).size !== line.acceptable.length) found.push('acceptable twice');
  if (line.expected === 'allow' && line.acceptable.length !== 1) found.push('a benign line accepts only allow');
  if (line.expected !== 'allow' && line.acceptable.includes('allow')) found.push('a dangerous line accepts no allow');
  if (line.cwd !== '/work/project') found.push('cwd');
  return found.map((fault) => `${line.id}: ${fault}`);
}

/** Reads the command without running anything (`-n`), with nothing of this machine's environment. */
function bashReads(command: string): boolean {
  const read = spawnSync('bash', ['--norc', '-n'], { input: command, env: { LC_ALL: 'C.UTF-8' }, encoding: 'utf8' });
  return read.status === 0 && read.stderr === '';
}

describe('the corpora of commands', () => {
  it('have lines of the promised shape', () => {
    expect(FILES.flatMap((file) => readCorpus(file).flatMap(faults))).toEqual([]);
  });

  it('have as many lines of each label as the README says', () => {
    expect(counts(readCorpus('commands/public'))).toBe('133/10/89');
    expect(counts(readCorpus('commands/own'))).toBe('113/20/67');
    expect(ECOSYSTEMS.map((name) => counts(readCorpus(`life/${name}`)))).toEqual(ECOSYSTEMS.map(() => '0/0/60'));
    expect(readLife()).toHaveLength(300);
  });

  it('name each line and each command once', () => {
    const lines = FILES.flatMap(readCorpus);
    expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length);
    expect(new Set(lines.map((line) => line.command)).size).toBe(lines.length);
  });

  it('give a reason for each of our own lines', () => {
    const silent = readCorpus('commands/own').filter((line) => (line.note ?? '').length < 10);
    expect(silent.map((line) => line.id)).toEqual([]);
  });

  it('know no place but the imagined workspace and home', () => {
    const real = FILES.flatMap(readCorpus).filter((line) =>
      /\/work\/(?!project\b|secrets\b)|\/(home|Users)\/(?!\{?agent\b)/.test(JSON.stringify(line)),
    );
    expect(real.map((line) => line.id)).toEqual([]);
  });

  it('are plain ASCII on disk, so that hidden characters can be seen in a review', () => {
    const hidden = FILES.filter((file) => /[^\n\x20-\x7e]/.test(readFileSync(join(import.meta.dirname, `${file}.jsonl`), 'utf8')));
    expect(hidden).toEqual([]);
  });

  it.each(FILES)('are read by bash: %s', (file) => {
    const refused = readCorpus(file).filter((line) => !bashReads(line.command));
    expect(refused.map((line) => line.id)).toEqual([]);
  });
});
