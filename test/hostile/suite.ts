/** The tests of a list of programs, and the table of what they came to. */
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { breachesOf } from './conditions.ts';
import type { Evidence } from './evidence.ts';
import { isUnread, outcomesOf } from './outcome.ts';
import type { Variant } from './package.ts';
import { readPrograms, type Program } from './programs.ts';
import { REASONS, type Reason } from './reasons.ts';
import type { RunOptions } from './kernel.ts';
import { run } from './run.ts';

/** The folder whose programs are to be run instead of those of this repository; relative to where npm was called. */
const given = process.env['VP_HOSTILE_DIR'] ?? '';

/** Whether programs of somebody else are run. */
export const isGiven = given !== '';

/** The programs of this repository. */
const ours = ['programs', 'own'].flatMap((folder) => readPrograms(join(import.meta.dirname, 'fixtures', folder)));

/** For a program with several runs, each of which may be waited for. */
const TIMEOUT_MS = 240_000;

/** The programs to be run. */
export function allPrograms(): Program[] {
  return isGiven ? readPrograms(resolve(process.env['INIT_CWD'] ?? '', given)) : ours;
}

/** What the table says of a program: of this very one, not of another with its name. */
function reasonOf({ name, source }: Program): Reason | undefined {
  return ours.some((one) => one.name === name && one.source === source) ? REASONS[name] : undefined;
}

/** What became of one run. */
export interface Verdict {
  readonly evidence: Evidence;
  /** Why the run is a failure; none where all is well. */
  readonly problems: readonly string[];
}

/** Runs a program in every way in which it is to be run, and judges each run. */
export async function judge(program: Program, options: RunOptions = {}): Promise<Verdict[]> {
  const verdicts = [await judgeOnce(program, { when: 'load', as: 'code' }, options)];
  if (program.trigger === 'load') verdicts.push(await judgeOnce(program, { when: 'setup', as: 'code' }, options));
  // What the bundler refuses may come back as text that is made code at run time.
  if (verdicts.some(({ evidence }) => isUnread(evidence))) verdicts.push(await judgeOnce(program, { when: 'setup', as: 'eval' }, options));
  return verdicts;
}

async function judgeOnce(program: Program, variant: Variant, options: RunOptions): Promise<Verdict> {
  const patience = reasonOf(program)?.patienceMs;
  const evidence = await run(program, variant, patience === undefined ? options : { ...options, patienceMs: patience });
  return { evidence, problems: problemsOf(evidence) };
}

function problemsOf(evidence: Evidence): string[] {
  const { program, kills } = evidence;
  const outcomes = outcomesOf(evidence);
  const problems = breachesOf(evidence);
  if (!program.expected.some((one) => outcomes.includes(one)))
    problems.push(`expected ${program.expected.join(' or ')}; it came to ${outcomes.join(', ') || 'nothing'}`);
  const reasons = reasonOf(program)?.of;
  const first = kills[0]?.reason ?? null;
  if (reasons !== undefined && !reasons.some((one) => one === first))
    problems.push(`ended for ${first ?? 'nothing'}; the table says ${reasons.map((one) => one ?? 'not ended').join(' or ')}`);
  return problems;
}

/** Defines a test for each program, and prints a table at the end. */
export function testPrograms(programs: readonly Program[]): void {
  const rows: string[] = [];
  describe('hostile programs', () => {
    // Also where a folder that was given has no programs of this kind, which is no failure.
    test('are there to be run', () => {
      expect(programs.filter((program) => program.source === '')).toEqual([]);
    });
    test.each(programs.map((program) => [program.name, program] as const))('%s', { timeout: TIMEOUT_MS }, async (_name, program) => {
      for (const { evidence, problems } of await judge(program)) {
        rows.push(rowOf(evidence, problems));
        expect(problems, describeRun(evidence)).toEqual([]);
      }
    });
  });
  afterAll(() => {
    process.stdout.write(`${rows.join('\n')}\n`);
  });
}

/** A line of the table: program → outcome → why its process was ended. */
export function rowOf(evidence: Evidence, problems: readonly string[]): string {
  const { program, variant, kills, loop } = evidence;
  const outcomes = outcomesOf(evidence).toSorted((a, b) => Number(program.expected.includes(b)) - Number(program.expected.includes(a)));
  const name = `${program.name}${variant.when === 'setup' ? ` (${variant.as} in setup)` : ''}`;
  const killed = kills.length === 0 ? '-' : `${kills.map(({ reason }) => reason).join(' ')}: ${kills[0]?.detail ?? ''}`;
  const mark = problems.length === 0 ? 'ok    ' : 'FAILED';
  return `${mark} ${name.padEnd(36)} ${outcomes.join(', ').padEnd(44)} loop ${loop.longestMs.toFixed(0).padStart(4)} held ${loop.heldMs.toFixed(0).padStart(4)} ms  ${killed}`;
}

/** What to look at where a run failed. */
function describeRun({ told, refusal, kills, dropped, lines }: Evidence): string {
  const said = told.slice(-30).map(({ what, a, b }) => `  ${what} ${a} ${b}`.slice(0, 200));
  const logged = lines.slice(-10).map(({ level, text }) => `  ${level} ${text}`.slice(0, 200));
  return [
    `refused: ${refusal === undefined ? 'no' : `${refusal.code} ${refusal.message}`}`,
    `ended: ${kills.map(({ reason, detail }) => `${reason} (${detail})`).join(', ') || 'no'}; dropped: ${JSON.stringify(dropped)}`,
    'told:',
    ...said,
    'logged:',
    ...logged,
  ].join('\n');
}
