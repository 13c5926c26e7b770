/**
 * The globals of the web that authors expect, as far as they need no authority. A plugin may replace them: the prelude holds its own.
 * What could not be cut off, or is only of use against the sandbox, is removed.
 */
import { structuredClone } from './clone.js';
import { AbortController, AbortSignal, Event, EventTarget } from './events.js';
import { DOMException } from './exceptions.js';
import { fetch, Request, Response } from './fetch.js';
import { Headers } from './headers.js';
import { console, logThrown } from './log.js';
import { dateNow, defineProperty, freeze, keys, NativeError, NativePromise, NativeTypeError, promiseThen } from './primordials.js';
import { crypto } from './random.js';
import { atob, btoa, TextDecoder, TextEncoder } from './text.js';
import { addTimer, removeTimer } from './timers.js';
import { URL, URLSearchParams } from './url.js';

/**
 * `FinalizationRegistry`: V8 calls it between the turns, where nothing limits how long it runs. The others: threads, waiting that blocks
 * one, and a second compiler.
 */
const REMOVED = ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry'];
const STACK_FRAMES = 12;
const started = dateNow();

function queueMicrotask(act) {
  if (typeof act !== 'function') throw new NativeTypeError('queueMicrotask takes a function');
  const safely = () => {
    try {
      act();
    } catch (error) {
      logThrown('a microtask threw', error);
    }
  };
  promiseThen(new NativePromise((resolve) => resolve()), safely);
}

const web = {
  __proto__: null,
  AbortController,
  AbortSignal,
  DOMException,
  Event,
  EventTarget,
  Headers,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  atob,
  btoa,
  clearInterval: (id) => removeTimer(id),
  clearTimeout: (id) => removeTimer(id),
  console,
  crypto,
  fetch: (input, init) => fetch(input, init),
  performance: freeze({ __proto__: null, now: () => dateNow() - started, timeOrigin: started }),
  queueMicrotask,
  setInterval: (fn, ms, ...args) => addTimer(fn, ms, true, args),
  setTimeout: (fn, ms, ...args) => addTimer(fn, ms, false, args),
  structuredClone,
};

/** Puts them up, and takes away what must not be there. */
export function prepareGlobals() {
  for (let at = 0; at < REMOVED.length; at += 1) delete globalThis[REMOVED[at]];
  const names = keys(web);
  for (let at = 0; at < names.length; at += 1)
    defineProperty(globalThis, names[at], {
      __proto__: null,
      value: web[names[at]],
      configurable: true,
      writable: true,
      enumerable: false,
    });
  NativeError.stackTraceLimit = STACK_FRAMES;
}
