/** `TextEncoder` and `TextDecoder` (UTF-8), `atob` and `btoa`. */
import { DOMException } from './exceptions.js';
import {
  bytesOf,
  charCodeAt,
  fromCharCode,
  fromCodePoint,
  indexOf,
  NativeBytes,
  NativeRangeError,
  NativeTypeError,
  substring,
  toLowerCase,
} from './primordials.js';

const REPLACEMENT = 0xfffd;

/** The code point at an index; half a pair is the replacement character. */
function scalarAt(text, at) {
  const unit = charCodeAt(text, at);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const next = at + 1 < text.length ? charCodeAt(text, at + 1) : 0;
  return unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff ? (unit - 0xd800) * 0x400 + (next - 0xdc00) + 0x10000 : REPLACEMENT;
}

function sizeOf(point) {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function put(bytes, at, point, size) {
  if (size === 1) {
    bytes[at] = point;
    return;
  }
  bytes[at] = [0, 0, 0xc0, 0xe0, 0xf0][size] | (point >> (6 * (size - 1)));
  for (let rest = size - 2; rest >= 0; rest -= 1) bytes[at + size - 1 - rest] = 0x80 | ((point >> (6 * rest)) & 0x3f);
}

/** Writes what fits into `bytes`; only counts where there are none. */
function encodeInto(text, bytes) {
  let read = 0;
  let written = 0;
  while (read < text.length) {
    const point = scalarAt(text, read);
    const size = sizeOf(point);
    if (bytes !== undefined && written + size > bytes.length) break;
    if (bytes !== undefined) put(bytes, written, point, size);
    written += size;
    read += point > 0xffff ? 2 : 1;
  }
  return { read, written };
}

/** A text as UTF-8. */
export function encode(text) {
  const bytes = new NativeBytes(encodeInto(text, undefined).written);
  encodeInto(text, bytes);
  return bytes;
}

/** For a first byte: how many follow, and the bounds of the next; 0 where none may begin so. */
function lead(byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return { needed: 1, low: 0x80, high: 0xbf, point: byte & 0x1f };
  if (byte >= 0xe0 && byte <= 0xef)
    return { needed: 2, low: byte === 0xe0 ? 0xa0 : 0x80, high: byte === 0xed ? 0x9f : 0xbf, point: byte & 0xf };
  if (byte >= 0xf0 && byte <= 0xf4)
    return { needed: 3, low: byte === 0xf0 ? 0x90 : 0x80, high: byte === 0xf4 ? 0x8f : 0xbf, point: byte & 0x7 };
  return undefined;
}

/** A decoder that keeps half a character for the next piece. */
function decoder(fatal) {
  let state;
  const bad = () => {
    if (fatal) throw new NativeTypeError('the bytes are not UTF-8');
    return fromCodePoint(REPLACEMENT);
  };
  const step = (byte) => {
    if (state === undefined) {
      if (byte < 0x80) return fromCharCode(byte);
      state = lead(byte);
      return state === undefined ? bad() : '';
    }
    if (byte < state.low || byte > state.high) {
      state = undefined;
      return bad() + step(byte);
    }
    const point = (state.point << 6) | (byte & 0x3f);
    state = state.needed > 1 ? { needed: state.needed - 1, low: 0x80, high: 0xbf, point } : undefined;
    return state === undefined ? fromCodePoint(point) : '';
  };
  const end = () => {
    if (state === undefined) return '';
    state = undefined;
    return bad();
  };
  return { __proto__: null, step, end };
}

/** Bytes as text; what is no UTF-8 becomes the replacement character, or throws. */
export function decode(bytes, fatal) {
  const { step, end } = decoder(fatal);
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += step(bytes[at]);
  return text + end();
}

export class TextEncoder {
  get encoding() {
    return 'utf-8';
  }
  encode(text = '') {
    return encode(`${text}`);
  }
  encodeInto(text, bytes) {
    return encodeInto(`${text}`, bytes);
  }
}

export class TextDecoder {
  #fatal;
  #ignoreBOM;
  #decoder;
  #started = false;
  constructor(label = 'utf-8', options) {
    const name = toLowerCase(`${label}`);
    if (name !== 'utf-8' && name !== 'utf8') throw new NativeRangeError(`the encoding "${label}" is not supported; use utf-8`);
    this.#fatal = options?.fatal === true;
    this.#ignoreBOM = options?.ignoreBOM === true;
  }
  get encoding() {
    return 'utf-8';
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }
  decode(input, options) {
    this.#decoder ??= decoder(this.#fatal);
    const bytes = input === undefined ? new NativeBytes(0) : bytesOf(input);
    let text = '';
    try {
      for (let at = 0; at < bytes.length; at += 1) text += this.#decoder.step(bytes[at]);
      if (options?.stream !== true) text += this.#decoder.end();
    } catch (error) {
      this.#decoder = undefined;
      this.#started = false;
      throw error;
    }
    return this.#withoutMark(text, options?.stream === true);
  }
  #withoutMark(text, more) {
    const first = !this.#started && text.length > 0;
    if (!more) this.#decoder = undefined;
    this.#started = more && (this.#started || text.length > 0);
    return first && !this.#ignoreBOM && charCodeAt(text, 0) === 0xfeff ? substring(text, 1) : text;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const notBase64 = (what) => new DOMException(what, 'InvalidCharacterError');

export function btoa(value) {
  const text = `${value}`;
  let out = '';
  for (let at = 0; at < text.length; at += 3) {
    let bits = 0;
    for (let next = 0; next < 3; next += 1) {
      const unit = at + next < text.length ? charCodeAt(text, at + next) : 0;
      if (unit > 0xff) throw notBase64('btoa takes characters up to U+00FF');
      bits = (bits << 8) | unit;
    }
    const have = text.length - at;
    out += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63];
    out += (have > 1 ? ALPHABET[(bits >> 6) & 63] : '=') + (have > 2 ? ALPHABET[bits & 63] : '=');
  }
  return out;
}

export function atob(value) {
  const given = `${value}`;
  let text = '';
  for (let at = 0; at < given.length; at += 1) if (indexOf('\t\n\f\r ', given[at]) === -1) text += given[at];
  if (text.length % 4 === 0 && text[text.length - 1] === '=') text = substring(text, 0, text[text.length - 2] === '=' ? -2 : -1);
  if (text.length % 4 === 1) throw notBase64('the text is not base64');
  let out = '';
  let bits = 0;
  let have = 0;
  for (let at = 0; at < text.length; at += 1) {
    const value6 = indexOf(ALPHABET, text[at]);
    if (value6 === -1) throw notBase64('the text is not base64');
    bits = ((bits << 6) | value6) & 0xffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += fromCharCode((bits >> have) & 0xff);
    }
  }
  return out;
}
