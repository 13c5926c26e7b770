/** Errors on their way in and out. */
import { defineProperty, indexOf, NativeError, NativeString, stringify, substring } from './primordials.js';

const CHARS = { __proto__: null, name: 200, code: 64, message: 4_096, stack: 16_384 };

function define(error, name, value) {
  defineProperty(error, name, { __proto__: null, value, configurable: true, writable: true, enumerable: name === 'code' });
}

/** An error of this realm with a code of VP's. */
export function vpError(code, message) {
  const error = new NativeError(message);
  define(error, 'name', 'VpError');
  define(error, 'code', code);
  return error;
}

export function denied(what) {
  return vpError(
    'VP_PERMISSION_DENIED',
    `${what} is not permitted; ask for it under "permissions" in the manifest and grant it in the config`,
  );
}

/** A property of whatever was thrown, where it is a string. The plugin's getters may run. */
function text(thrown, name) {
  try {
    const value = thrown[name];
    return typeof value === 'string' ? substring(value, 0, CHARS[name]) : '';
  } catch {
    return '';
  }
}

/** What was thrown in words, for a log line. */
export function messageOf(thrown) {
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null)
    return substring(NativeString(thrown), 0, CHARS.message);
  return text(thrown, 'message') || 'what was thrown says nothing';
}

/** `GuestError` of protocol.ts as JSON. */
export function errorJson(thrown) {
  const primitive = (typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null;
  const name = primitive ? '' : text(thrown, 'name');
  const code = primitive ? '' : text(thrown, 'code');
  const stack = primitive ? '' : text(thrown, 'stack');
  return (
    `{"name":${stringify(name || 'Error')},"message":${stringify(messageOf(thrown))},"stack":${stringify(stack)}` +
    `${indexOf(code, 'VP_') === 0 ? `,"code":${stringify(code)}` : ''}}`
  );
}
