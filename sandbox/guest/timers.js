/** Timers. The host keeps the time; here is what is to run. */
import { boot, clearHostTimer, clearHostTimers, hostTimer, life } from './bridge.js';
import { isObject, refusal, settle } from './calls.js';
import { denied } from './errors.js';
import { logThrown } from './log.js';
import { apply, keys, NativeNumber, NativeTypeError } from './primordials.js';

/** By id: what to run, with what, and whether again. */
let timers = { __proto__: null };
let lastTimer = 0;

/** Sets a timer and gives its id. @throws VP_PERMISSION_DENIED, VP_SANDBOX_LIMIT, TypeError */
export function addTimer(run, ms, repeat, args) {
  if (!boot.may.timers) throw denied('a timer');
  if (typeof run !== 'function') throw new NativeTypeError('a timer needs a function');
  lastTimer += 1;
  const id = lastTimer;
  // After the end there is nothing that a timer could be for.
  if (life.phase === 'closing' || life.phase === 'closed') return id;
  const why = hostTimer(id, NativeNumber(ms) || 0, repeat);
  if (why !== '') throw refusal(why);
  timers[id] = { __proto__: null, run, repeat, args };
  return id;
}

/** Ends a timer; anything but the id of one is ignored. */
export function removeTimer(id) {
  if (typeof id !== 'number' || timers[id] === undefined) return;
  delete timers[id];
  clearHostTimer(id);
}

export function removeTimers() {
  if (keys(timers).length === 0) return;
  timers = { __proto__: null };
  clearHostTimers();
}

/** The host says that a timer is due. */
export function timerDue(id) {
  const timer = timers[id];
  if (timer === undefined) return;
  if (!timer.repeat) delete timers[id];
  const failed = (error) => logThrown('a timer threw', error);
  try {
    const result = apply(timer.run, undefined, timer.args);
    if (isObject(result)) settle(result, () => undefined, failed);
  } catch (error) {
    failed(error);
  }
}
