/** Brace lists: `{a,b}` and `{1..3}`, as bash spells them out before anything else. */

const MAX_WORDS = 128;

/** The words that a text with brace lists stands for; undefined where there are too many. Quotes are stepped over. */
export function expandBraces(text: string): string[] | undefined {
  const found = firstList(text);
  if (!found) return [text];
  const head = text.slice(0, found.start);
  const words: string[] = [];
  const tails = expandBraces(text.slice(found.end));
  if (!tails) return undefined;
  for (const item of found.items) {
    const inner = found.range ? [item] : expandBraces(item);
    if (!inner) return undefined;
    for (const middle of inner) for (const tail of tails) words.push(head + middle + tail);
    if (words.length > MAX_WORDS) return undefined;
  }
  return words;
}

interface List {
  readonly start: number;
  readonly end: number;
  readonly items: readonly string[];
  readonly range: boolean;
}

function firstList(text: string): List | undefined {
  for (let at = 0; at < text.length; at = next(text, at)) {
    if (text[at] !== '{' || text[at - 1] === '$') continue;
    const list = listAt(text, at);
    if (list) return list;
  }
  return undefined;
}

function listAt(text: string, start: number): List | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let at = start; at < text.length; at = next(text, at)) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === ',' && depth === 1) commas.push(at);
    else if (text[at] === '}') depth -= 1;
    if (depth > 0) continue;
    if (commas.length > 0) return { start, end: at + 1, items: cut(text, [start, ...commas, at]), range: false };
    const items = range(text.slice(start + 1, at));
    return items && { start, end: at + 1, items, range: true };
  }
  return undefined;
}

function cut(text: string, marks: readonly number[]): string[] {
  return marks.slice(1).map((mark, index) => text.slice((marks[index] ?? 0) + 1, mark));
}

/** The next character that counts: behind escapes, quotes and `${…}`. */
function next(text: string, at: number): number {
  const char = text[at];
  if (char === '\\') return at + 2;
  if (char === "'") return after(text, "'", at + 1);
  if (char === '"') return afterDouble(text, at + 1);
  if (char === '$' && text[at + 1] === '{') return after(text, '}', at + 2);
  if (char === '`') return after(text, '`', at + 1);
  return at + 1;
}

function after(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end + 1;
}

function afterDouble(text: string, from: number): number {
  for (let at = from; at < text.length; at += text[at] === '\\' ? 2 : 1) if (text[at] === '"') return at + 1;
  return text.length;
}

function range(inner: string): string[] | undefined {
  const parts = inner.split('..');
  if (parts.length < 2 || parts.length > 3) return undefined;
  const [from, to, step] = parts as [string, string, string | undefined];
  const width = Math.max(padded(from), padded(to));
  const numbers = [from, to].every((part) => /^-?\d{1,9}$/.test(part));
  const letters = [from, to].every((part) => /^[A-Za-z]$/.test(part));
  if (!numbers && !letters) return undefined;
  const low = numbers ? Number(from) : from.charCodeAt(0);
  const high = numbers ? Number(to) : to.charCodeAt(0);
  const stride = Math.max(1, Math.abs(Number(step ?? 1)) || 1);
  const count = Math.floor(Math.abs(high - low) / stride) + 1;
  if (count > MAX_WORDS) return Array.from({ length: MAX_WORDS + 1 }, () => '');
  const sign = high < low ? -stride : stride;
  return Array.from({ length: count }, (_, index) => {
    const value = low + index * sign;
    return numbers ? String(value).padStart(width, '0') : String.fromCharCode(value);
  });
}

function padded(text: string): number {
  return /^-?0\d/.test(text) ? text.length : 0;
}
