/** From what the config says to the files of a plugin: where it is, its manifest, and whether it is one of VP's own. */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { compile, formatProblems, manifestSchema, type PluginManifest, type Problem } from '@vp/schemas';
import { kernelError, reasonOf } from '../core/errors.ts';

/** A plugin's place on disk. */
export interface Located {
  /** What the config says. */
  readonly use: string;
  readonly entry: string;
  /** Set for packages with a plugin.json. */
  readonly manifestFile?: string;
  readonly manifest?: PluginManifest;
  readonly version?: string;
  readonly tier: 'first-party' | 'third-party';
}

const MANIFEST_BYTES = 262_144;
const MOST_ENTRIES = 256;
const MOST_LEVELS = 32;
const kernelDir = realpathSync(resolve(import.meta.dirname, '..'));

/**
 * Finds a plugin. Paths start at `baseDir`; package names are looked up from there, then beside the kernel.
 * @throws VP_PLUGIN_NOT_FOUND, VP_MANIFEST_INVALID
 */
export function locate(use: string, baseDir: string): Located {
  return isPath(use) ? locateFile(use, baseDir) : locatePackage(use, baseDir);
}

/** @throws VP_MANIFEST_INVALID, with every problem. */
export function checkManifest(manifest: unknown, plugin: string, file?: string): PluginManifest {
  const long = tooLong(manifest);
  // Checking what is long beyond reason takes seconds, and a plugin may be anybody's.
  const problems = long === undefined ? compile(manifestSchema, { known: true })(manifest) : [long];
  const details = { plugin, ...(file === undefined ? {} : { file }) };
  if (problems.length > 0) throw kernelError('VP_MANIFEST_INVALID', { plugin, problems: formatProblems(problems) }, details);
  return manifest as PluginManifest;
}

/** Whether the config names a file or folder rather than a package. */
export function isPath(use: string): boolean {
  return use.startsWith('./') || use.startsWith('../') || isAbsolute(use);
}

function locateFile(use: string, baseDir: string): Located {
  const path = resolve(baseDir, use);
  if (!existsSync(path)) throw kernelError('VP_PLUGIN_NOT_FOUND', { plugin: use }, { file: path, plugin: use });
  if (statSync(path).isDirectory()) return { ...readPackage(use, realpathSync(path)), tier: 'third-party' };
  return { use, entry: realpathSync(path), tier: 'third-party' };
}

function locatePackage(use: string, baseDir: string): Located {
  for (const start of [baseDir, kernelDir]) {
    const dir = packageDir(use, start);
    if (dir !== undefined) return { ...readPackage(use, dir), tier: isFirstParty(use, dir) ? 'first-party' : 'third-party' };
  }
  throw kernelError('VP_PLUGIN_NOT_FOUND', { plugin: use }, { plugin: use });
}

function packageDir(name: string, start: string): string | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(dir) === dir) return undefined;
  }
}

function readPackage(use: string, dir: string): Omit<Located, 'tier'> {
  const manifestFile = join(dir, 'plugin.json');
  const pack = readJson(join(dir, 'package.json'), use) as { version?: string; name?: string } | undefined;
  if (!existsSync(manifestFile)) return { use, entry: mainOf(dir, use), ...versionOf(pack) };
  const manifest = checkManifest(readJson(manifestFile, use), use, manifestFile);
  return { use, entry: realpathSync(join(dir, manifest.entry ?? 'index.js')), manifestFile, manifest, ...versionOf(pack) };
}

function versionOf(pack: { version?: string } | undefined): { version?: string } {
  return pack?.version === undefined ? {} : { version: pack.version };
}

function mainOf(dir: string, use: string): string {
  try {
    return realpathSync(createRequire(join(dir, 'package.json')).resolve(dir));
  } catch (cause) {
    throw kernelError('VP_PLUGIN_NOT_FOUND', { plugin: use }, { file: dir, plugin: use, cause });
  }
}

function readJson(file: string, use: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readSmall(file));
  } catch (cause) {
    throw kernelError('VP_MANIFEST_INVALID', { plugin: use, problems: reasonOf(cause) }, { file, plugin: use, cause });
  }
}

/** The text of a file that belongs to a plugin, which may be anybody's: a regular one, and not without end. */
function readSmall(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is not a regular file');
    if (stats.size > MANIFEST_BYTES) throw new Error(`it is ${stats.size} bytes long; ${MANIFEST_BYTES} are read`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** The first list or object with more entries than a manifest has; undefined where there is none. */
function tooLong(value: unknown, path = '', depth = 0): Problem | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  const found = `${entries.length} entries, ${depth} levels down`;
  if (entries.length > MOST_ENTRIES || depth > MOST_LEVELS)
    return { path, expected: `at most ${MOST_ENTRIES} entries and ${MOST_LEVELS} levels`, found };
  for (const [key, inner] of entries) {
    const problem = tooLong(inner, `${path}/${key.slice(0, 80)}`, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

/** First-party: part of the very installation that the kernel belongs to, and on its list. The name alone proves nothing. */
function isFirstParty(name: string, dir: string): boolean {
  const list = JSON.parse(readFileSync(join(kernelDir, 'first-party.json'), 'utf8')) as { plugins: { name: string }[] };
  if (!list.plugins.some((plugin) => plugin.name === name)) return false;
  const home = dirname(kernelDir);
  const isInstalled = basename(home) === '@vp' && basename(dirname(home)) === 'node_modules';
  return dirname(dir) === (isInstalled ? home : join(home, 'plugins'));
}
