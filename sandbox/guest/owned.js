/** What the plugin holds until it ends: the last owned is ended first, and everything is tried. */
import { life } from './bridge.js';
import { isObject, settle } from './calls.js';
import { messageOf } from './errors.js';
import { log, logThrown } from './log.js';
import { freeze, keys, list, NativeError, NativeTypeError } from './primordials.js';

const asyncDispose = Symbol.asyncDispose;
const dispose = Symbol.dispose;
/** By a number that only grows, so that the keys are in the order in which they came. */
const owned = { __proto__: null };
let lastOwned = 0;

function enderOf(thing) {
  if (typeof thing === 'function') return thing;
  if (typeof thing === 'object' && thing !== null) {
    if ('dispose' in thing) return () => thing.dispose();
    if ('close' in thing) return () => thing.close();
    if (asyncDispose in thing) return () => thing[asyncDispose]();
    if (dispose in thing) return () => thing[dispose]();
  }
  throw new NativeTypeError('own takes a function, or an object with dispose or close');
}

/** Ends the newcomer at once, since nobody would ever end it later. */
function tooLate(label, end) {
  log('warn', undefined, `"${label}" came after its plugin had ended and was ended at once`);
  const failed = (error) => logThrown(`"${label}" could not be ended`, error);
  try {
    const result = end();
    if (isObject(result)) settle(result, () => undefined, failed);
  } catch (error) {
    failed(error);
  }
  return freeze(() => undefined);
}

/** Takes something over, and gives what ends it now. */
export function own(label, thing) {
  const name = `${label}`;
  const end = enderOf(thing);
  if (life.phase === 'closing' || life.phase === 'closed') return tooLate(name, end);
  lastOwned += 1;
  const id = lastOwned;
  owned[id] = { __proto__: null, name, end };
  return freeze(() => {
    if (owned[id] === undefined) return undefined;
    delete owned[id];
    return end();
  });
}

/** Ends everything, one after the other; then `done` is told what went wrong, or undefined. */
export function endOwned(done) {
  const ids = keys(owned);
  const failures = list();
  const failed = (name, error) => (failures[failures.length] = `${name}: ${messageOf(error)}`);
  const next = (at) => {
    if (at < 0) {
      done(failures.length === 0 ? undefined : new NativeError(joined(failures)));
      return;
    }
    const entry = owned[ids[at]];
    delete owned[ids[at]];
    let result;
    try {
      result = entry?.end();
    } catch (error) {
      failed(entry.name, error);
    }
    if (!isObject(result)) {
      settle(undefined, () => next(at - 1));
      return;
    }
    settle(
      result,
      () => next(at - 1),
      (error) => {
        failed(entry.name, error);
        next(at - 1);
      },
    );
  };
  next(ids.length - 1);
}

function joined(lines) {
  let text = lines[0];
  for (let at = 1; at < lines.length; at += 1) text += `; ${lines[at]}`;
  return text;
}
