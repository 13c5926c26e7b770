/** A fresh folder with files of a plugin in it, outside of this repository, removed after the test. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';

const folders: string[] = [];

afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

export interface Folder {
  readonly dir: string;
  path(name: string): string;
  /** Writes a file and gives its path. */
  write(name: string, text: string | Buffer): string;
  /** Writes a package into `node_modules`. */
  install(name: string, files: Readonly<Record<string, string>>, pack?: object): void;
}

export function folder(): Folder {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vp-load-')));
  folders.push(dir);
  const path = (name: string): string => join(dir, name);
  const write = (name: string, text: string | Buffer): string => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
    return path(name);
  };
  return {
    dir,
    path,
    write,
    install(name, files, pack = {}) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js', ...pack }));
      for (const [file, text] of Object.entries(files)) write(`node_modules/${name}/${file}`, text);
    },
  };
}

/** What was thrown; undefined where nothing was. */
export async function thrown(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}
