/** Small helpers for expanded words. */
import { ANY, TOKEN, type Field, type Span } from '../types.ts';

/** A word that is known. */
export function field(text: string, span?: Span): Field {
  return { text, glob: false, taint: 0, span };
}

/** A word of which nothing is known. */
export function unknownField(taint = 0, span?: Span): Field {
  return { text: ANY, glob: false, taint, span };
}

/** The same place in the text, other words. */
export function withText(from: Field, text: string): Field {
  return { ...from, text };
}

/** Whether every character is known. A wildcard is known as such. */
export function isKnown(text: string): boolean {
  return !text.includes(ANY) && !text.includes(TOKEN);
}

/** The text; null where a part is not known. */
export function knownText(word: Field): string | null {
  return isKnown(word.text) ? word.text : null;
}

/** Words joined by spaces, as `eval` and `ssh` do. */
export function join(words: readonly Field[]): Field {
  return {
    text: words.map((word) => word.text).join(' '),
    glob: false,
    taint: taintOf(words),
    span: words[0]?.span && { start: words[0].span.start, end: words.at(-1)?.span?.end ?? words[0].span.end },
  };
}

/** All origins of the words. */
export function taintOf(words: readonly Field[]): number {
  return words.reduce((all, word) => all | word.taint, 0);
}

/** The last part of a path. */
export function baseName(path: string): string {
  const end = path.endsWith('/') ? path.slice(0, -1) : path;
  return end.slice(end.lastIndexOf('/') + 1);
}

/** For a person: unknown parts as `…`. */
export function readable(text: string): string {
  return text.replaceAll(ANY, '…').replaceAll(TOKEN, '…');
}
