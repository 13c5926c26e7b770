/** Hooks that the plugin tapped. */
import { boot, deepFreeze, life, post } from './bridge.js';
import { refusal } from './calls.js';
import { denied, vpError } from './errors.js';
import { keys, NativeTypeError, stringify } from './primordials.js';
import { own } from './owned.js';

/** Handlers by the number under which the kernel knows them. */
const taps = { __proto__: null };
let lastTap = 0;

function isListed(hooks, hook) {
  for (let at = 0; at < hooks.length; at += 1) if (hooks[at] === hook) return true;
  return false;
}

/** Taps a hook. Gives what takes it back. @throws TypeError, VP_PERMISSION_DENIED */
export function tap(hook, handler, options = {}) {
  if (typeof hook !== 'string') throw new NativeTypeError('a hook is named by a string');
  if (typeof handler !== 'function') throw vpError('VP_HOOK_NOT_FUNCTION', `the tap of "${hook}" is not a function`);
  if (!isListed(boot.hooks, hook)) throw vpError('VP_HOOK_UNKNOWN', `there is no hook "${hook}"`);
  if (!isListed(boot.may.hooks, hook)) throw denied(`the hook "${hook}"`);
  const text = stringify(options);
  if (text === undefined || text[0] !== '{') throw new NativeTypeError(`the options of the tap of "${hook}" are not an object`);
  lastTap += 1;
  const id = lastTap;
  if (life.phase !== 'closing') {
    const why = post(`{"k":"tap","tap":${id},"hook":${stringify(hook)},"options":${text}}`);
    if (why !== '') throw refusal(why);
    taps[id] = handler;
  }
  return own(`tap ${hook}`, () => {
    if (taps[id] === undefined) return;
    delete taps[id];
    // When all ends the kernel takes back all.
    if (life.phase === 'run') post(`{"k":"untap","tap":${id}}`);
  });
}

/** The options of an entry of `hooks`: all of it but the handler. */
function optionsOf(entry) {
  const options = { __proto__: null };
  const names = keys(entry);
  for (let at = 0; at < names.length; at += 1) if (names[at] !== 'handler') options[names[at]] = entry[names[at]];
  return options;
}

/** Taps what a definition lists under `hooks`, in its order. */
export function tapDefined(hooks) {
  if (hooks === undefined) return;
  if (typeof hooks !== 'object' || hooks === null) throw new NativeTypeError('"hooks" of the plugin is not an object');
  const names = keys(hooks);
  for (let at = 0; at < names.length; at += 1) {
    const entry = hooks[names[at]];
    if (typeof entry === 'object' && entry !== null) tap(names[at], entry.handler, optionsOf(entry));
    else tap(names[at], entry);
  }
}

/** Runs the handler of a tap. @throws what the handler throws */
export function runTap(id, payload, ctx) {
  const handler = taps[id];
  if (handler === undefined) throw new NativeTypeError('the tap was taken back');
  return handler(deepFreeze(payload), ctx);
}
