/** `Headers`: names in lower case, values joined by a comma. */
import { hasOwn, isArray, keys, NativeTypeError, toLowerCase } from './primordials.js';

let readPairs;
const headerName = (name) => toLowerCase(`${name}`);

export class Headers {
  #values = { __proto__: null };
  static {
    readPairs = (headers) => {
      const pairs = [];
      const names = keys(headers.#values);
      for (let at = 0; at < names.length; at += 1) pairs[at] = [names[at], headers.#values[names[at]]];
      return pairs;
    };
  }
  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init !== 'object') throw new NativeTypeError('headers are an object, pairs, or Headers');
    if (isArray(init)) for (let at = 0; at < init.length; at += 1) this.#add(init[at][0], init[at][1]);
    else if (typeof init[Symbol.iterator] === 'function') for (const [name, value] of init) this.#add(name, value);
    else for (const name of keys(init)) this.#add(name, init[name]);
  }
  #add(given, value) {
    const name = headerName(given);
    this.#values[name] = hasOwn(this.#values, name) ? `${this.#values[name]}, ${value}` : `${value}`;
  }
  append(name, value) {
    this.#add(name, value);
  }
  delete(name) {
    delete this.#values[headerName(name)];
  }
  get(name) {
    return this.#values[headerName(name)] ?? null;
  }
  has(name) {
    return hasOwn(this.#values, headerName(name));
  }
  set(name, value) {
    this.#values[headerName(name)] = `${value}`;
  }
  forEach(act, self) {
    for (const [name, value] of this) act.call(self, value, name, this);
  }
  *entries() {
    yield* readPairs(this).sort((one, other) => (one[0] < other[0] ? -1 : 1));
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
}

/** Names and values, whatever became of the class. */
export function headerPairs(headers) {
  return readPairs(headers);
}
