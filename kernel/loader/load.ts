/** Loads a plugin: locate, bundle, evaluate, check. What comes out can be set up; nothing of it has run but its module. */
import { compile, formatProblems, type PluginManifest, type Validator } from '@vp/schemas';
import { isVpError, type PluginDefinition } from '@vp/sdk';
import type { PluginRuntime } from '@vp/sdk/runtime';
import { bundle, withFiles, type Bundle } from './bundle.ts';
import type { PluginEntry } from './config.ts';
import { kernelError, placed, reasonOf } from '../core/errors.ts';
import { evaluate } from './evaluate.ts';
import { freezeDeep } from '../hooks/freeze.ts';
import type { Node } from '../core/graph.ts';
import { checkManifest, locate, type Located } from './resolve.ts';
import { failedLoad, loadSandboxed } from './sandboxed.ts';

/** A plugin that is ready for setup. */
export interface Loaded extends Node {
  readonly version: string;
  readonly tier: 'first-party' | 'kernel' | 'sandboxed';
  readonly located: Located;
  readonly manifest: PluginManifest;
  readonly definition: PluginDefinition;
  /** Options with defaults and environment filled in. */
  readonly options: Record<string, unknown>;
  readonly codeHash: string;
  /** Of code, manifest and options: equal hashes need no reload. */
  readonly hash: string;
  /** Files whose change means a new version. */
  readonly inputs: readonly string[];
  /** What runs it, where it is sandboxed. */
  readonly runtime?: PluginRuntime;
  /** Why a sandboxed plugin could not be loaded; its setup throws this. */
  readonly refused?: unknown;
}

/** Where to load from. */
export interface LoadContext {
  readonly baseDir: string;
  readonly cacheDir?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What runs sandboxed plugins, made at the first of them. */
  readonly runtime?: () => Promise<PluginRuntime>;
  /** Milliseconds of a hook or step, as the config says now. */
  readonly deadlineMs: (what: string) => number;
}

/**
 * Loads one plugin of the config. A sandboxed one is read and checked, and none of its code runs.
 * @throws what the runtime of sandboxed plugins throws, and VP_PLUGIN_NOT_FOUND, VP_TRUST_NEEDED, VP_PLUGIN_SYNTAX, VP_PLUGIN_EVALUATION, VP_PLUGIN_NO_DEFAULT, VP_MANIFEST_INVALID,
 * VP_MANIFEST_NAME, VP_OPTIONS_INVALID
 */
export async function load(entry: PluginEntry, context: LoadContext): Promise<Loaded> {
  const located = locateOf(entry, context.baseDir);
  if (isSandboxed(entry, located)) return loadForSandbox(entry, located, context);
  const made = await bundle(located.entry, entry.use, context.cacheDir);
  try {
    return finish(entry, located, made, context.env);
  } catch (error) {
    throw withFiles(error, made.inputs);
  }
}

/**
 * Loads several plugins. Where some cannot be loaded, throws the first one's error, once nothing is being loaded any more. A sandboxed
 * one that cannot be loaded stops nobody: it comes as one whose setup throws the reason.
 */
export async function loadAll(entries: readonly PluginEntry[], context: LoadContext): Promise<Loaded[]> {
  const loads = entries.map((entry) => loadOrRefuse(entry, context));
  await Promise.allSettled(loads);
  return Promise.all(loads);
}

/** Loads a plugin; where it is sandboxed and cannot be loaded, gives one whose setup throws the reason. @throws as `load` */
export async function loadOrRefuse(entry: PluginEntry, context: LoadContext): Promise<Loaded> {
  if (entry.trust === 'kernel' || context.runtime === undefined) return load(entry, context);
  let located: Located | undefined;
  try {
    located = locateOf(entry, context.baseDir);
    return await load(entry, context);
  } catch (error) {
    const isOwn = located === undefined ? !isVpError(error) || error.code !== 'VP_MANIFEST_INVALID' : !isSandboxed(entry, located);
    if (isOwn) throw error;
    return failedLoad(entry, located, error);
  }
}

function locateOf(entry: PluginEntry, baseDir: string): Located {
  try {
    return locate(entry.use, baseDir);
  } catch (error) {
    throw placed(error, entry.origin === undefined ? {} : { file: entry.origin });
  }
}

/** First-party plugins, and those that the config trusts, run in the kernel. */
function isSandboxed(entry: PluginEntry, located: Located): boolean {
  return located.tier !== 'first-party' && entry.trust !== 'kernel';
}

