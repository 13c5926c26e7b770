/** `structuredClone` of what has no tie to a machine: plain data, dates, expressions, maps, sets, buffers, errors. */
import { DOMException } from './exceptions.js';
import { bytesOf, getPrototypeOf, isArray, isBytesView, NativeBytes, NativeError, NativeArrayBuffer } from './primordials.js';

const NativeMap = Map;
const NativeSet = Set;
const NativeDate = Date;
const NativeRegExp = RegExp;
const NativeView = DataView;
const errors = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

const refuse = (what) => new DOMException(`${what} cannot be cloned`, 'DataCloneError');

function copyBuffer(value) {
  const bytes = new NativeBytes(value.byteLength);
  bytes.set(bytesOf(value));
  return bytes.buffer;
}

function copyView(value) {
  const buffer = copyBuffer(value);
  const { constructor: View } = getPrototypeOf(value);
  return value instanceof NativeView ? new NativeView(buffer) : new View(buffer);
}

function copyError(value, seen) {
  const Kind = errors[value.name] ?? NativeError;
  const copy = new Kind(`${value.message}`);
  seen.set(value, copy);
  if (typeof value.stack === 'string') copy.stack = value.stack;
  if (Object.hasOwn(value, 'cause')) copy.cause = cloneOf(value.cause, seen);
  return copy;
}

function copyMap(value, seen) {
  const copy = new NativeMap();
  seen.set(value, copy);
  for (const [key, entry] of value) copy.set(cloneOf(key, seen), cloneOf(entry, seen));
  return copy;
}

function copySet(value, seen) {
  const copy = new NativeSet();
  seen.set(value, copy);
  for (const entry of value) copy.add(cloneOf(entry, seen));
  return copy;
}

function copyPlain(value, seen) {
  const copy = isArray(value) ? [] : {};
  if (isArray(value)) copy.length = value.length;
  seen.set(value, copy);
  for (const key of Object.keys(value))
    Object.defineProperty(copy, key, { value: cloneOf(value[key], seen), writable: true, enumerable: true, configurable: true });
  return copy;
}

function copyLeaf(value) {
  if (value instanceof NativeDate) return new NativeDate(value.getTime());
  if (value instanceof NativeRegExp) return new NativeRegExp(value.source, value.flags);
  if (value instanceof NativeArrayBuffer) return copyBuffer(value);
  if (isBytesView(value)) return copyView(value);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return Object(value.valueOf());
  return undefined;
}

function cloneOf(value, seen) {
  if (typeof value === 'function') throw refuse('a function');
  if (typeof value === 'symbol') throw refuse('a symbol');
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const leaf = copyLeaf(value);
  if (leaf !== undefined) {
    seen.set(value, leaf);
    return leaf;
  }
  if (value instanceof NativeError) return copyError(value, seen);
  if (value instanceof NativeMap) return copyMap(value, seen);
  if (value instanceof NativeSet) return copySet(value, seen);
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
    throw refuse('what has no content of its own');
  return copyPlain(value, seen);
}

export function structuredClone(value, options) {
  if (options?.transfer?.length > 0) throw refuse('what is to be transferred');
  return cloneOf(value, new NativeMap());
}
