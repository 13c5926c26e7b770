/**
 * From a plugin's entry file to one script for its isolate. Everything is in it, packages and SDK too: inside there is no `require`.
 * The script sets `__vp_plugin`, whose `default` is the definition.
 */
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { BuildFailure, BuildOptions, BuildResult, Message } from 'esbuild';
import { sandboxError } from '../errors.ts';
import { visible } from '../permissions/visible.ts';
import { cacheFile, packageFolder, readCache, writeCache, type Built, type Input } from './cache.ts';
import { isGone, withCompiler, type Compile } from './compile.ts';
import { builtinChain, guestImports, type Reads } from './imports.ts';
import { isSdkFile } from './sdk.ts';
import { MAX_INPUT_BYTES, megabytes, readSource, sha256 } from './source.ts';

/** Bytes of the script. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

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
  readonly compile: Compile;
  readonly cacheDir?: string;
  readonly manifestFile?: string;
}

const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'iife',
  globalName: '__vp_plugin',
  platform: 'browser',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['worker', 'browser'],
  target: 'es2024',
  charset: 'utf8',
  legalComments: 'none',
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'silent',
  // Settings of a tsconfig.json that lies about would be an input that nobody sees.
  tsconfigRaw: '{}',
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  logOverride: { 'unsupported-dynamic-import': 'error', 'unsupported-require-call': 'error', 'empty-import-meta': 'silent' },
} as const satisfies BuildOptions;

/**
 * Bundles a plugin, or takes the bundle from `cacheDir` where no file has changed; then no compiler runs.
 * @throws VP_SANDBOX_SIZE, VP_SANDBOX_BUILTIN with the chain of imports, VP_SANDBOX_SYNTAX with file, line and column
 */
export async function bundleGuest(entry: string, options: BundleOptions): Promise<GuestBundle> {
  const file = options.cacheDir === undefined ? undefined : cacheFile(options.cacheDir, 'guest', entry, OPTIONS);
  const cached = file === undefined ? undefined : await readCache(file);
  const built = cached ?? (await withCompiler(options.compile, (esbuild) => build(esbuild, entry, options)));
  if (file !== undefined && cached === undefined) writeCache(file, built);
  const inputs = built.inputs.filter(({ path }) => !isSdkFile(path));
  return {
    code: built.code,
    map: built.map,
    inputs: inputs.map(({ path }) => path),
    bytes: Buffer.byteLength(built.code),
    sourceHash: await hashSources(entry, inputs, options.manifestFile),
  };
}

async function build(esbuild: typeof import('esbuild'), entry: string, { plugin, use }: BundleOptions): Promise<Built> {
  const folder = dirname(entry);
  const reads: Reads = { hashes: new Map(), bytes: 0 };
  const result = await esbuild
    .build({ ...OPTIONS, entryPoints: [entry], absWorkingDir: folder, outdir: folder, plugins: [guestImports(reads)] })
    .catch((cause: unknown) => {
      throw reads.tooLarge === undefined ? syntaxError(cause, plugin, entry) : tooLarge(plugin, entry, reads.tooLarge, MAX_INPUT_BYTES);
    });
  if (reads.tooLarge !== undefined) throw tooLarge(plugin, entry, reads.tooLarge, MAX_INPUT_BYTES);
  const chain = builtinChain(result.metafile);
  if (chain) {
    const values = { plugin, use, module: chain.at(-1) ?? '', chain: visible(chain.join(' → ')) };
    throw sandboxError('VP_SANDBOX_BUILTIN', values, { plugin, file: entry });
  }
  const { code, map } = outputs(result, folder);
  const bytes = Buffer.byteLength(code);
  if (bytes > MAX_OUTPUT_BYTES) throw tooLarge(plugin, entry, bytes, MAX_OUTPUT_BYTES);
  return { code, map, inputs: [...reads.hashes].map(([path, hash]) => ({ path, hash })) };
}

function outputs({ outputFiles = [] }: BuildResult, folder: string): { code: string; map: string } {
  const textOf = (suffix: string): string => outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? '';
  const map = JSON.parse(textOf('.js.map')) as { sources: string[] };
  return { code: textOf('.js'), map: JSON.stringify({ ...map, sources: map.sources.map((path) => resolve(folder, path)) }) };
}

/** More code than is loaded. */
export function tooLarge(plugin: string, file: string, bytes: number, limit: number): Error {
  return sandboxError('VP_SANDBOX_SIZE', { plugin, megabytes: megabytes(bytes), limit: megabytes(limit) }, { plugin, file });
}

/** The first complaint of the compiler as an error, with file, line and column. */
export function syntaxError(cause: unknown, plugin: string, entry: string): Error {
  if (isGone(cause)) {
    return sandboxError(
      'VP_SANDBOX_SYNTAX',
      { plugin, why: 'its code ends the compiler; it is nested too deeply' },
      { plugin, file: entry, cause },
    );
  }
  const errors = (cause as Partial<BuildFailure>).errors ?? [];
  const [first] = errors;
  if (!first) return sandboxError('VP_SANDBOX_SYNTAX', { plugin, why: String(cause) }, { plugin, file: entry, cause });
  const location = first.location ?? first.notes.find((note) => note.location !== null)?.location;
  const file = location ? resolve(dirname(entry), location.file) : entry;
  const where = location ? `${file}:${location.line}:${location.column + 1}: ` : '';
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return sandboxError('VP_SANDBOX_SYNTAX', { plugin, why: visible(`${where}${wordsOf(first)}${others}`) }, { plugin, file, cause });
}

function wordsOf({ id, text }: Message): string {
  if (text.startsWith('Top-level await')) return 'a plugin cannot wait at the top level of a module: move the await into setup';
  if (id === 'unsupported-dynamic-import')
    return 'import() of what is known only when it runs: a sandboxed plugin has no files then; write the name as plain text';
  if (id === 'unsupported-require-call')
    return 'require() of what is known only when it runs: a sandboxed plugin has no files then; write the name as plain text';
  return text;
}

async function hashSources(entry: string, inputs: readonly Input[], manifestFile: string | undefined): Promise<string> {
  const root = manifestFile === undefined ? (packageFolder(dirname(entry)) ?? dirname(entry)) : dirname(manifestFile);
  const all = manifestFile === undefined ? inputs : [...inputs, await inputOf(manifestFile)];
  const rows = all.map(({ path, hash }) => [labelOf(path, root), hash] as const);
  return sha256(JSON.stringify(rows.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))));
}

async function inputOf(path: string): Promise<Input> {
  return { path, hash: sha256(await readSource(path, MAX_INPUT_BYTES)) };
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
