/** Whether a text is fit to be analysed, and in what form. */
import type { UnknownWhat } from '../types.ts';

/** Characters of a command; what is longer is not looked at. */
export const MAX_LENGTH = 64 * 1024;

// Control characters, soft hyphen, zero-width and bidi marks, line separators, variation selectors, private use, tags.
const RANGES =
  '0-8 b-1f 7f-9f ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 2028-202e 2060-206f 3164 fe00-fe0e feff ffa0 fff9-ffff e000-f8ff e0000-e0fff f0000-10ffff';
const HIDDEN = new RegExp(`[${RANGES.split(' ').map(range).join('')}]`, 'u');
const EMOJI_JOIN = /(\p{Extended_Pictographic}|[\u{1f3fb}-\u{1f3ff}])\ufe0f?\u200d(?=\p{Extended_Pictographic})/gu;
const EMOJI_TAIL = /(\p{Extended_Pictographic}|[0-9#*])\ufe0f/gu;
const PLAIN = /^[\t\n\u0020-\u007e]*$/;

/** A text in its analysed form, or why it is not analysed. */
export interface Normalised {
  readonly text: string;
  readonly problems: readonly { readonly what: UnknownWhat; readonly why: string }[];
}

/** Checks a command. The text stays what bash would see, unless composing characters leaves its syntax alone. */
export function normalise(input: unknown): Normalised {
  if (typeof input !== 'string') return problem('shape', 'the command is not a text');
  if (input.length > MAX_LENGTH) return problem('too-large', `the command is longer than ${MAX_LENGTH} characters`);
  if (PLAIN.test(input)) return { text: input, problems: [] };
  const problems: { what: UnknownWhat; why: string }[] = [];
  const visible = input.replace(EMOJI_JOIN, '$1').replace(EMOJI_TAIL, '$1');
  if (HIDDEN.test(visible)) problems.push({ what: 'hidden-characters', why: 'the command holds characters that cannot be seen' });
  const composed = input.normalize('NFC');
  if (ascii(composed) !== ascii(input)) {
    problems.push({ what: 'hidden-characters', why: 'the command holds characters that look like others' });
    return { text: input, problems };
  }
  return { text: composed, problems };
}

function range(text: string): string {
  return text.split('-').map((code) => `\\u{${code}}`).join('-'); // prettier-ignore
}

function ascii(text: string): string {
  // Letters may be composed with their accents; the characters of the shell's syntax may not come or go.
  return text.replace(/[^\u0000-\u007e]|[A-Za-z]/g, '');
}

function problem(what: UnknownWhat, why: string): Normalised {
  return { text: '', problems: [{ what, why }] };
}
