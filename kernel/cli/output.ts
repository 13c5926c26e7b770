/** What commands write: lines, tables, errors. Data goes to standard output, everything else to standard error. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { isVpError, type VpError } from '@vp/sdk';
import { reasonOf } from '../core/errors.ts';

/** Exit codes, as the documentation lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, notRunning: 3, refused: 4, interrupted: 130 } as const;

const REFUSALS: ReadonlySet<string> = new Set([
  'VP_SPAWN_REFUSED',
  'VP_UNGOVERNED',
  'VP_INSIDE_SESSION',
  'VP_QUEUE_FULL',
  'VP_POOL_DRAINING',
]);

/** The exit code that an error means. */
export function exitCodeOf(error: unknown): number {
  if (!isVpError(error)) return EXIT.failed;
  if (error.code === 'VP_NOT_RUNNING' || error.code === 'VP_CONNECTION_LOST') return EXIT.notRunning;
  return REFUSALS.has(error.code) ? EXIT.refused : EXIT.usage;
}

/** Writes an error: what happened, where, what to do. */
export function printError(error: unknown, json: boolean): void {
  const { code, message, file, path, hint } = asError(error);
  if (json) return void process.stderr.write(`${JSON.stringify({ error: { code, message, file, path, hint } })}\n`);
  const lines = [`${styled('red', 'error')} ${styled('dim', code)} ${message}`];
  if (file !== undefined) lines.push(`  ${styled('dim', 'in')} ${file}`);
  if (hint !== undefined) lines.push(`  ${styled('dim', '→')} ${hint}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** Text in a colour, where standard error or output shows colours. */
export function styled(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Rows under a heading, columns as wide as they need to be. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd();
  return [styled('dim', line(heading)), ...rows.map(line)];
}

/** A span of time in the two units that matter. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  return first < 0
    ? '0s'
    : units
        .slice(first, first + 2)
        .map(([count, unit]) => `${count}${unit}`)
        .join(' ');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

function asError(error: unknown): Pick<VpError, 'code' | 'message' | 'file' | 'path' | 'hint'> {
  if (isVpError(error)) return error;
  const isDebug = process.env['VP_LOG_LEVEL'] === 'debug' && error instanceof Error && error.stack !== undefined;
  const hint = 'This is a fault in VP. Run again with VP_LOG_LEVEL=debug for the stack, and report it.';
  return { code: 'VP_INTERNAL', message: isDebug ? String(error.stack) : reasonOf(error), hint };
}
