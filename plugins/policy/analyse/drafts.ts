/** Words under construction: what is glued, what is split. */
import { ANY, type Field, type Stream } from '../types.ts';
import { unknownField } from './fields.ts';

/** A word under construction: finished fields, and the one being made. */
export interface Draft {
  readonly done: readonly Field[];
  readonly text: string;
  /** Something, even an empty text, stands here. */
  readonly present: boolean;
  readonly glob: boolean;
  readonly taint: number;
}

/** Nothing yet. */
export const START: Draft = { done: [], text: '', present: false, glob: false, taint: 0 };
/** Too many ways: nothing can be told. */
export function merge(drafts: readonly Draft[]): Draft {
  return { ...START, text: ANY, present: true, taint: drafts.reduce((sum, draft) => sum | draft.taint, 0) };
}

/** All in one word, as `"$*"` makes it. */
export function squeeze(fields: readonly Field[]): Field {
  return { text: fields.map((one) => one.text).join(' '), glob: false, taint: fields.reduce((sum, one) => sum | one.taint, 0) };
}

/** What an unquoted value falls into. */
export function splitField(value: Field, separators: string): readonly Field[] {
  const pieces = pieceUp(value.text, separators);
  const glob = value.glob || /[*?[]/.test(value.text);
  return pieces.map((text) => ({ ...value, text, glob }));
}

function pieceUp(text: string, separators: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && !separators.includes(text[at] ?? '')) continue;
    // An empty piece at either end glues nothing, but says that a word ends here.
    pieces.push(text.slice(from, at));
    from = at + 1;
  }
  return pieces;
}

/** The fields of a command's output. */
export function fieldsOf(output: Stream, split: boolean): readonly Field[] {
  if (output.text !== null) {
    const text = trimEnd(output.text);
    const pieces = split ? text.split(/[ \t\n]+/).slice(0, 256) : [text];
    return pieces.map((piece) => ({ text: piece, glob: split && /[*?[]/.test(piece), taint: output.taint }));
  }
  if (output.paths && (split || output.paths.length === 1)) return output.paths;
  return [unknownField(output.taint)];
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\n') end -= 1;
  return text.slice(0, end);
}

/** The draft with a text behind it. */
export function append(draft: Draft, text: string, glob: boolean, taint = 0): Draft {
  return { ...draft, text: draft.text + text, present: true, glob: draft.glob || glob, taint: draft.taint | taint };
}

/** Glues the first field to what stands, makes words of the middle ones, leaves the last one open. */
export function spread(draft: Draft, fields: readonly Field[], split: boolean): Draft {
  let now = draft;
  for (const [index, value] of fields.entries()) {
    if (index > 0) now = finish(now);
    const present = now.present || value.text !== '' || !split;
    now = { ...now, text: now.text + value.text, present, glob: now.glob || (split && value.glob), taint: now.taint | value.taint };
    if (value.glob && !split) now = { ...now, glob: true };
  }
  return now;
}

/** The draft with its open field made a word. */
export function finish(draft: Draft): Draft {
  if (!draft.present) return draft;
  const { text, glob, taint } = draft;
  return { ...START, done: [...draft.done, { text, glob, taint }] };
}
