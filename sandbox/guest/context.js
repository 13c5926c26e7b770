/** The `ctx` of a sandboxed plugin: that of the SDK, without what is for kernel trust only. */
import { boot, deepFreeze } from './bridge.js';
import { requestIf } from './calls.js';
import { vpError } from './errors.js';
import { ownSignal } from './events.js';
import { fetch } from './fetch.js';
import { logApi } from './log.js';
import { own } from './owned.js';
import { defineProperty, freeze, hasOwn, keys, NativeNumber, NativePromise, NativeTypeError } from './primordials.js';
import { facade, isThere } from './services.js';
import { tap } from './taps.js';
import { addTimer, removeTimer } from './timers.js';

const KERNEL_ONLY = ['fire', 'provide', 'discover', 'shared', 'workspace', 'liveFiles'];

export const end = ownSignal();

/** What the kernel asks for later. */
export const given = { __proto__: null, snapshot: undefined, activate: { __proto__: null }, ready: { __proto__: null }, isReady: false };

/** Freezes an object of the interface and its functions. */
function sealed(api) {
  const names = keys(api);
  for (let at = 0; at < names.length; at += 1) if (typeof api[names[at]] === 'function') freeze(api[names[at]]);
  return freeze(api);
}

function functionOf(fn, what) {
  if (typeof fn !== 'function') throw new NativeTypeError(`${what} takes a function`);
  return fn;
}

/** Keeps a function for later, behind those that are there. */
function later(queue, fn, what) {
  queue[keys(queue).length] = functionOf(fn, what);
}

function ownTimer(repeat, fn, ms) {
  const kind = repeat ? 'interval' : 'timeout';
  let undo = () => undefined;
  const once = () => {
    undo();
    return fn();
  };
  functionOf(fn, `a ${kind}`);
  const id = addTimer(repeat ? fn : once, ms, repeat, []);
  undo = own(`${kind} ${NativeNumber(ms)} ms`, () => removeTimer(id));
  return undo;
}

const kv = sealed({
  get: (key) => requestIf(boot.may.kv, 'kv', 'kv.get', [key]),
  set: (key, value) =>
    value === undefined
      ? new NativePromise((_, reject) => reject(new NativeTypeError('the value is not JSON')))
      : requestIf(boot.may.kv, 'kv', 'kv.set', [key, value]),
  delete: (key) => requestIf(boot.may.kv, 'kv', 'kv.delete', [key]),
  keys: () => requestIf(boot.may.kv, 'kv', 'kv.keys', []),
});

const fs = sealed({
  readText: (path) => requestIf(boot.may.fs, 'fs', 'fs.readText', [path]),
  writeText: (path, text) => requestIf(boot.may.fs, 'fs', 'fs.writeText', [path, text]),
  list: (path) => requestIf(boot.may.fs, 'fs', 'fs.list', [path]),
});

const env = sealed({ get: (name) => (typeof name === 'string' && hasOwn(boot.env, name) ? boot.env[name] : undefined) });

function previousOf({ previous }) {
  return previous === null ? undefined : freeze({ version: previous.version, state: previous.state });
}

function makeContext() {
  const ctx = {
    name: boot.name,
    config: deepFreeze(boot.config),
    log: logApi,
    signal: end.signal,
    previous: previousOf(boot),
    kv,
    fs,
    env,
    fetch,
    hook: (name, handler, options) => tap(name, handler, options),
    own,
    use: facade,
    has: isThere,
    setTimeout: (fn, ms) => ownTimer(false, fn, ms),
    setInterval: (fn, ms) => ownTimer(true, fn, ms),
    onActivate: (fn) => later(given.activate, fn, 'onActivate'),
    onReady(fn) {
      if (given.isReady) functionOf(fn, 'onReady')();
      else later(given.ready, fn, 'onReady');
    },
    snapshot(take) {
      given.snapshot = functionOf(take, 'snapshot');
    },
  };
  const refuse = (name) => () => {
    throw vpError('VP_PERMISSION_DENIED', `ctx.${name} is for plugins with \`trust: 'kernel'\` only`);
  };
  for (let at = 0; at < KERNEL_ONLY.length; at += 1) ctx[KERNEL_ONLY[at]] = refuse(KERNEL_ONLY[at]);
  defineProperty(ctx, 'home', { __proto__: null, get: freeze(refuse('home')), enumerable: false });
  return sealed(ctx);
}

export const ctx = makeContext();
