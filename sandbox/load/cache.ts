/** Bundles and manifests kept on disk: a plugin whose files have not changed needs no compiler. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MAX_INPUT_BYTES, readSource, sha256 } from './source.ts';

/** A file that a bundle depends on. */
export interface Input {
  readonly path: string;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

/** A bundle as it is kept. */
export interface Built {
  readonly code: string;
  readonly map: string;
  readonly inputs: readonly Input[];
}

interface Cached extends Built {
  readonly format: 1;
  /** The package.json files that say where imports lead. */
  readonly packages: readonly Input[];
  /** SHA-256 of code and map: half a file is no bundle. */
  readonly hash: string;
}

/** Where something of an entry is kept: one file for each compiler and set of options. */
export function cacheFile(cacheDir: string, kind: 'guest' | 'manifest', entry: string, options: object = {}): string {
  return join(cacheDir, `${kind}-${sha256(JSON.stringify([1, compilerVersion(), options, entry])).slice(0, 32)}.json`);
}

/** The kept bundle, unless a file has changed, is gone, or the kept one is not whole. */
export async function readCache(file: string): Promise<Built | undefined> {
  try {
    const cached = JSON.parse(readFileSync(file, 'utf8')) as Cached;
    if (cached.format !== 1 || cached.hash !== hashOf(cached)) return undefined;
    for (const { path, hash } of [...cached.packages, ...cached.inputs]) {
      if (sha256(await readSource(path, MAX_INPUT_BYTES)) !== hash) return undefined;
    }
    return { code: cached.code, map: cached.map, inputs: cached.inputs };
  } catch {
    return undefined;
  }
}

/** Keeps a bundle. */
export function writeCache(file: string, built: Built): void {
  keep(file, (): Cached => ({ format: 1, ...built, packages: packagesOf(built.inputs), hash: hashOf(built) }));
}

/** What was kept of the manifest in a file with this hash. Only the hash was looked at. */
export function readCachedManifest(file: string, hash: string): { inline: unknown; hooks: readonly string[] } | undefined {
  try {
    const cached = JSON.parse(readFileSync(file, 'utf8')) as { format: 1; hash: string; inline: unknown; hooks: readonly string[] };
    return cached.format === 1 && cached.hash === hash && Array.isArray(cached.hooks) ? cached : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what was read of the manifest in a file with this hash. */
export function writeCachedManifest(file: string, hash: string, inline: unknown, hooks: readonly string[]): void {
  keep(file, () => ({ format: 1, hash, inline, hooks }));
}

/** A cache that cannot be written costs time at the next start, nothing else. */
function keep(file: string, make: () => object): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify(make()), { mode: 0o600 });
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

function packagesOf(inputs: readonly Input[]): Input[] {
  const folders = new Set(inputs.map(({ path }) => packageFolder(dirname(path))));
  const files = [...folders].filter((folder) => folder !== undefined).map((folder) => join(folder, 'package.json'));
  return files.map((path) => ({ path, hash: sha256(readFileSync(path)) }));
}

function hashOf({ code, map }: Built): string {
  return sha256(`${sha256(code)} ${sha256(map)}`);
}

/** Read from its package.json: to ask the compiler would start it. */
function compilerVersion(): string {
  return String((createRequire(import.meta.url)('esbuild/package.json') as { version?: unknown }).version);
}
