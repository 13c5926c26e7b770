/** Wildcards of the shell against texts, in time bounded by the product of the lengths. */

const MAX_TEXT = 2048;

/** Whether all of `text` matches. Brackets and the rest of the pattern language count as one character each. */
export function matches(pattern: string, text: string): boolean {
  if (pattern.length > MAX_TEXT || text.length > MAX_TEXT) return false;
  const parts = split(pattern);
  let at = 0;
  let part = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === '*') {
      star = part;
      part += 1;
      mark = at;
    } else if (wanted !== undefined && fits(wanted, text[at] ?? '')) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      part = star + 1;
      mark += 1;
      at = mark;
    } else return false;
  }
  while (parts[part] === '*') part += 1;
  return part === parts.length;
}

function split(pattern: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const close = pattern[at] === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (close > 0) {
      parts.push(pattern.slice(at, close + 1));
      at = close;
    } else parts.push(pattern[at] ?? '');
  }
  return parts;
}

function fits(wanted: string, char: string): boolean {
  if (wanted === '?') return true;
  if (wanted.length === 1) return wanted === char;
  const inner = wanted.slice(1, -1);
  const not = inner[0] === '!' || inner[0] === '^';
  return inBracket(not ? inner.slice(1) : inner, char) !== not;
}

function inBracket(inner: string, char: string): boolean {
  if (inner.includes('[:')) return /\w/.test(char);
  for (let at = 0; at < inner.length; at += 1) {
    const to = inner[at + 1] === '-' ? inner[at + 2] : undefined;
    if (to !== undefined && (inner[at] ?? '') <= char && char <= to) return true;
    if (inner[at] === char) return true;
  }
  return false;
}

/** What is left of `text` when the pattern is taken off its start or end; shortest or longest match. */
export function strip(text: string, pattern: string, operator: '#' | '##' | '%' | '%%'): string {
  if (text.length > 256) return text;
  const lengths = Array.from({ length: text.length + 1 }, (_, index) => index);
  if (operator.length === 2) lengths.reverse();
  const front = operator[0] === '#';
  for (const length of lengths) {
    const piece = front ? text.slice(0, length) : text.slice(text.length - length);
    if (matches(pattern, piece)) return front ? text.slice(length) : text.slice(0, text.length - length);
  }
  return text;
}
