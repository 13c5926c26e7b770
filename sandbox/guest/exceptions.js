/** `DOMException`: an error with one of the web's names. */
import { hasOwn, NativeError } from './primordials.js';

const CODES = {
  __proto__: null,
  SyntaxError: 12,
  NotSupportedError: 9,
  InvalidCharacterError: 5,
  InvalidStateError: 11,
  AbortError: 20,
  QuotaExceededError: 22,
  TimeoutError: 23,
  DataCloneError: 25,
};

export class DOMException extends NativeError {
  #name;
  constructor(message = '', name = 'Error') {
    super(`${message}`);
    this.#name = `${name}`;
  }
  get name() {
    return this.#name;
  }
  get code() {
    return hasOwn(CODES, this.#name) ? CODES[this.#name] : 0;
  }
}
