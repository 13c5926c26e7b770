/** What sandboxed code may import: its own files, packages, the SDK; nothing of Node, nothing that is no JavaScript or JSON. */
import { isBuiltin } from 'node:module';
import { extname } from 'node:path';
import type { Loader, Metafile, OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { MAX_INPUT_BYTES, readSource, sha256, TooLarge } from '../source.ts';

/** Modules of Node get an empty one in this namespace, so that the build ends and says who imports them. */
const BUILTINS = 'vp-builtin';
/** Takes the place of what is not read; an error for each would be as long as the line that imports it. */
const EMPTY = { contents: 'module.exports = {};', loader: 'js' } as const satisfies OnLoadResult;
/** Marks the question that is asked below of the compiler itself. */
const ASKED = { asked: true };

const LOADERS: Readonly<Record<string, Loader>> = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.json': 'json',
};

/** What each file counts at least: many empty ones are work too. */
const MIN_FILE_BYTES = 4096;

/** What was read for a build. */
export interface Reads {
  /** Absolute path to SHA-256 of the very bytes that were compiled. */
  readonly hashes: Map<string, string>;
  bytes: number;
  readonly onRead: (path: string) => void;
  /** Set once there is more than may be loaded. */
  tooLarge?: number;
}

/** The loader of a file by its name; undefined where sandboxed code cannot have such a file. */
export function loaderOf(path: string): Loader | undefined {
  return LOADERS[extname(path)];
}

/** The part of the build that reads files and decides on imports. `sdk`: the files of what may be imported of the SDK. */
export function guestImports(reads: Reads, sdk: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'vp-guest',
    setup(build) {
      build.onResolve({ filter: /^@vp\/sdk(?:\/|$)/ }, ({ path }) => resolveSdk(path, sdk));
      build.onResolve({ filter: /^(?:https?:)?\/\// }, ({ path }) => refusal(`"${path}" is on the network: install it as a package`));
      build.onResolve({ filter: /^(?:node:|[a-z])/ }, (args) => resolveBuiltin(build, args));
      build.onLoad({ filter: /.*/, namespace: BUILTINS }, () => EMPTY);
      build.onLoad({ filter: /.*/, namespace: 'file' }, (args) => load(args, reads));
    },
  };
}

/** The shortest way from the entry to a module of Node's: `plugin.ts → dep/index.js → node:fs`; undefined where there is none. */
export function builtinChain({ inputs, outputs }: Metafile): readonly string[] | undefined {
  const entry = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)?.entryPoint ?? '';
  const importers = new Map<string, string | undefined>([[entry, undefined]]);
  const chain = walk(inputs, importers);
  if (chain) return chain;
  // Who imports files by a pattern of names is not said.
  for (const path of Object.keys(inputs)) if (!isNodesPath(path) && !importers.has(path)) importers.set(path, entry);
  return walk(inputs, importers);
}

function resolveSdk(path: string, sdk: Readonly<Record<string, string>>): OnResolveResult {
  const file = Object.hasOwn(sdk, path) ? sdk[path] : undefined;
  return file === undefined ? refusal(`"${path}" is not for sandboxed plugins: import it in tests only`) : { path: file };
}

/** A package may bear the name of a module of Node's, or say that browsers do without it; only the rest is Node's. */
async function resolveBuiltin(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const { path, importer, resolveDir, kind, namespace } = args;
  if (args.pluginData === ASKED || !isNodes(path)) return undefined;
  const found = await build.resolve(path, { importer, resolveDir, kind, namespace, pluginData: ASKED });
  if (found.errors.length === 0 && !found.external) return undefined;
  return { path, namespace: BUILTINS };
}

function isNodes(path: string): boolean {
  return path.startsWith('node:') || isBuiltin(path);
}

async function load({ path }: OnLoadArgs, reads: Reads): Promise<OnLoadResult> {
  const loader = loaderOf(path);
  if (loader === undefined) return refusal(`${path} cannot be loaded: sandboxed code is JavaScript, TypeScript and JSON`);
  if (reads.tooLarge !== undefined) return EMPTY;
  reads.onRead(path);
  try {
    const contents = await readSource(path, MAX_INPUT_BYTES - reads.bytes);
    reads.bytes += Math.max(contents.length, MIN_FILE_BYTES);
    if (reads.bytes > MAX_INPUT_BYTES) throw new TooLarge(0);
    reads.hashes.set(path, sha256(contents));
    return { contents, loader };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    reads.tooLarge = reads.bytes + error.bytes;
    return EMPTY;
  }
}

function refusal(text: string): { errors: { text: string }[] } {
  return { errors: [{ text }] };
}

/** Goes from the files that are known to those that they import, nearest first, up to the first module of Node's. */
function walk(inputs: Metafile['inputs'], importers: Map<string, string | undefined>): string[] | undefined {
  // The map grows while it is gone through.
  for (const found of importers.keys()) {
    for (const { path: next } of inputs[found]?.imports ?? []) if (!importers.has(next)) importers.set(next, found);
    if (!isNodesPath(found)) continue;
    const chain: string[] = [];
    for (let path: string | undefined = found; path !== undefined; path = importers.get(path)) chain.unshift(nameOf(path));
    return chain;
  }
  return undefined;
}

function isNodesPath(path: string): boolean {
  return path.startsWith(`${BUILTINS}:`);
}

/** Packages by their name and path in them, own files as seen from the entry's folder, modules of Node with `node:`. */
function nameOf(path: string): string {
  if (isNodesPath(path)) return `node:${path.slice(BUILTINS.length + 1).replace(/^node:/, '')}`;
  return path.split('node_modules/').at(-1) ?? path;
}
