/** `URL` and `URLSearchParams`. Node's own parser does the work, in the host, so that what a plugin sees is what the kernel will see. */
import { hostUrl } from './bridge.js';
import { NativeTypeError, parse, stringify, toWellFormed } from './primordials.js';

const ask = (question) => {
  const answer = hostUrl(stringify({ __proto__: null, ...question }));
  return answer === '' || answer[0] !== '{' ? undefined : parse(answer);
};
const pairsOf = (text) => {
  const answer = hostUrl(stringify({ __proto__: null, op: 'pairs', input: text }));
  return answer[0] === '[' ? parse(answer) : [];
};
const partsOf = (input, base) => ask({ op: 'parse', input: `${input}`, base: base === undefined ? undefined : `${base}` });
const textOf = (value) => toWellFormed(`${value}`);

let connect;
let refill;

export class URLSearchParams {
  /** @type {[string, string][]} */
  #pairs = [];
  #changed = () => undefined;
  static {
    connect = (params, changed) => (params.#changed = changed);
    refill = (params, text) => (params.#pairs = pairsOf(text));
  }
  constructor(init = '') {
    if (typeof init !== 'object' || init === null) this.#pairs = pairsOf(`${init}`);
    else if (typeof init[Symbol.iterator] === 'function') for (const [name, value] of init) this.#pairs.push([textOf(name), textOf(value)]);
    else for (const name of Object.keys(init)) this.#pairs.push([textOf(name), textOf(init[name])]);
  }
  get size() {
    return this.#pairs.length;
  }
  append(name, value) {
    this.#pairs.push([textOf(name), textOf(value)]);
    this.#changed();
  }
  delete(name, value) {
    this.#pairs = this.#pairs.filter((pair) => pair[0] !== textOf(name) || (value !== undefined && pair[1] !== textOf(value)));
    this.#changed();
  }
  get(name) {
    return this.#pairs.find((pair) => pair[0] === textOf(name))?.[1] ?? null;
  }
  getAll(name) {
    return this.#pairs.filter((pair) => pair[0] === textOf(name)).map((pair) => pair[1]);
  }
  has(name, value) {
    return this.#pairs.some((pair) => pair[0] === textOf(name) && (value === undefined || pair[1] === textOf(value)));
  }
  set(name, value) {
    const at = this.#pairs.findIndex((pair) => pair[0] === textOf(name));
    if (at === -1) this.#pairs.push([textOf(name), textOf(value)]);
    else {
      this.#pairs[at][1] = textOf(value);
      this.#pairs = this.#pairs.filter((pair, index) => index <= at || pair[0] !== textOf(name));
    }
    this.#changed();
  }
  sort() {
    this.#pairs.sort((one, other) => (one[0] < other[0] ? -1 : Number(one[0] > other[0])));
    this.#changed();
  }
  forEach(act, self) {
    for (const [name, value] of this) act.call(self, value, name, this);
  }
  *entries() {
    for (let at = 0; at < this.#pairs.length; at += 1) yield [this.#pairs[at][0], this.#pairs[at][1]];
  }
  *keys() {
    for (const [name] of this.entries()) yield name;
  }
  *values() {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  toString() {
    return hostUrl(stringify({ __proto__: null, op: 'query', pairs: this.#pairs }));
  }
}

export class URL {
  #parts;
  #params;
  constructor(input, base) {
    const parts = partsOf(input, base);
    if (parts === undefined) {
      const error = new NativeTypeError('Invalid URL');
      error.code = 'ERR_INVALID_URL';
      error.input = `${input}`;
      throw error;
    }
    this.#parts = parts;
  }
  static canParse(input, base) {
    return partsOf(input, base) !== undefined;
  }
  static parse(input, base) {
    return URL.canParse(input, base) ? new URL(input, base) : null;
  }
  #set(key, value) {
    this.#parts = ask({ op: 'set', input: this.#parts.href, key, value: `${value}` }) ?? this.#parts;
    if (key !== 'hash' && this.#params !== undefined) refill(this.#params, this.#parts.search);
  }
  get href() {
    return this.#parts.href;
  }
  set href(value) {
    const parts = partsOf(value);
    if (parts === undefined) throw new NativeTypeError('Invalid URL');
    this.#parts = parts;
    if (this.#params !== undefined) refill(this.#params, parts.search);
  }
  get origin() {
    return this.#parts.origin;
  }
  get protocol() {
    return this.#parts.protocol;
  }
  set protocol(value) {
    this.#set('protocol', value);
  }
  get username() {
    return this.#parts.username;
  }
  set username(value) {
    this.#set('username', value);
  }
  get password() {
    return this.#parts.password;
  }
  set password(value) {
    this.#set('password', value);
  }
  get host() {
    return this.#parts.host;
  }
  set host(value) {
    this.#set('host', value);
  }
  get hostname() {
    return this.#parts.hostname;
  }
  set hostname(value) {
    this.#set('hostname', value);
  }
  get port() {
    return this.#parts.port;
  }
  set port(value) {
    this.#set('port', value);
  }
  get pathname() {
    return this.#parts.pathname;
  }
  set pathname(value) {
    this.#set('pathname', value);
  }
  get search() {
    return this.#parts.search;
  }
  set search(value) {
    this.#set('search', value);
  }
  get hash() {
    return this.#parts.hash;
  }
  set hash(value) {
    this.#set('hash', value);
  }
  get searchParams() {
    if (this.#params === undefined) {
      this.#params = new URLSearchParams(this.#parts.search);
      const changed = (params) => {
        this.#parts = ask({ op: 'set', input: this.#parts.href, key: 'search', value: params.toString() }) ?? this.#parts;
      };
      const params = this.#params;
      connect(params, () => changed(params));
    }
    return this.#params;
  }
  toString() {
    return this.#parts.href;
  }
  toJSON() {
    return this.#parts.href;
  }
}
