/**
 * A verdict's time beside the parse alone: plain commands of the corpora, the slowest of them, hostile input of 64 KB. And memory over
 * many verdicts; VP_SOAK=1 makes it a million.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createPolicy } from '../../plugins/policy/assemble.ts';
import { defaultCharter } from '../../plugins/charter/compile.ts';
import { median, report, row, type Row } from './harness.ts';

/** The parser, as the policy has it. */
const { parse } = createRequire(new URL('../../plugins/policy/package.json', import.meta.url))('unbash') as {
  readonly parse: (text: string) => unknown;
};

const ROUNDS = 5;
const WARM_UPS = 20;
const SOAK = process.env['VP_SOAK'] === '1' ? 1_000_000 : 50_000;

const commands = readFileSync(join(import.meta.dirname, '../corpora/commands/public.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { command: string }).command);

const charter = defaultCharter();
const policy = createPolicy({
  machine: { env: (name) => (name === 'HOME' ? '/home/agent' : undefined), vpHome: '/home/agent/.local/state/vp', guarded: [] },
  charter: () => charter,
});
const verdict = (command: string): unknown => policy.judge({ tool: 'Bash', input: { command }, cwd: '/work-nowhere/project' });

/** Texts of 64 KB that parsers find hard. */
const HOSTILE: Readonly<Record<string, string>> = {
  'nested substitutions': '$('.repeat(32_000),
  'nested parentheses': '('.repeat(65_000),
  separators: 'a;'.repeat(32_000),
  quotes: `echo ${'\'a\'"b"'.repeat(10_000)}`,
  braces: `echo ${'{a,b}'.repeat(12_000)}`,
  'here-documents': 'cat <<A\n'.repeat(8_000),
  'one word': `rm -rf /${'a'.repeat(65_000)}`,
  backslashes: `echo ${'\\'.repeat(65_000)}`,
  variables: 'A=$A$A;'.repeat(9_000),
};

const micros = (act: () => unknown): number => {
  const started = process.hrtime.bigint();
  act();
  return Number(process.hrtime.bigint() - started) / 1_000;
};

function each(act: (command: string) => unknown): number[] {
  const all: number[] = [];
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    for (const command of commands) {
      const time = micros(() => act(command));
      if (round >= 0) all.push(time);
    }
  }
  return all.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

function hostile(): Row {
  const worst = (act: (text: string) => unknown) =>
    Object.entries(HOSTILE)
      .map(([name, text]) => ({ name, ms: median([1, 2, 3].map(() => micros(() => act(text)))) / 1_000 }))
      .reduce((top, one) => (one.ms > top.ms ? one : top));
  const ours = worst(verdict);
  return row({
    name: `verdict on 64 KB of hostile input, worst of ${Object.keys(HOSTILE).length} (${ours.name})`,
    value: ours.ms,
    unit: 'ms',
    yardstick: worst((text) => parse(text)).ms,
    beside: 'the parse alone, without its caps',
    aim: ['at most 50 ms', (value) => value <= 50],
  });
}

function memory(): Row {
  const used = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1_048_576;
  };
  const some = (count: number): void => {
    for (let n = 0; n < count; n += 1) verdict(`${commands[n % commands.length] ?? 'ls'} # ${n}`);
  };
  some(5_000);
  const before = used();
  some(SOAK);
  return row({
    name: `growth of the heap over ${SOAK} verdicts`,
    value: used() - before,
    unit: 'MB',
    beside: 'none',
    aim: ['at most 5 MB', (value) => value <= 5],
  });
}

const bare = each((command) => parse(command));
const judged = each(verdict);
report([
  row({
    name: 'verdict, p50',
    value: at(judged, 0.5),
    unit: 'µs',
    yardstick: at(bare, 0.5),
    beside: 'the parse alone',
    aim: ['at most 100 µs', (value) => value <= 100],
  }),
  row({
    name: 'verdict, p99',
    value: at(judged, 0.99),
    unit: 'µs',
    yardstick: at(bare, 0.99),
    beside: 'the parse alone',
    aim: ['at most 5 ms', (value) => value <= 5_000],
  }),
  hostile(),
  memory(),
]);
