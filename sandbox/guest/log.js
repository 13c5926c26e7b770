/** Log lines: `ctx.log` and `console`. */
import { boot, postLog } from './bridge.js';
import { messageOf } from './errors.js';
import { freeze, isPrototypeOf, NativeError, NativeString, stringify, substring } from './primordials.js';

const errorPrototype = NativeError.prototype;
/** Enough for the kernel, which keeps less. */
const MESSAGE_CHARS = 8_192;

/** Makes JSON of what would be lost or refused. */
function plain(_, value) {
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value !== 'object' || value === null || !isPrototypeOf(errorPrototype, value)) return value;
  return { __proto__: null, name: value.name, message: value.message, code: value.code, stack: value.stack };
}

function json(value) {
  try {
    return stringify(value, plain);
  } catch {
    return undefined;
  }
}

/** One line. `fields` may be anything; what is no object, or cannot be JSON, is left out. */
export function log(level, fields, message) {
  if (!boot.may.log) return;
  const whole = typeof message === 'string' ? message : (json(message) ?? '');
  const words = stringify(whole.length > MESSAGE_CHARS ? `${substring(whole, 0, MESSAGE_CHARS)}…` : whole);
  const more = typeof fields === 'object' && fields !== null ? json(fields) : undefined;
  const head = `{"k":"log","level":"${level}","fields":`;
  const ended = `,"message":${words}}`;
  const why = postLog(`${head}${more === undefined || more[0] !== '{' ? '{}' : more}${ended}`);
  if (why === 'long') postLog(`${head}{}${ended}`);
}

/** A failure of the plugin's own code that nobody waits for. */
export function logThrown(what, error) {
  log('error', { __proto__: null, error: messageOf(error) }, what);
}

function logger(level) {
  return (...given) => {
    if (typeof given[0] === 'string' || given.length === 1) log(level, undefined, given[0]);
    else log(level, given[0], given[1]);
  };
}

export const logApi = freeze({
  debug: freeze(logger('debug')),
  info: freeze(logger('info')),
  warn: freeze(logger('warn')),
  error: freeze(logger('error')),
});

function shown(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    if (isPrototypeOf(errorPrototype, value)) return typeof value.stack === 'string' ? value.stack : messageOf(value);
    return json(value) ?? 'what cannot be shown';
  }
  return typeof value === 'function' ? 'a function' : NativeString(value);
}

function print(level, values) {
  let text = '';
  for (let at = 0; at < values.length; at += 1) text += `${at === 0 ? '' : ' '}${shown(values[at])}`;
  log(level, undefined, text);
}

const printer =
  (level) =>
  (...values) =>
    print(level, values);

/** The console that authors expect; every line of it is a log line. */
export const console = {
  debug: printer('debug'),
  trace: printer('debug'),
  log: printer('info'),
  info: printer('info'),
  dir: printer('info'),
  warn: printer('warn'),
  error: printer('error'),
  assert(holds, ...values) {
    if (!holds) print('error', values);
  },
};
