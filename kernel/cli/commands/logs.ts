/** `vp logs`: the service's own log, for people or as the lines of JSON that it is made of. Needs no running kernel. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineErrors } from '@vp/sdk';
import { homeOf } from '../../core/home.ts';
import { LogReader } from '../../service/log-reader.ts';
import { prettyPrinter } from '../../service/logs.ts';
import type { Invocation } from '../invocation.ts';
import { EXIT } from '../output.ts';

const POLL_MS = 200;
const DEFAULT_LINES = 100;
const LEVELS: Readonly<Record<string, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

const errors = defineErrors({
  VP_OPTION_INVALID: { message: '{option} {value}: expected {expected}', hint: 'Write for instance {example}.' },
});

/** Which lines. */
interface Wanted {
  readonly lines: number;
  readonly plugin: string | undefined;
  /** Pino's number of the lowest level. */
  readonly level: number;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** A line, and what it says of itself; a line that is no JSON says nothing. */
interface Entry {
  readonly line: string;
  readonly plugin?: unknown;
  readonly level?: unknown;
  readonly time?: unknown;
}

export default async function logs({ options, json }: Invocation): Promise<number> {
  const wanted = wantedOf(options);
  const folder = join(homeOf(process.env), 'logs');
  const file = join(folder, 'vp.log');
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  // Who reads the output may go away, as `| head` does.
  process.stdout.on('error', stop);
  const pretty = json ? undefined : await prettyPrinter(process.stdout.isTTY && !process.env['NO_COLOR'], 'SYS:yyyy-mm-dd HH:MM:ss');
  const print = (lines: readonly string[]): void => {
    const text = pretty ? lines.map(pretty) : lines.filter(isJson).map((line) => `${line}\n`);
    if (text.length > 0) process.stdout.write(text.join(''));
  };
  const reader = new LogReader(file);
  try {
    if (existsSync(file)) print(newest(reader, wanted));
    else if (!json) process.stderr.write(`no log in ${folder} yet; \`vp start\` writes one\n`);
    while (options['follow'] === true && !stopped.signal.aborted) {
      await pause(stopped.signal);
      print(reader.more().map(entryOf).filter(fits(wanted)).map(lineOf));
    }
    return EXIT.done;
  } finally {
    reader.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

/** @throws VP_OPTION_INVALID */
function wantedOf({ plugin, level, since, lines }: Invocation['options']): Wanted {
  return {
    plugin: typeof plugin === 'string' ? plugin : undefined,
    level: LEVELS[String(level)] ?? 0,
    since: typeof since === 'string' ? Date.now() - durationOf(since) : -Infinity,
    lines: typeof lines === 'string' ? countOf(lines) : since === undefined ? DEFAULT_LINES : Infinity,
  };
}

function durationOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== text)
    throw errors('VP_OPTION_INVALID', { option: '--since', value: text, expected: 'a time span', example: '90s, 10m, 2h or 1d12h' });
  return parts.reduce((sum, [, count = '0', unit = 's']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0);
}

function countOf(text: string): number {
  if (!/^\d+$/.test(text))
    throw errors('VP_OPTION_INVALID', { option: '-n', value: text, expected: 'a number of lines', example: '-n 50' });
  return Number(text);
}

/** The newest lines that are wanted, oldest first. Files that are older than that are not read. */
function newest(reader: LogReader, wanted: Wanted): string[] {
  let kept: Entry[] = [];
  for (const lines of reader.past()) {
    const entries = lines.map(entryOf);
    kept = [...entries.filter(fits(wanted)), ...kept];
    const isOlder = entries.some(({ time }) => Date.parse(String(time)) < wanted.since);
    if (kept.length >= wanted.lines || isOlder) break;
  }
  return kept.slice(Math.max(0, kept.length - wanted.lines)).map(lineOf);
}

function fits({ plugin, level, since }: Wanted): (entry: Entry) => boolean {
  return (entry) => {
    const isPlugin = plugin === undefined || entry.plugin === plugin || entry.plugin === `@vp/${plugin}`;
    const isLevel = level === 0 || (typeof entry.level === 'number' && entry.level >= level);
    return isPlugin && isLevel && (since === -Infinity || Date.parse(String(entry.time)) >= since);
  };
}

function entryOf(line: string): Entry {
  try {
    const { plugin, level, time } = JSON.parse(line) as Entry;
    return { line, plugin, level, time };
  } catch {
    return { line };
  }
}

function lineOf({ line }: Entry): string {
  return line;
}

function isJson(line: string): boolean {
  return line.startsWith('{') && entryOf(line).time !== undefined;
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, POLL_MS);
    signal.addEventListener('abort', done);
  });
}
