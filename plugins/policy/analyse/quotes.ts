/** Takes the quoted texts out of code, so that names in texts and comments are not taken for code. One pass, no look-back. */
import { ANY, type Language } from '../types.ts';

/** Code with each text replaced by `\u0001number:text\u0001`, and the texts. */
export interface Unquoted {
  readonly code: string;
  readonly texts: readonly string[];
}

interface Style {
  readonly line: readonly string[];
  readonly block: boolean;
  readonly quotes: string;
  readonly triple: boolean;
}

const STYLES: Readonly<Record<Language, Style>> = {
  python: { line: ['#'], block: false, quotes: '\'"', triple: true },
  node: { line: ['//'], block: true, quotes: '\'"`', triple: false },
  perl: { line: ['#'], block: false, quotes: '\'"`', triple: false },
  ruby: { line: ['#'], block: false, quotes: '\'"`', triple: false },
  php: { line: ['//', '#'], block: true, quotes: '\'"`', triple: false },
  lua: { line: ['--'], block: false, quotes: '\'"', triple: false },
  awk: { line: ['#'], block: false, quotes: '"', triple: false },
  other: { line: [], block: false, quotes: '\'"', triple: false },
};

/** Separates texts from code. */
export function unquote(language: Language, source: string): Unquoted {
  const style = STYLES[language];
  const texts: string[] = [];
  const inner: string[] = [];
  let code = '';
  let at = 0;
  while (at < source.length) {
    const char = source[at] ?? '';
    if (startsComment(source, at, style)) {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
    } else if (style.block && source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      at = end < 0 ? source.length : end + 2;
    } else if (style.quotes.includes(char)) {
      const found = readText(source, at, style.triple);
      const dynamic = interpolates(language, char, source[at - 1]);
      const text = dynamic ? interpolate(language, found.text, inner) : found.text;
      if (char === '`' && language !== 'node') code += language === 'php' ? ' shell_exec(' : ' system(';
      code += `\u0001${texts.length}:${text.replaceAll('\u0001', '').slice(0, 400)}\u0001`;
      if (char === '`' && language !== 'node') code += ')';
      texts.push(unescape(text));
      at = found.end;
    } else {
      code += char === '\u0001' ? ' ' : char;
      at += 1;
    }
  }
  return { code: inner.length === 0 ? code : `${code}\n${inner.join('\n')}`, texts };
}

function startsComment(source: string, at: number, style: Style): boolean {
  for (const mark of style.line) {
    if (!source.startsWith(mark, at)) continue;
    // `$#array`, `#{…}` and `https://` are no comments.
    const before = source[at - 1];
    if (mark === '#' && (before === '$' || before === '{' || before === '&')) continue;
    if (mark === '//' && before === ':') continue;
    return true;
  }
  return false;
}

function readText(source: string, at: number, triple: boolean): { readonly text: string; readonly end: number } {
  const quote = source[at] ?? '';
  if (triple && source.startsWith(quote.repeat(3), at)) {
    const end = source.indexOf(quote.repeat(3), at + 3);
    return end < 0 ? { text: source.slice(at + 3), end: source.length } : { text: source.slice(at + 3, end), end: end + 3 };
  }
  let end = at + 1;
  while (end < source.length && source[end] !== quote) end += source[end] === '\\' ? 2 : 1;
  return { text: source.slice(at + 1, end), end: end + 1 };
}

function interpolates(language: Language, quote: string, before: string | undefined): boolean {
  if (language === 'python') return before === 'f' || before === 'F';
  if (language === 'node') return quote === '`';
  return (language === 'perl' || language === 'ruby' || language === 'php') && quote !== "'";
}

function interpolate(language: Language, text: string, inner: string[]): string {
  const pattern = language === 'python' ? /\{([^{}]{0,400})\}/g : language === 'node' ? /\$\{([^{}]{0,400})\}/g : language === 'ruby' ? /#\{([^{}]{0,400})\}/g : /[$@](?:\{([^{}]{0,400})\}|\w[\w:]*(?:->)?(?:[[{][^\]}]{0,40}[\]}])?)/g; // prettier-ignore
  return text.replace(pattern, (_, code?: string) => {
    if (code !== undefined && inner.length < 32) inner.push(code);
    return ANY;
  });
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|(.))/gs,
    (_, hex?: string, short?: string, octal?: string, char?: string) => {
      if (hex !== undefined || short !== undefined) return String.fromCharCode(Number.parseInt(hex ?? short ?? '0', 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return char === 'n' ? '\n' : char === 't' ? '\t' : (char ?? '');
    },
  );
}
