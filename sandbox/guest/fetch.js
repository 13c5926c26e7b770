/** `fetch`, `Request` and `Response`. Bodies are text; the kernel sends the request and checks where it goes. */
import { boot } from './bridge.js';
import { requestIf } from './calls.js';
import { DOMException } from './exceptions.js';
import { headerPairs, Headers } from './headers.js';
import { bytesOf, bufferBytes, isBytesView, NativePromise, NativeTypeError, parse, promiseThen } from './primordials.js';
import { decode, encode } from './text.js';
import { URL, URLSearchParams } from './url.js';

/** A promise of what `act` gives or throws. */
const promised = (act) => new NativePromise((resolve) => resolve(act()));

function isBuffer(value) {
  try {
    bufferBytes(value);
    return true;
  } catch {
    return false;
  }
}

/** The text of a body, and what kind it is. @throws TypeError */
function bodyOf(value) {
  if (value === undefined || value === null) return { text: undefined, type: undefined };
  if (typeof value === 'string') return { text: value, type: 'text/plain;charset=UTF-8' };
  if (value instanceof URLSearchParams) return { text: `${value}`, type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  if (isBytesView(value) || isBuffer(value)) return { text: decode(bytesOf(value), true), type: undefined };
  throw new NativeTypeError('a body is text, URLSearchParams, or bytes of UTF-8');
}

/** What both have that carry a body. */
class Body {
  #text;
  #used = false;
  constructor(text) {
    this.#text = text;
  }
  get body() {
    return null;
  }
  get bodyUsed() {
    return this.#used;
  }
  #take() {
    if (this.#used) throw new NativeTypeError('the body has been read already; read a clone()');
    this.#used = this.#text !== undefined;
    return this.#text ?? '';
  }
  /** For a copy of it. */
  bodyText() {
    if (this.#used) throw new NativeTypeError('the body has been read already');
    return this.#text;
  }
  text() {
    return promised(() => this.#take());
  }
  json() {
    return promised(() => parse(this.#take()));
  }
  bytes() {
    return promised(() => encode(this.#take()));
  }
  arrayBuffer() {
    return promised(() => encode(this.#take()).buffer);
  }
}

export class Request extends Body {
  constructor(input, init = {}) {
    const from = input instanceof Request ? input : undefined;
    const { text, type } = bodyOf(init.body);
    super(text ?? from?.bodyText());
    this.url = from?.url ?? new URL(input).href;
    this.method = `${init.method ?? from?.method ?? 'GET'}`;
    this.headers = new Headers(init.headers ?? from?.headers);
    if (type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', type);
    this.redirect = init.redirect ?? from?.redirect ?? 'follow';
    this.signal = init.signal ?? from?.signal;
  }
  clone() {
    return new Request(this);
  }
}

export class Response extends Body {
  constructor(body, init = {}) {
    const { text, type } = bodyOf(body);
    super(text);
    this.status = init.status ?? 200;
    this.statusText = `${init.statusText ?? ''}`;
    this.headers = new Headers(init.headers);
    if (type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', type);
    this.url = '';
    this.redirected = false;
    this.type = 'default';
  }
  static json(value, init = {}) {
    const response = new Response(JSON.stringify(value), init);
    if (!new Headers(init.headers).has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  }
  get ok() {
    return this.status >= 200 && this.status < 300;
  }
  clone() {
    return describe(new Response(undefined, this), this, this.bodyText());
  }
}

/** Gives a response what its constructor does not take. */
function describe(bare, { url, redirected, status, statusText, headers }, text) {
  const response = new Response(text, { status, statusText, headers });
  response.url = url;
  response.redirected = redirected;
  response.type = bare.type;
  return response;
}

/** The request as plain text, read once. */
function requestOf(input, init) {
  const from = input instanceof Request ? input : undefined;
  const { text, type } = bodyOf(init?.body);
  const headers = new Headers(init?.headers ?? from?.headers);
  const pairs = headerPairs(headers);
  if (type !== undefined && !headers.has('content-type')) pairs[pairs.length] = ['content-type', type];
  const url = input instanceof URL ? input.href : (from?.url ?? input);
  const { method = from?.method, redirect = from?.redirect, signal = from?.signal } = init ?? {};
  return { url, signal, options: { __proto__: null, method, headers: pairs, body: text ?? from?.bodyText(), redirect } };
}

function throwAborted(signal) {
  throw signal.reason ?? new DOMException('This operation was aborted', 'AbortError');
}

/** The promise, or the signal where that is first. The kernel is not told: the answer is then nobody's. */
function unlessAborted(promise, signal) {
  if (signal === undefined || signal === null) return promise;
  return new NativePromise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(promised(() => throwAborted(signal))), { once: true });
    promiseThen(promise, resolve, reject);
  });
}

function responseOf(answer) {
  // A body without a type of its own: the headers say what it is.
  const response = new Response(undefined, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
  const { headers } = response;
  return describe(response, { ...answer, headers }, answer.body);
}

/** As the web's; only to where the plugin may call, and only bodies of text. */
export function fetch(input, init) {
  return promised(() => {
    const { url, signal, options } = requestOf(input, init);
    if (signal?.aborted) throwAborted(signal);
    const answer = requestIf(boot.may.net, 'fetch', 'fetch', [url, options]);
    return unlessAborted(promiseThen(answer, responseOf), signal);
  });
}
