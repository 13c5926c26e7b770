/** How the commands write. */
import { styleText, stripVTControlCharacters } from 'node:util';

/** Text in a colour, where standard output shows colours. */
export function styled(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** What a plugin wrote, on one line and without control characters: it must not move the cursor or look like a line of ours. */
export function plain(text: string, length = 500): string {
  const clean = stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
  return clean.length > length ? `${clean.slice(0, length)}…` : clean;
}

/** Rows under a heading, columns as wide as they need to be. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd();
  return [styled('dim', line(heading)), ...rows.map(line)];
}

/** A heading and what belongs to it, with an empty line before; nothing where nothing belongs to it. */
export function section(heading: string, lines: readonly string[], mark = '-'): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${mark} ${plain(line)}`)];
}

/** Bytes in the unit that fits. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The beginning of a hash, enough to tell two apart by eye. */
export function short(hash: string): string {
  return hash.slice(0, 16);
}
