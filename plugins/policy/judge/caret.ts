/** The place in a text, shown with a line of carets below it. */
import type { Span } from '@vp/sdk';

const WIDTH = 100;
const MAX_LINES = 3;

/** The lines that a span touches, each with carets under what is meant. Long lines are cut around it. */
export function caretLines(text: string, { start, end }: Span): string[] {
  const lines: string[] = [];
  let from = 0;
  for (const line of text.split('\n')) {
    const [first, last] = [Math.max(start - from, 0), Math.min(end - from, line.length)];
    if (first < last && lines.length < 2 * MAX_LINES) lines.push(...shown(line, first, last));
    from += line.length + 1;
  }
  return lines;
}

function shown(line: string, first: number, last: number): string[] {
  const offset = line.length <= WIDTH ? 0 : Math.max(0, Math.min(first - 20, line.length - WIDTH));
  const part = visible(line.slice(offset, offset + WIDTH));
  const length = Math.max(1, Math.min(last - offset, WIDTH) - (first - offset));
  return [`${offset > 0 ? '…' : ' '}${part}`, ` ${' '.repeat(first - offset)}${'^'.repeat(length)}`];
}

/** One visible character for each, so that the carets stand where they should. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
}
