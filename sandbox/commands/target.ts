/** From what a person writes to a plugin on disk, read without running it. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Permissions } from '@vp/schemas';
import { isVpError, type CommandContext, type FoundPlugin } from '@vp/sdk';
import { Compiler, type Ask } from '../load/compiler/compiler.ts';
import { readInlineManifest } from '../load/manifest.ts';
import { readPlugin, type ReadPlugin } from '../load/read.ts';
import { askedOf } from '../permissions/admit.ts';
import { configFile, namedIn } from './project.ts';

/** A plugin that somebody meant. */
export interface Target extends FoundPlugin {
  /** What the config says for it, or would say. */
  readonly use: string;
  /** Where relative paths of it start: the folder of the config, else the working directory. */
  readonly baseDir: string;
}

/** A target and what is in it. */
export interface ReadTarget {
  readonly target: Target;
  readonly read: ReadPlugin;
  readonly asked: { readonly required: Permissions; readonly optional: Permissions };
}

/** The place in which a name is looked up. */
type Finder = (use: string) => Promise<Target>;

/**
 * Finds and reads the plugin that is meant: by its path, by the name of its package, or by its own name where the config names its path.
 * @throws VP_PLUGIN_NOT_FOUND, and what `readPlugin` throws
 */
export async function readTarget(context: CommandContext, given: string): Promise<ReadTarget> {
  const compiler = new Compiler();
  try {
    const target = await findTarget(context, given, compiler.ask);
    const read = await readPlugin(target, compiler.ask);
    return { target, read, asked: askedOf(read.manifest, read.declaredHooks) };
  } finally {
    await compiler.close();
  }
}

async function findTarget(context: CommandContext, given: string, ask: Ask): Promise<Target> {
  const { cwd, options } = context;
  const config = configFile(cwd, options['config']);
  const baseDir = config === undefined ? cwd : dirname(config);
  const find: Finder = async (use) => {
    const found = await context.locate?.(use, baseDir);
    if (found === undefined) throw new Error('this command needs a program that finds plugins');
    return { ...found, use, baseDir };
  };
  if (isPath(given)) {
    const path = [resolve(cwd, given), resolve(baseDir, given)].find((one) => existsSync(one));
    return path === undefined ? find(given) : findPath(path, find);
  }
  try {
    return await find(given);
  } catch (error) {
    if (!isVpError(error) || error.code !== 'VP_PLUGIN_NOT_FOUND') throw error;
    const named = config === undefined ? undefined : await findNamed(given, namedIn(config), find, ask);
    if (named !== undefined) return named;
    const path = resolve(cwd, given);
    if (existsSync(path)) return findPath(path, find);
    throw error;
  }
}

/** Whether somebody wrote a path rather than a name, which may end like one: `chart.js`. */
export function isPath(given: string): boolean {
  return /^\.{1,2}(?:\/|$)/.test(given) || isAbsolute(given);
}

async function findPath(path: string, find: Finder): Promise<Target> {
  const inner = join(path, 'plugin.ts');
  const isLoose = existsSync(inner) && statSync(path).isDirectory() && !existsSync(join(path, 'plugin.json'));
  const target = await find(isLoose ? inner : path);
  const from = relative(target.baseDir, target.use);
  return { ...target, use: from.startsWith('../') ? from : `./${from}` };
}

/** The plugin of this name among those that the config names by another. */
async function findNamed(name: string, uses: readonly string[], find: Finder, ask: Ask): Promise<Target | undefined> {
  for (const use of uses) {
    const target = await find(use).catch(() => undefined);
    if (target !== undefined && (await nameOf(target, ask)) === name) return target;
  }
  return undefined;
}

async function nameOf({ use, entry, manifest }: Target, ask: Ask): Promise<string | undefined> {
  if (manifest !== undefined) return manifest.name;
  try {
    return (await readInlineManifest(entry, use, ask)).manifest.name;
  } catch {
    return undefined;
  }
}

/** The folder that holds what belongs to a plugin: its cases, its README. */
export function folderOf({ entry, manifestFile }: FoundPlugin): string {
  return dirname(manifestFile ?? entry);
}

/** The name of its file without the ending. */
export function stemOf({ entry }: FoundPlugin): string {
  return basename(entry).replace(/\.[cm]?[jt]s$/, '');
}
