/** Headers that a guest may send: known ones that steer nothing but the content, and those that services make up for themselves. */
import { quoted, wrong } from './refuse.ts';

/** Names in lower case to values. */
export type Headers = Readonly<Record<string, string>>;

const MAX_COUNT = 64;
const MAX_BYTES = 16_384;
const TOKEN = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const KNOWN = [
  'accept',
  'authorization',
  'cache-control',
  'content-language',
  'content-type',
  'accept-language',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'pragma',
  'prefer',
  'range',
  'user-agent',
];
/** Of a name with a hyphen that is not known: what servers and proxies, not applications, give a meaning to. */
const KEPT =
  /^(?:accept|access-control|alt|content|http2|if|keep|max|proxy|sec|set|transfer|x-forwarded|x-http|x-method|x-original|x-real)-/;
/** What goes along to another origin: nothing that could be a secret. */
const CARRIED = ['accept', 'accept-language', 'content-language', 'content-type', 'user-agent'];

/** Checks and copies the headers of a request, a record or a list of pairs. @throws VP_SANDBOX_ARGUMENT */
export function checkedHeaders(given: unknown): Headers {
  const headers: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of pairsOf(given)) {
    if (typeof name !== 'string' || typeof value !== 'string') throw wrong('headers are pairs of text');
    const key = name.toLowerCase();
    if (name.length + value.length > MAX_BYTES) throw wrong(`headers have at most ${MAX_BYTES} bytes in all`);
    const text = value.trim();
    if (!TOKEN.test(key)) throw wrong(`${quoted(name)} is no name of a header`);
    if (!isSendable(key)) throw wrong(`the header ${quoted(name)} is not sent for a plugin`);
    if (!VALUE.test(text)) throw wrong(`the header ${quoted(name)} has characters in it that no header may have`);
    bytes += key.length + text.length;
    if (bytes > MAX_BYTES) throw wrong(`headers have at most ${MAX_BYTES} bytes in all`);
    headers[key] = Object.hasOwn(headers, key) ? `${headers[key]}, ${text}` : text;
  }
  return headers;
}

/** Those that go along where a redirect leads to another origin. */
export function carriedHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => CARRIED.includes(name)));
}

/** Those of a request without a body. */
export function bodilessHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}

function isSendable(name: string): boolean {
  return KNOWN.includes(name) || (name.includes('-') && !KEPT.test(name));
}

function pairsOf(given: unknown): readonly (readonly [unknown, unknown])[] {
  if (given === undefined || given === null) return [];
  if (typeof given !== 'object') throw wrong('headers must be a record or a list of pairs');
  const pairs: readonly unknown[] = Array.isArray(given) ? given : Object.entries(given);
  if (pairs.length > MAX_COUNT) throw wrong(`a request has at most ${MAX_COUNT} headers`);
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong('headers must be a record or a list of pairs');
    return [pair[0], pair[1]] as const;
  });
}
