/** What flows between commands. */
import { ANY, FROM_FILE, QUIET, TOKEN, type Field, type Stream } from '../types.ts';
import { field } from './fields.ts';

const MAX_TEXT = 32 * 1024;

/** A text that is known. */
export function textStream(text: string, taint = 0): Stream {
  return text.length > MAX_TEXT ? { text: null, paths: null, taint } : { text, paths: null, taint };
}

/** Names of files, one a line. */
export function pathStream(paths: readonly Field[]): Stream {
  return { text: null, paths, taint: 0 };
}

/** Nothing at all. */
export const NOTHING: Stream = Object.freeze({ text: '', paths: null, taint: 0 });

/** A short text that cannot be told, such as a date or a number. */
export const SHORT: Stream = Object.freeze({ text: TOKEN, paths: null, taint: 0 });

/** Piped in, and nothing known of it. */
export const PIPED: Stream = Object.freeze({ text: null, paths: null, taint: 0 });

/** A text of which only the origin is known. */
export function opaque(taint: number): Stream {
  return taint === 0 ? QUIET : { text: null, paths: null, taint };
}

/** One after the other. */
export function concat(one: Stream, other: Stream): Stream {
  if (one === NOTHING) return other;
  if (other === NOTHING) return one;
  const taint = one.taint | other.taint;
  const dump = one.dump === true || other.dump === true;
  if (one.text !== null && other.text !== null) return { ...textStream(one.text + other.text, taint), dump };
  const paths = [asPaths(one), asPaths(other)];
  const [first, second] = paths;
  if (first && second) return { text: null, paths: [...first, ...second], taint, dump };
  return { text: null, paths: null, taint, dump };
}

/** The lines of a stream as words, as `xargs` takes them; null where they cannot be told. */
export function itemsOf(stream: Stream): readonly Field[] | null {
  if (stream.paths) return stream.paths;
  if (stream.text === null) return null;
  const words = stream.text.split(/[\s\0]+/).filter((word) => word !== '');
  return words.slice(0, 256).map((word) => ({ ...field(unquote(word)), taint: stream.taint }));
}

function unquote(word: string): string {
  return word.replace(/^(['"])(.*)\1$/, '$2');
}

function asPaths(stream: Stream): readonly Field[] | null {
  return stream.paths ?? (stream.text === null ? null : itemsOf(stream));
}

/** What a stream holds as one word, for shells and interpreters that read their code from it. */
export function asField(stream: Stream): Field {
  return { text: stream.text ?? ANY, glob: false, taint: stream.taint };
}

/** The content of a file that nobody has looked at. */
export const SOME_FILE: Stream = Object.freeze({ text: null, paths: null, taint: FROM_FILE });
