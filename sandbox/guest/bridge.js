/**
 * The way out: one function of the host's, which takes a kind and a text and gives back a text. It is called here and nowhere else, and
 * is never handed to anything, so that no plugin can come to hold it.
 */
import { freeze, keys, parse } from './primordials.js';

// The names under which isolated-vm hands over the two arguments of the prelude.
const host = $0;

/** What the isolate was started with; `Boot` in protocol.ts. */
export const boot = parse($1);

/**
 * `load`: the module is evaluated, nothing can be asked for. `run`: set up or being so. `closing`: disposed, may still say what it must.
 * `closed`: silent.
 */
export const life = { __proto__: null, phase: 'load' };

/** A message: '' where it left, else why not. */
export function post(text) {
  return life.phase === 'closed' ? 'closed' : host('m', text);
}

let isTurn = false;
let kept = '';

/** Runs one turn of the guest. Gives the answer that it came to before its end, '' where there was none: one way less to go. */
export function turn(act) {
  kept = '';
  isTurn = true;
  try {
    act();
  } finally {
    isTurn = false;
  }
  return kept;
}

/** The answer of the last turn, for a host that did not get it: what is rejected unseen takes the place of what a turn gives. */
export function lastAnswer() {
  return kept;
}

/** An answer to a call. The host keeps it until the slice has ended well. */
export function postAnswer(text) {
  // A character has three bytes at most; what might be too long is for the host to refuse.
  if (isTurn && kept === '' && text.length * 3 <= boot.limits.messageBytes) {
    kept = text;
    return '';
  }
  return host('r', text);
}

export function postLog(text) {
  return life.phase === 'closed' ? 'closed' : host('l', text);
}

/** `id`: a number. '' where it is set, else why not. */
export function hostTimer(id, ms, repeat) {
  return host('s', `${id} ${ms} ${repeat ? 1 : 0}`);
}

export function clearHostTimer(id) {
  host('c', `${id}`);
}

export function clearHostTimers() {
  host('x', '');
}

/** Asks Node's URL parser; see `urlHelp` in host.js. */
export function hostUrl(text) {
  return host('u', text);
}

/** Random bytes in hexadecimal. */
export function hostRandom(count) {
  return host('n', `${count}`);
}

/** Freezes plain JSON to its last leaf. */
export function deepFreeze(value) {
  if (typeof value !== 'object' || value === null) return value;
  const names = keys(value);
  for (let at = 0; at < names.length; at += 1) deepFreeze(value[names[at]]);
  return freeze(value);
}
