/** Stored values, text files and environment of a fake kernel: in memory. */
import { posix } from 'node:path';
import type { Env, Files, KeyValue, Logger } from '../context.ts';

/** A line that a plugin logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly plugin: string;
  readonly message: string;
  /** Without fields: empty. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export function logger(plugin: string, lines: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (first: string | object, message?: string): void => {
      const fields = typeof first === 'string' ? {} : { ...first };
      lines.push({ level, plugin, message: typeof first === 'string' ? first : (message ?? ''), fields });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Values are kept as JSON, so that what is not JSON shows in a test too. */
export function keyValue(values: Map<string, unknown>): KeyValue {
  return {
    get: (key) => Promise.resolve(structuredClone(values.get(key))),
    set(key, value) {
      const text = JSON.stringify(value);
      if (text === undefined) return Promise.reject(new TypeError(`the value of "${key}" is not JSON`));
      values.set(key, JSON.parse(text));
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(void values.delete(key)),
    keys: () => Promise.resolve([...values.keys()]),
  };
}

/** Paths are relative to `/`, the folder of an imagined config file. */
export function files(texts: Map<string, string>): Files {
  const whole = (path: string): string => posix.resolve('/', path).slice(1);
  return {
    readText(path) {
      const text = texts.get(whole(path));
      return text === undefined ? Promise.reject(noSuch(path)) : Promise.resolve(text);
    },
    writeText: (path, text) => Promise.resolve(void texts.set(whole(path), text)),
    list(path) {
      const folder = whole(path) === '' ? '' : `${whole(path)}/`;
      const inside = [...texts.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length).split('/')[0] ?? '');
      return inside.length === 0 ? Promise.reject(noSuch(path)) : Promise.resolve([...new Set(inside)]);
    },
  };
}

export function environment(env: Readonly<Record<string, string | undefined>>): Env {
  return { get: (name) => env[name] };
}

function noSuch(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT' });
}
