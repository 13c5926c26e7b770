/**
 * What the prelude itself needs of the language, taken before a plugin can change it. Here and in the files that use it: object literals
 * that are looked into have no prototype, lists are walked by index, and nothing is awaited.
 */
export const { apply } = Reflect;
export const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, keys, setPrototypeOf } = Object;
export const { parse, stringify } = JSON;
export const { isArray } = Array;
export const { fromCharCode, fromCodePoint } = String;
export const dateNow = Date.now;
export const NativeArrayBuffer = ArrayBuffer;
export const NativeBytes = Uint8Array;
export const NativeError = Error;
export const NativeNumber = Number;
export const NativePromise = Promise;
export const NativeRangeError = RangeError;
export const NativeString = String;
export const NativeTypeError = TypeError;

/** A function of a receiver and arguments, from one that is a method. */
const uncurry =
  (method) =>
  (receiver, ...rest) =>
    apply(method, receiver, rest);
const methodOf = (prototype, name) => uncurry(prototype[name]);
const getterOf = (prototype, name) => methodOf(getOwnPropertyDescriptor(prototype, name), 'get');

export const charCodeAt = methodOf(String.prototype, 'charCodeAt');
export const indexOf = methodOf(String.prototype, 'indexOf');
export const substring = methodOf(String.prototype, 'slice');
/** A text without halves of pairs, as the web's own interfaces take it. */
export const toWellFormed = methodOf(String.prototype, 'toWellFormed');
export const toLowerCase = methodOf(String.prototype, 'toLowerCase');
export const isPrototypeOf = methodOf(Object.prototype, 'isPrototypeOf');
export const promiseThen = methodOf(Promise.prototype, 'then');
const isView = methodOf(ArrayBuffer, 'isView');
export const isBytesView = (value) => isView(undefined, value);
export const bufferBytes = getterOf(ArrayBuffer.prototype, 'byteLength');

const typedArray = getPrototypeOf(Uint8Array.prototype);
/** The name of a typed array's kind; undefined for anything else. */
export const typedArrayName = getterOf(typedArray, Symbol.toStringTag);

const partsOfView = (prototype) => ({
  __proto__: null,
  buffer: getterOf(prototype, 'buffer'),
  offset: getterOf(prototype, 'byteOffset'),
  length: getterOf(prototype, 'byteLength'),
});
const typed = partsOfView(typedArray);
const data = partsOfView(DataView.prototype);

/** The bytes of a buffer or of a view, not copied. @throws TypeError where it is neither */
export function bytesOf(value) {
  if (!isBytesView(value)) return new NativeBytes(value, 0, bufferBytes(value));
  const part = typedArrayName(value) === undefined ? data : typed;
  return new NativeBytes(part.buffer(value), part.offset(value), part.length(value));
}

/** A list whose entries nothing inherited can catch. */
export function list() {
  return setPrototypeOf([], null);
}
