/**
 * From a plugin's entry file to one script for its isolate. Everything is in it, packages and SDK too: inside there is no `require`.
 * The script sets `__vp_plugin`, whose `default` is the definition.
 */
import { dirname, join, relative, sep } from 'node:path';
import { cacheFile, packageFolder, readCache, type Input } from './cache.ts';
import type { Ask } from './compiler/compiler.ts';
import { BUILD } from './compiler/settings.ts';
import { isSdkFile, sdkFiles } from './sdk.ts';
import { hashFile, MAX_INPUT_BYTES, sha256 } from './source.ts';

/** A plugin's code for its isolate. */
export interface GuestBundle {
  /** A classic script. */
  readonly code: string;
  /** Its source map, as JSON; sources are absolute paths. */
  readonly map: string;
  /** Absolute paths of the files that it was made of, without those of the SDK. */
  readonly inputs: readonly string[];
  /** Length of the code in UTF-8. */
  readonly bytes: number;
  /** SHA-256 over the files that it was made of and plugin.json: what a grant is bound to. The same with every compiler and SDK. */
  readonly sourceHash: string;
}

export interface BundleOptions {
  /** For messages: its name, or what the config says. */
  readonly plugin: string;
  /** What the config says. */
  readonly use: string;
  readonly ask: Ask;
  readonly cacheDir?: string;
  readonly manifestFile?: string;
}

/**
 * Bundles a plugin, or takes the bundle from `cacheDir` where no file has changed; then no compiler runs.
 * @throws VP_SANDBOX_SIZE, VP_SANDBOX_BUILTIN with the chain of imports, VP_SANDBOX_SYNTAX with file, line and column
 */
export async function bundleGuest(entry: string, options: BundleOptions): Promise<GuestBundle> {
  const { plugin, use, ask, cacheDir, manifestFile } = options;
  const kept = cacheDir === undefined ? undefined : cacheFile(cacheDir, 'guest', entry, BUILD);
  const cached = kept === undefined ? undefined : await readCache(kept);
  const task = { k: 'bundle', file: entry, sdk: sdkFiles(), ...(kept === undefined ? {} : { keep: kept }) } as const;
  const built = cached ?? (await ask(task, { plugin, use, file: entry }));
  const inputs = built.inputs.filter(({ path }) => !isSdkFile(path));
  return {
    code: built.code,
    map: built.map,
    inputs: inputs.map(({ path }) => path),
    bytes: Buffer.byteLength(built.code),
    sourceHash: await hashSources(entry, inputs, manifestFile),
  };
}

async function hashSources(entry: string, inputs: readonly Input[], manifestFile: string | undefined): Promise<string> {
  const root = manifestFile === undefined ? (packageFolder(dirname(entry)) ?? dirname(entry)) : dirname(manifestFile);
  const all = manifestFile === undefined ? inputs : [...inputs, await inputOf(manifestFile)];
  const rows = all.map(({ path, hash }) => [labelOf(path, root), hash] as const);
  return sha256(JSON.stringify(rows.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))));
}

async function inputOf(path: string): Promise<Input> {
  return { path, hash: await hashFile(path, MAX_INPUT_BYTES) };
}

/** Own files from the package's folder; those of other packages by name, wherever the package manager has put them. */
function labelOf(path: string, root: string): string {
  const own = relative(root, path);
  const mark = `${sep}node_modules${sep}`;
  if (!own.startsWith('..') && !join(sep, own).includes(mark)) return own;
  return path.includes(mark) ? `node_modules/${path.split(mark).at(-1)}` : own;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
