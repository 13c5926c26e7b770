/** The plain tools of a plugin's context: stored values, text files, environment. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Env, Files, KeyValue } from '@vp/sdk';
import { kernelError, reasonOf } from './errors.ts';

/** The last change of each file that is not over yet: two generations of a plugin may write at the same time. */
const writing = new Map<string, Promise<unknown>>();

/** Values of one plugin in one JSON file, written whole. Meant for small things: counters, marks, settings. */
export function keyValue(home: string, plugin: string): KeyValue {
  const file = join(home, 'kv', `${encodeURIComponent(plugin)}.json`);
  const read = async (): Promise<Record<string, unknown>> => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw kernelError('VP_KV_UNREADABLE', { plugin, why: reasonOf(cause) }, { file, plugin, cause });
    }
  };
  const change = (edit: (values: Record<string, unknown>) => void): Promise<void> => {
    const done = Promise.resolve(writing.get(file)).then(async () => {
      const values = await read();
      edit(values);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(`${file}.tmp`, JSON.stringify(values), { mode: 0o600 });
      await rename(`${file}.tmp`, file);
    });
    const settled = done
      .catch(() => undefined)
      .finally(() => {
        if (writing.get(file) === settled) writing.delete(file);
      });
    writing.set(file, settled);
    return done;
  };
  return {
    get: async (key) => {
      await writing.get(file);
      const values = await read();
      return Object.hasOwn(values, key) ? values[key] : undefined;
    },
    set: async (key, value) => {
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError(`the value of "${key}" is not JSON`);
      await change((values) =>
        Object.defineProperty(values, key, { value: JSON.parse(text), enumerable: true, configurable: true, writable: true }),
      );
    },
    delete: (key) => change((values) => void delete values[key]),
    keys: async () => {
      await writing.get(file);
      return Object.keys(await read());
    },
  };
}

/** Text files; relative paths start at `baseDir`. */
export function files(baseDir: string): Files {
  return {
    readText: (path) => readFile(resolve(baseDir, path), 'utf8'),
    writeText: (path, text) => writeFile(resolve(baseDir, path), text),
    list: (path) => readdir(resolve(baseDir, path)),
  };
}

/** The environment, one variable at a time. */
export function environment(env: Readonly<Record<string, string | undefined>>): Env {
  return { get: (name) => (Object.hasOwn(env, name) ? env[name] : undefined) };
}
