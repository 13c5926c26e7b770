/** Times and tables for people. Pure. */

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** A span of time in its largest unit. */
export function span(ms: number): string {
  const [size, name] = UNITS.find(([unit]) => ms >= unit) ?? [1_000, 's'];
  return `${Math.round(ms / size)} ${name}`;
}

/** Rows under a heading, columns as wide as they need to be. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [heading, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** In one line of at most `width` characters, without what could move the cursor of a terminal. */
export function short(text: string, width: number): string {
  const line = text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ');
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/** The start of an id: enough to name it by. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** Timers take no longer times, in seconds. */
const LARGEST = 2_147_483;

/** A number above 0 that an option gives; undefined where it is not given. @throws RangeError, with the reason */
export function numberOf(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const given = options[name];
  if (typeof given !== 'string') return undefined;
  const number = Number(given);
  if (!(number > 0) || number > LARGEST) throw new RangeError(`--${name} ${given}: give a number above 0, of at most ${LARGEST}`);
  return number;
}