async function loadForSandbox(entry: PluginEntry, located: Located, context: LoadContext): Promise<Loaded> {
  const { plugin, runtime } = await loadSandboxed(entry, located, context).catch((error: unknown) => {
    throw placed(error, entry.origin === undefined ? {} : { file: entry.origin });
  });
  const { manifest, definition, codeHash, inputs } = plugin;
  try {
    return {
      ...described(manifest, located),
      tier: 'sandboxed',
      located,
      definition,
      codeHash,
      inputs,
      runtime,
      ...optioned(manifest, located, codeHash, entry, context.env),
    };
  } catch (error) {
    throw withFiles(error, inputs);
  }
}

/** What a manifest says, with what it leaves out filled in. */
function described(
  manifest: PluginManifest,
  located: Located,
): Pick<Loaded, 'name' | 'version' | 'needs' | 'wants' | 'provides' | 'fires' | 'manifest'> {
  const { name, version = located.version ?? '0.0.0', needs = [], wants = [], provides = [], fires = [] } = manifest;
  return { name, version, needs, wants, provides, fires, manifest };
}

function finish(entry: PluginEntry, located: Located, { code, inputs, hash }: Bundle, env: LoadContext['env']): Loaded {
  const definition = definitionOf(evaluate(code, located.entry, entry.use), entry.use, located.entry);
  const manifest = manifestOf(definition, located);
  return {
    ...described(manifest, located),
    tier: located.tier === 'first-party' ? 'first-party' : 'kernel',
    located,
    definition,
    codeHash: hash,
    inputs: located.manifestFile === undefined ? inputs : [...inputs, located.manifestFile],
    ...optioned(manifest, located, hash, entry, env),
  };
}

/** The same code with other options: what a changed config means where no file of the plugin may change. @throws VP_OPTIONS_INVALID */
export function withOptions(loaded: Loaded, entry: PluginEntry, env: LoadContext['env']): Loaded {
  return { ...loaded, ...optioned(loaded.manifest, loaded.located, loaded.codeHash, entry, env) };
}

function optioned(
  manifest: PluginManifest,
  located: Located,
  codeHash: string,
  entry: PluginEntry,
  env: LoadContext['env'],
): Pick<Loaded, 'options' | 'hash'> {
  const options = optionsOf(manifest, entry, env, located);
  return { options, hash: JSON.stringify([codeHash, manifest, options, entry.shadow]) };
}

function definitionOf(exported: unknown, plugin: string, file: string): PluginDefinition {
  const isPlugin = typeof exported === 'object' && exported !== null && typeof (exported as { name?: unknown }).name === 'string';
  if (!isPlugin) throw kernelError('VP_PLUGIN_NO_DEFAULT', { plugin }, { file, plugin });
  return exported as PluginDefinition;
}

/** The manifest in plugin.json, else the one that the code itself carries. */
function manifestOf(definition: PluginDefinition, located: Located): PluginManifest {
  const { hooks: _hooks, setup: _setup, ...inline } = definition;
  const own = checkManifest(inline, definition.name, located.entry);
  if (located.manifest === undefined) return own;
  if (located.manifest.name === own.name) return located.manifest;
  const names = { manifest: located.manifest.name, code: own.name };
  throw kernelError('VP_MANIFEST_NAME', names, { file: located.entry, plugin: own.name });
}

function optionsOf(manifest: PluginManifest, entry: PluginEntry, env: LoadContext['env'], located: Located): Record<string, unknown> {
  const options = structuredClone(entry.config);
  for (const [name, pointer] of Object.entries(manifest.env ?? {})) {
    const text = env[name];
    if (text !== undefined && text !== '') setAt(options, pointer, valueOf(text));
  }
  const plugin = manifest.name;
  const problems = optionsValidator(manifest, located)(options);
  if (problems.length === 0) return freezeDeep(options);
  throw kernelError('VP_OPTIONS_INVALID', { plugin, problems: formatProblems(problems) }, { plugin, file: entry.origin ?? located.entry });
}

function optionsValidator({ name, config = { type: 'object' } }: PluginManifest, located: Located): Validator {
  try {
    return compile(config, { known: located.tier === 'first-party' });
  } catch (cause) {
    const problems = `/config: ${reasonOf(cause)}`;
    throw kernelError(
      'VP_MANIFEST_INVALID',
      { plugin: name, problems },
      { plugin: name, file: located.manifestFile ?? located.entry, cause },
    );
  }
}

/** Text of a variable as the JSON value it looks like, else as text. */
export function valueOf(text: string): unknown {
  return /^(?:true|false|-?\d+(?:\.\d+)?)$/.test(text) ? JSON.parse(text) : text;
}

/** Sets the value at a JSON pointer, making objects on the way. */
export function setAt(target: Record<string, unknown>, pointer: string, value: unknown): void {
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() ?? '';
  let node = target;
  for (const key of keys) node = (node[key] ??= {}) as Record<string, unknown>;
  node[last] = value;
}
