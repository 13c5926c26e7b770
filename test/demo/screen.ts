/** What the demo looks like: colours and lines on a terminal, plain text elsewhere. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const MIN_WIDTH = 48;
const MAX_WIDTH = 110;

/** A column of a table. */
export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #fancy: boolean;

  constructor(out: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>) {
    this.#out = out;
    this.#fancy = out.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  /** Columns that lines may take. Asked at each line, since a window may change its size. */
  get width(): number {
    return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, this.#out.columns ?? MAX_WIDTH));
  }

  /** A line as it is. */
  line(text = ''): void {
    this.#out.write(`${text}\n`);
  }

  /** Text, broken at words where it is longer than the line. */
  text(
    text: string,
    { indent = 0, hang = 0, style = [], mark = '' }: { indent?: number; hang?: number; style?: Style; mark?: string } = {},
  ): void {
    const start = ' '.repeat(indent) + (mark === '' ? '' : `${mark} `);
    const lead = indent + (mark === '' ? 0 : 2);
    const rows = wrap(text, this.width - lead - hang);
    for (const [n, row] of rows.entries()) this.line((n === 0 ? start : ' '.repeat(lead + hang)) + this.paint(style, row));
  }

  /** The head of a part of the story. */
  heading(text: string): void {
    this.line();
    if (!this.#fancy) return this.line(`== ${text}`);
    const rule = '─'.repeat(Math.max(0, this.width - text.length - 4));
    this.line(`${this.paint('dim', '──')} ${this.paint(['bold', 'cyan'], text)} ${this.paint('dim', rule)}`);
  }

  /** A table with a head. Cells hold no styles of their own; `styleOf` may give one to a cell. */
  table(
    title: string,
    columns: readonly Column[],
    rows: readonly (readonly string[])[],
    styleOf: (cell: string, column: number) => Style = () => [],
  ): void {
    const widths = this.#widths(columns, rows);
    const cells = (row: readonly string[], style: (cell: string, column: number) => Style): string[] =>
      widths.map((width, n) => {
        const cell = cut(row[n] ?? '', width);
        return this.paint(style(row[n] ?? '', n), columns[n]?.right === true ? cell.padStart(width) : cell.padEnd(width));
      });
    const heads = columns.map(({ head }) => head);
    this.line();
    if (!this.#fancy) {
      this.line(title);
      for (const row of [heads, ...rows]) this.line(`  ${cells(row, () => []).join('  ')}`.trimEnd());
      return;
    }
    const edge = (left: string, right: string): string => this.paint('dim', `${left}${'─'.repeat(total(widths) + 2)}${right}`);
    const side = this.paint('dim', '│');
    this.line(this.paint('bold', title));
    this.line(edge('╭', '╮'));
    this.line(`${side} ${cells(heads, () => 'dim').join('  ')} ${side}`);
    for (const row of rows) this.line(`${side} ${cells(row, styleOf).join('  ')} ${side}`);
    this.line(edge('╰', '╯'));
  }

  /** Text with a style, where there are styles. */
  paint(style: Style, text: string): string {
    return this.#fancy ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Columns as wide as they need to be; the widest gives way where the line is too short. */
  #widths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
    const widths = columns.map(({ head }, n) => Math.max(head.length, ...rows.map((row) => (row[n] ?? '').length)));
    while (total(widths) + 4 > this.width) {
      const widest = widths.indexOf(Math.max(...widths));
      widths[widest] = (widths[widest] ?? 1) - 1;
    }
    return widths;
  }
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1));
}

/** A line that is no longer than `width`. */
export function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}

function wrap(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    if (row !== '' && row.length + 1 + word.length > width) {
      rows.push(row);
      row = word;
    } else row = row === '' ? word : `${row} ${word}`;
  }
  return [...rows, row];
}
