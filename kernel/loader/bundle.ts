/**
 * From a plugin's entry file to one piece of JavaScript. The plugin's own files are bundled, packages stay outside. `import()` of a
 * changed file would keep every old version for ever; an evaluated bundle is collected with its generation.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, OnLoadArgs, OnLoadResult, Plugin } from 'esbuild';
import { kernelError } from '../core/errors.ts';

/** A plugin's code and the files that it was made of. */
export interface Bundle {
  readonly code: string;
  /** Absolute paths: what to watch. */
  readonly inputs: readonly string[];
  /** SHA-256 of the code: two bundles with the same hash do the same. */
  readonly hash: string;
}

/** What is kept on disk: the code, and each input with the hash that it had. */
interface Cached {
  readonly format: 1;
  readonly code: string;
  readonly inputs: readonly { readonly path: string; readonly hash: string }[];
}

/** How long the compiler's process (about 20 MB) is kept for a next save. */
const COMPILER_IDLE_MS = 3_000;

let stopTimer: NodeJS.Timeout | undefined;
let builds = 0;
const tried = new WeakMap<object, readonly string[]>();

/**
 * Bundles a plugin, or takes the bundle from `cacheDir` where no input has changed.
 * @throws VP_PLUGIN_SYNTAX with file, line and column.
 */
export async function bundle(entry: string, plugin: string, cacheDir?: string): Promise<Bundle> {
  const cacheFile = cacheDir === undefined ? undefined : join(cacheDir, `${sha256(`1 ${entry}`).slice(0, 32)}.json`);
  const cached = cacheFile === undefined ? undefined : readCache(cacheFile);
  if (cached) return toBundle(cached);
  const built = await withCompiler(() => build(entry, plugin));
  if (cacheFile !== undefined) writeCache(cacheFile, built);
  return toBundle(built);
}

/** The files that were read before a load failed with this error, the one at fault among them: a change in one may mend it. */
export function filesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  return tried.get(error) ?? filesOf(error.cause);
}

/** Gives an error with the files that were read before it. */
export function withFiles(error: unknown, files: readonly string[]): unknown {
  if (error instanceof Error) tried.set(error, files);
  return error;
}

/** Ends the compiler's process now, where it runs and nobody needs it. */
export async function stopCompiler(): Promise<void> {
  if (stopTimer === undefined || builds > 0) return;
  clearTimeout(stopTimer);
  stopTimer = undefined;
  const { stop } = await import('esbuild');
  await stop();
}

/** Runs what needs the compiler, whose process ends once nobody has needed it for a while. */
async function withCompiler<T>(act: () => Promise<T>): Promise<T> {
  builds += 1;
  clearTimeout(stopTimer);
  try {
    return await act();
  } finally {
    builds -= 1;
    if (builds === 0) stopTimer = setTimeout(() => void stopCompiler(), COMPILER_IDLE_MS).unref();
  }
}

async function build(entry: string, plugin: string): Promise<Cached> {
  const read = new Map<string, string>();
  try {
    const esbuild = await import('esbuild');
    const result = await esbuild.build({
      entryPoints: [entry],
      absWorkingDir: dirname(entry),
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'node',
      target: 'node24',
      packages: 'external',
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'silent',
      // Each file gets its own, which a bundle has only one of.
      define: { 'import.meta': '__import_meta' },
      // An evaluated function cannot import() from its own place; require() of a package does the same.
      supported: { 'dynamic-import': false },
      plugins: [reader(read)],
    });
    const inputs = Object.keys(result.metafile.inputs).map((path) => resolve(dirname(entry), path));
    const code = result.outputFiles[0]?.text ?? '';
    return { format: 1, code, inputs: inputs.map((path) => ({ path, hash: read.get(path) ?? '' })) };
  } catch (cause) {
    throw withFiles(syntaxError(cause as BuildFailure, plugin, entry), [...read.keys()]);
  }
}

/**
 * Reads the files and notes their hashes: those of what was compiled, not of what a save may have put there since. What defines
 * `import.meta` stays on line 1, so that stack traces keep their lines.
 */
function reader(read: Map<string, string>): Plugin {
  return {
    name: 'reader',
    setup(compiler) {
      compiler.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }: OnLoadArgs): OnLoadResult => {
        const contents = readFileSync(path);
        read.set(path, sha256(contents));
        if (!/\.[cm]?[jt]sx?$/.test(path) || !contents.includes('import.meta')) return { contents, loader: 'default' };
        const meta = JSON.stringify({ url: pathToFileURL(path).href, dirname: dirname(path), filename: path });
        const text = contents.toString().replace(/^#!/, '//');
        return { contents: `const __import_meta = ${meta}; ${text}`, loader: 'default' };
      });
    },
  };
}

function syntaxError(failure: BuildFailure, plugin: string, entry: string): Error {
  const first = failure.errors?.[0];
  const file = first?.location ? resolve(dirname(entry), first.location.file) : entry;
  const where = first?.location ? `${file}:${first.location.line}:${first.location.column + 1}: ` : '';
  const why = `${where}${first?.text ?? String(failure)}`;
  return kernelError('VP_PLUGIN_SYNTAX', { plugin, why }, { file, plugin, cause: failure });
}

/** The cached bundle, unless an input has changed, is gone, or the file is not whole. */
function readCache(file: string): Cached | undefined {
  try {
    const cached = JSON.parse(readFileSync(file, 'utf8')) as Cached;
    const isFresh = cached.format === 1 && cached.inputs.every(({ path, hash }) => sha256(readFileSync(path)) === hash);
    return isFresh ? cached : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs time at the next start, nothing else. */
function writeCache(file: string, cached: Cached): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify(cached), { mode: 0o600 });
    renameSync(`${file}.${process.pid}.tmp`, file);
  } catch {
    return;
  }
}

function toBundle(cached: Cached): Bundle {
  return { code: cached.code, inputs: cached.inputs.map(({ path }) => path), hash: sha256(cached.code) };
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
