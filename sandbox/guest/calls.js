/** Requests to the kernel and answers to its calls. Each value is turned into JSON once, here: what a getter says later changes nothing. */
import { boot, life, post, postAnswer } from './bridge.js';
import { denied, errorJson, messageOf, vpError } from './errors.js';
import { defineProperty, NativePromise, NativeTypeError, promiseThen, stringify, substring } from './primordials.js';

/** Requests whose reply has not come, by id. */
const waiting = { __proto__: null };
let open = 0;
let lastRequest = 0;

/** Why a message did not leave, for the plugin. */
export function refusal(why) {
  if (why === 'long')
    return vpError(
      'VP_SANDBOX_LIMIT',
      `a message may have ${boot.limits.messageBytes} bytes; send less at once, or raise limits.messageBytes`,
    );
  if (why === 'timers')
    return vpError('VP_SANDBOX_LIMIT', `more than ${boot.limits.timers} timers at once; end some, or raise limits.timers`);
  return vpError('VP_SANDBOX_ARGUMENT', 'the plugin has been stopped');
}

/** A list of values as JSON; those at the end that are undefined are left out. @throws TypeError where one is not JSON */
export function listJson(values) {
  let { length } = values;
  while (length > 0 && values[length - 1] === undefined) length -= 1;
  let text = '[';
  for (let at = 0; at < length; at += 1) {
    const part = values[at] === undefined ? 'null' : stringify(values[at]);
    if (part === undefined) throw new NativeTypeError(`argument ${at + 1} is not JSON`);
    text += at === 0 ? part : `,${part}`;
  }
  return `${text}]`;
}

/** Asks the kernel for something. `args`: an array. @throws nothing: gives a promise that is rejected */
export function request(capability, args) {
  return new NativePromise((resolve, reject) => {
    if (life.phase === 'load')
      throw vpError('VP_SANDBOX_ARGUMENT', `${capability}: ask once setup has begun, not while the module is loaded`);
    if (open >= boot.limits.inFlight)
      throw vpError('VP_SANDBOX_BUSY', `more than ${boot.limits.inFlight} requests at once; wait for the answers before asking more`);
    const text = listJson(args);
    lastRequest += 1;
    const id = lastRequest;
    // Counted before it leaves: turning a value into JSON may have run code of the plugin's that asked as well.
    waiting[id] = { __proto__: null, resolve, reject };
    open += 1;
    const why = post(`{"k":"req","id":${id},"cap":"${capability}","args":${text}}`);
    if (why === '') return;
    forget(id);
    throw refusal(why);
  });
}

/** The same where the user granted it at all. */
export function requestIf(granted, what, capability, args) {
  return granted ? request(capability, args) : new NativePromise((_, reject) => reject(denied(what)));
}

function forget(id) {
  delete waiting[id];
  open -= 1;
}

/** The reply to a request. */
export function reply(message) {
  const asked = waiting[message.id];
  if (asked === undefined) return;
  forget(message.id);
  if (message.ok) asked.resolve(message.value);
  else asked.reject(vpError(message.error.code, message.error.message));
}

/** Waits for a value as `await` does, and looks at nothing that the plugin could have changed but the value's own `then`. */
export function settle(value, done, failed) {
  const promise = new NativePromise((resolve) => resolve(value));
  void defineProperty(promise, 'constructor', { __proto__: null, value: undefined });
  promiseThen(promise, done, failed);
}

/** Whether waiting for it would wait. */
export function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Answers a call with a value. */
export function answer(id, value) {
  let text;
  try {
    text = value === undefined ? '' : stringify(value);
    if (text === undefined) throw new NativeTypeError(`a ${typeof value} is no answer; give plain JSON`);
  } catch (error) {
    fail(id, error);
    return;
  }
  const why = postAnswer(`{"k":"ret","id":${id},"ok":true${text === '' ? '' : `,"value":${text}`}}`);
  if (why !== '') fail(id, refusal(why));
}

/** Answers a call with what was thrown. */
export function fail(id, error) {
  if (postAnswer(`{"k":"ret","id":${id},"ok":false,"error":${errorJson(error)}}`) === '') return;
  const message = stringify(substring(messageOf(error), 0, 100));
  postAnswer(`{"k":"ret","id":${id},"ok":false,"error":{"name":"Error","message":${message},"stack":""}}`);
}

/** Runs `act` and answers with what it gives, at once where it gives no promise. */
export function answerWith(id, act) {
  let value;
  try {
    value = act();
  } catch (error) {
    fail(id, error);
    return;
  }
  let isWaitedFor = false;
  try {
    isWaitedFor = isObject(value) && typeof value.then === 'function';
  } catch (error) {
    fail(id, error);
    return;
  }
  if (isWaitedFor)
    settle(
      value,
      (result) => answer(id, result),
      (error) => fail(id, error),
    );
  else answer(id, value);
}
