/**
 * Bundles and manifests kept on disk: a plugin whose files have not changed needs no compiler. The compiler's process writes them, the
 * kernel reads them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { builtOf, type Built } from './built.ts';
import type { BuiltHead, Inline } from './compiler/task.ts';
import { hashFile, MAX_INPUT_BYTES, sha256 } from './source.ts';

/** A file that a bundle depends on. */
export interface Input {
  readonly path: string;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

interface KeptManifest extends Inline {
  readonly format: 2;
  readonly hash: string;
}

const FILES_AT_ONCE = 8;

let compilerVersion: string | undefined;

/** Where something of an entry is kept: one file for each compiler and set of options. */
export function cacheFile(cacheDir: string, kind: 'guest' | 'manifest', entry: string, options: object = {}): string {
  // Read from its package.json: to ask the compiler would start it.
  compilerVersion ??= String((createRequire(import.meta.url)('esbuild/package.json') as { version?: unknown }).version);
  return join(cacheDir, `${kind}-${sha256(JSON.stringify([2, compilerVersion, options, entry])).slice(0, 32)}.json`);
}

/** The kept bundle, unless a file has changed, is gone, or the kept one is not whole. Holds nobody up, however much there is. */
export async function readCache(file: string): Promise<Built | undefined> {
  try {
    const bytes = await readFile(file);
    const [first, second] = [bytes.indexOf('\n'), bytes.indexOf('\n', bytes.indexOf('\n') + 1)];
    const head = bytes.toString('utf8', 0, first);
    const { k, packages, inputs, hash } = JSON.parse(head) as BuiltHead;
    if (k !== 'built' || hash !== sha256(bytes.subarray(first + 1)) || !(await areSame([...packages, ...inputs]))) return undefined;
    return builtOf(head, bytes.toString('utf8', first + 1, second), bytes.toString('utf8', second + 1));
  } catch {
    return undefined;
  }
}

async function areSame(files: readonly Input[]): Promise<boolean> {
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    const some = files.slice(from, from + FILES_AT_ONCE);
    const same = await Promise.all(some.map(async ({ path, hash }) => (await hashFile(path, MAX_INPUT_BYTES)) === hash));
    if (same.includes(false)) return false;
  }
  return true;
}

/** What was kept of the manifest in a file with this hash. Only the hash was looked at. */
export async function readCachedManifest(file: string, hash: string): Promise<Inline | undefined> {
  try {
    const cached = JSON.parse(await readFile(file, 'utf8')) as KeptManifest;
    return cached.format === 2 && cached.hash === hash && Array.isArray(cached.hooks) ? { ...cached, problems: [], more: 0 } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what was read of the manifest in a file with this hash. */
export function writeCachedManifest(file: string, hash: string, inline: Inline): void {
  const kept: KeptManifest = { format: 2, hash, ...inline };
  keep(file, JSON.stringify(kept));
}

/** Keeps a text for the user alone. What cannot be kept costs time at the next start, nothing else. */
export function keep(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}.tmp`, text, { mode: 0o600 });
    renameSync(`${file}.${process.pid}.tmp`, file);
  } catch {
    return;
  }
}

/** The nearest folder with a package.json, from `start` upwards. */
export function packageFolder(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The package.json files of the folders that these files are in. */
export function packagesOf(inputs: readonly Input[]): Input[] {
  const folders = new Set(inputs.map(({ path }) => packageFolder(dirname(path))));
  const files = [...folders].filter((folder) => folder !== undefined).map((folder) => join(folder, 'package.json'));
  return files.map((path) => ({ path, hash: sha256(readFileSync(path)) }));
}
