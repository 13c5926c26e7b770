/** `Event`, `EventTarget`, `AbortController` and `AbortSignal`, as far as plugins and their packages use them. */
import { DOMException } from './exceptions.js';
import { logThrown } from './log.js';
import { apply, dateNow, list, NativeTypeError } from './primordials.js';
import { addTimer } from './timers.js';

let setTarget;
let isStopped;

export class Event {
  #type;
  #target = null;
  #stopped = false;
  #prevented = false;
  constructor(type, options) {
    this.#type = `${type}`;
    this.cancelable = options?.cancelable === true;
    this.bubbles = options?.bubbles === true;
    this.timeStamp = dateNow();
  }
  static {
    setTarget = (event, target) => (event.#target = target);
    isStopped = (event) => event.#stopped;
  }
  get type() {
    return this.#type;
  }
  get target() {
    return this.#target;
  }
  get currentTarget() {
    return this.#target;
  }
  get defaultPrevented() {
    return this.#prevented;
  }
  preventDefault() {
    this.#prevented ||= this.cancelable;
  }
  stopPropagation() {}
  stopImmediatePropagation() {
    this.#stopped = true;
  }
}

function tell(target, listener, event) {
  try {
    if (typeof listener === 'function') apply(listener, target, [event]);
    else listener.handleEvent(event);
  } catch (error) {
    logThrown('a listener threw', error);
  }
}

let dispatch;

export class EventTarget {
  /** Each: type, listener, once. */
  #entries = list();
  static {
    dispatch = (target, event) => {
      setTarget(event, target);
      const entries = target.#entries;
      const { length } = entries;
      for (let at = 0; at < length && !isStopped(event); at += 1) {
        const entry = entries[at];
        if (entry.type !== event.type || entry.gone) continue;
        if (entry.once) target.#remove(entry);
        tell(target, entry.listener, event);
      }
    };
  }
  addEventListener(type, listener, options) {
    if (typeof listener !== 'function' && (typeof listener !== 'object' || listener === null)) return;
    if (this.#find(type, listener) !== undefined || options?.signal?.aborted) return;
    const entry = { __proto__: null, type: `${type}`, listener, once: options?.once === true, gone: false };
    this.#entries[this.#entries.length] = entry;
    options?.signal?.addEventListener('abort', () => this.#remove(entry), { once: true });
  }
  removeEventListener(type, listener) {
    const entry = this.#find(type, listener);
    if (entry !== undefined) this.#remove(entry);
  }
  dispatchEvent(event) {
    dispatch(this, event);
    return !event.defaultPrevented;
  }
  #find(type, listener) {
    for (let at = 0; at < this.#entries.length; at += 1) {
      const entry = this.#entries[at];
      if (entry.type === type && entry.listener === listener) return entry;
    }
    return undefined;
  }
  /** Onto a new list: the old one may be walked just now. */
  #remove(gone) {
    gone.gone = true;
    const rest = list();
    for (let at = 0; at < this.#entries.length; at += 1) if (this.#entries[at] !== gone) rest[rest.length] = this.#entries[at];
    this.#entries = rest;
  }
}

let abortSignal;
const token = { __proto__: null };

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  onabort = null;
  constructor(key) {
    if (key !== token) throw new NativeTypeError('make an AbortController, and take its signal');
    super();
  }
  static {
    abortSignal = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
      const event = new Event('abort');
      if (typeof signal.onabort === 'function') tell(signal, signal.onabort, event);
      dispatch(signal, event);
    };
  }
  static abort(reason) {
    const signal = new AbortSignal(token);
    abortSignal(signal, reason);
    return signal;
  }
  static timeout(ms) {
    const signal = new AbortSignal(token);
    addTimer(() => abortSignal(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms, false, []);
    return signal;
  }
  static any(signals) {
    const any = new AbortSignal(token);
    for (const signal of signals) {
      if (signal.aborted) {
        abortSignal(any, signal.reason);
        break;
      }
      signal.addEventListener('abort', () => abortSignal(any, signal.reason), { once: true });
    }
    return any;
  }
  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
}

export class AbortController {
  #signal = new AbortSignal(token);
  get signal() {
    return this.#signal;
  }
  abort(reason) {
    abortSignal(this.#signal, reason);
  }
}

/** A signal for the prelude itself, and what aborts it. */
export function ownSignal() {
  const signal = new AbortSignal(token);
  return { __proto__: null, signal, abort: () => abortSignal(signal, undefined) };
}
