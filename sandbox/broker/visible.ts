/** Text of a guest for people: nothing in it steers a terminal, hides, or turns the reading direction. */

/** Controls (a tab and a new line too, unless kept), line separators, direction marks, characters without width. */
const HIDDEN = /[\0-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with each such character spelt out, and cut to `length`. */
export function visible(text: string, length: number, keep = ''): string {
  const cut = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return cut.toWellFormed().replaceAll(HIDDEN, (sign) => (keep.includes(sign) ? sign : spelt(sign)));
}

function spelt(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
