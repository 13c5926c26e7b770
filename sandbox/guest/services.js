/** Services of other plugins: calls and events by way of the kernel. */
import { boot, life } from './bridge.js';
import { request, settle } from './calls.js';
import { vpError } from './errors.js';
import { logThrown } from './log.js';
import { own } from './owned.js';
import { defineProperty, freeze, keys, NativeTypeError } from './primordials.js';

/** Listeners by the number of their subscription. */
let subscriptions = { __proto__: null };
let lastSubscription = 0;

/** `id@major`. @throws TypeError where it is no reference */
function serviceName(ref) {
  if (typeof ref !== 'object' || ref === null || typeof ref.id !== 'string' || typeof ref.version !== 'number')
    throw new NativeTypeError('that is no service; give what defineService gave');
  return `${ref.id}@${ref.version}`;
}

function listen(service, event, listener) {
  if (typeof listener !== 'function') throw new NativeTypeError('a listener is a function');
  lastSubscription += 1;
  const id = lastSubscription;
  subscriptions[id] = listener;
  settle(
    request('service.on', [service, event, id]),
    () => undefined,
    (error) => {
      delete subscriptions[id];
      logThrown(`no events of ${service}`, error);
    },
  );
  return own(`${service} on`, () => {
    if (subscriptions[id] === undefined) return;
    delete subscriptions[id];
    if (life.phase === 'run')
      settle(
        request('service.off', [id]),
        () => undefined,
        () => undefined,
      );
  });
}

function isAmong(names, name) {
  for (let at = 0; at < names.length; at += 1) if (names[at] === name) return true;
  return false;
}

/** A function for each method, and `on` for events. */
export function facade(ref) {
  const service = serviceName(ref);
  if (!isAmong(boot.declared, service))
    throw vpError('VP_SERVICE_UNDECLARED', `${service} is used without saying so; add it to "needs" or "wants" in the manifest`);
  if (typeof ref.methods !== 'object' || ref.methods === null) throw new NativeTypeError(`${service} names no methods`);
  const made = {};
  const add = (name, value) => defineProperty(made, name, { __proto__: null, value: freeze(value), enumerable: true });
  const names = keys(ref.methods);
  for (let at = 0; at < names.length; at += 1) {
    const method = names[at];
    if (method !== 'on') add(method, (...args) => request('service.call', [service, method, args]));
  }
  add('on', (event, listener) => listen(service, event, listener));
  return freeze(made);
}

/** Whether it was there when the plugin was started. */
export function isThere(ref) {
  return isAmong(boot.services, serviceName(ref));
}

/** Something happened that was subscribed to. */
export function serviceEvent(id, payload) {
  const listener = subscriptions[id];
  if (listener === undefined) return;
  try {
    listener(payload);
  } catch (error) {
    logThrown('a listener threw', error);
  }
}

export function forgetSubscriptions() {
  subscriptions = { __proto__: null };
}
