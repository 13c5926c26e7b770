/** `npm run bench [-- NAME…]`: runs the benches, each in a process of its own; a table, and NAME.json for each. Exit code 1 where one fails. */
import { spawn } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import type { Row } from './harness.ts';

const SUFFIX = '.bench.ts';
const names = globSync(`*${SUFFIX}`, { cwd: import.meta.dirname })
  .map((file) => file.slice(0, -SUFFIX.length))
  .toSorted();

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`unknown bench: ${unknown.join(', ')}; there are: ${names.join(', ')}`);
    return 2;
  }
  const failed: string[] = [];
  const all: Row[] = [];
  for (const name of wanted.length > 0 ? names.filter((one) => wanted.includes(one)) : names) {
    process.stderr.write(`${name} `);
    const rows = await rowsOf(name);
    process.stderr.write('\n');
    if (rows === undefined) failed.push(name);
    else writeFileSync(join(import.meta.dirname, `${name}.json`), `${JSON.stringify(rows, undefined, 2)}\n`);
    all.push(...(rows ?? []));
  }
  print(all);
  for (const name of failed) console.error(`the bench "${name}" failed: see above`);
  return failed.length === 0 ? 0 : 1;
}

async function rowsOf(name: string): Promise<Row[] | undefined> {
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, `${name}${SUFFIX}`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const out = await text(child.stdout);
  return (await ended) === 0 ? (JSON.parse(out) as Row[]) : undefined;
}

function print(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    row.yardstick === null ? '' : `${figure(row.yardstick)} ${row.unit}`,
    row.ratio === null ? '' : `${figure(row.ratio)} x`,
    row.aim ?? '',
    row.met === null ? '' : row.met ? 'met' : 'MISSED',
    row.beside,
  ]);
  const heads = ['what', 'median', 'yardstick', 'ratio', 'aim', '', 'yardstick is'];
  const widths = heads.map((head, n) => Math.max(head.length, ...cells.map((row) => row[n]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, n) => (n >= 1 && n <= 3 ? (row[n] ?? '').padStart(width) : (row[n] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd();
  console.log(styleText('dim', line(heads)));
  for (const [n, row] of cells.entries()) console.log(rows[n]?.met === false ? styleText('red', line(row)) : line(row));
}

function figure(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value
    .toPrecision(3)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

process.exitCode = await main(process.argv.slice(2));
