/** The config: found, loaded, checked, and brought into one form. Environment variables override the file, the file overrides defaults. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  compile,
  configSchema,
  formatProblems,
  type LogLevel,
  type LogOptions,
  type Permissions,
  type SandboxLimits,
  type VpConfig,
} from '@vp/schemas';
import { bundle } from './bundle.ts';
import { kernelError, reasonOf } from '../core/errors.ts';
import { evaluate } from './evaluate.ts';
import { HOOK_NAMES, HOOKS } from '../hooks/table.ts';

/** A plugin of the config, in its long form. */
export interface PluginEntry {
  readonly use: string;
  readonly config: Record<string, unknown>;
  readonly trust?: 'kernel' | 'sandbox';
  /** What a sandboxed plugin may do beside what it has anyway. */
  readonly grant?: Permissions;
  readonly limits?: SandboxLimits;
  readonly shadow: boolean;
  /** The config file, for messages. */
  readonly origin?: string;
}

/** The config in its one form, every default filled in. */
export interface Config {
  /** Absolute path, or undefined for a config given as an object. */
  readonly file?: string;
  /** Where relative paths start. */
  readonly baseDir: string;
  /** Files whose change means a new config. */
  readonly inputs: readonly string[];
  readonly plugins: readonly PluginEntry[];
  readonly required: readonly string[];
  readonly deadlines: Readonly<Record<string, number>>;
  readonly reload: { readonly watch: boolean; readonly auto: 'outside-workspaces' | 'never'; readonly debounceMs: number };
  readonly log: {
    readonly level: LogLevel;
    readonly levels: Readonly<Record<string, LogLevel>>;
    readonly redact: readonly string[];
    readonly rotate: { readonly sizeMb: number; readonly files: number };
  };
  readonly health: { readonly heartbeatMs: number };
  /** Where each value that is not a default comes from: JSON pointer to `file` or `env NAME`. */
  readonly origins: Readonly<Record<string, string>>;
}

/** What a config is loaded with. */
export interface ConfigContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheDir?: string;
  /** Default of `reload.auto`: a service applies no code by itself. */
  readonly auto: 'outside-workspaces' | 'never';
}

/** Variables of the kernel itself; those of plugins are in their manifests. */
export const KERNEL_ENV: Readonly<Record<string, { path: string; value: (text: string) => unknown; meaning: string }>> = {
  VP_LOG_LEVEL: { path: '/log/level', value: (text) => text, meaning: 'level of the log' },
  ORCHESTRATOR_VERBOSE: { path: '/log/level', value: (text) => (isTrue(text) ? 'debug' : undefined), meaning: '`true`: log level debug' },
  DAEMON_VERBOSE: { path: '/log/level', value: (text) => (isTrue(text) ? 'debug' : undefined), meaning: '`true`: log level debug' },
  DAEMON_HEARTBEAT_INTERVAL: { path: '/health/heartbeatMs', value: Number, meaning: 'milliseconds between heartbeats' },
};

const PLACES = ['vp.config.ts', 'vp.config.js', 'vp.config.mjs', 'vp.config.json', 'vp.config.yaml', 'package.json'];

/** The config file that holds for a directory: the nearest one, not above the root of its git repository. */
export async function findConfig(cwd: string): Promise<string | undefined> {
  const { cosmiconfig } = await import('cosmiconfig');
  // Only where it is: what is in it runs as code, and is loaded by our own loader. One folder at a time, since the climbing searches
  // of cosmiconfig end elsewhere: at a package.json, or in the user's own folder.
  const explorer = cosmiconfig('vp', {
    searchPlaces: PLACES,
    searchStrategy: 'none',
    cache: false,
    ignoreEmptySearchPlaces: false,
    loaders: Object.fromEntries(['.ts', '.js', '.mjs', '.yaml', 'noExt'].map((ending) => [ending, () => ({})])),
  });
  const top = gitRoot(cwd) ?? resolve(cwd);
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const found = await explorer.search(dir);
    if (found || dir === top || dir === dirname(dir)) return found?.filepath;
  }
}

/**
 * Loads a config file.
 * @throws VP_CONFIG_MISSING, VP_CONFIG_UNREADABLE, VP_CONFIG_INVALID
 */
export async function loadConfig(file: string, context: ConfigContext): Promise<Config> {
  const path = resolve(file);
  if (!existsSync(path)) throw kernelError('VP_CONFIG_MISSING', {}, { file: path });
  const { value, inputs } = await read(realpathSync(path), context.cacheDir);
  return normalise(value, context, { file: path, baseDir: dirname(path), inputs });
}

/** Brings a config given as an object into its one form. @throws VP_CONFIG_INVALID */
export function configOf(value: VpConfig, baseDir: string, context: ConfigContext): Config {
  return normalise(value, context, { baseDir, inputs: [] });
}

async function read(file: string, cacheDir: string | undefined): Promise<{ value: unknown; inputs: readonly string[] }> {
  try {
    if (/\.[cm]?[jt]s$/.test(file)) {
      const made = await bundle(file, 'vp.config', cacheDir);
      return { value: evaluate(made.code, file, 'vp.config') ?? {}, inputs: made.inputs };
    }
    const { cosmiconfig } = await import('cosmiconfig');
    const found = await cosmiconfig('vp', { cache: false }).load(file);
    return { value: found?.config ?? {}, inputs: [file] };
  } catch (cause) {
    throw kernelError('VP_CONFIG_UNREADABLE', { why: reasonOf(cause) }, { file, cause });
  }
}

function normalise(value: unknown, context: ConfigContext, place: { file?: string; baseDir: string; inputs: readonly string[] }): Config {
  const config = structuredCloneOf(value) as VpConfig;
  const origins: Record<string, string> = {};
  for (const pointer of leaves(config)) origins[pointer] = place.file ?? 'given';
  if (typeof config === 'object' && config !== null) applyEnv(config as Record<string, unknown>, context.env, origins);
  const problems = compile(configSchema, { known: true })(config);
  const details = place.file === undefined ? {} : { file: place.file };
  if (problems.length > 0)
    throw kernelError('VP_CONFIG_INVALID', { problems: formatProblems(problems) }, { ...details, path: problems[0]?.path ?? '' });
  return {
    ...place,
    plugins: (config.plugins ?? []).flatMap((entry) => entryOf(entry, place.file)),
    required: config.required ?? [],
    deadlines: { ...defaultDeadlines(), ...config.deadlines },
    reload: { watch: true, auto: context.auto, debounceMs: 60, ...config.reload },
    log: logOf(config.log ?? {}),
    health: { heartbeatMs: 30_000, ...config.health },
    origins,
  };
}

function logOf({ level = 'info', levels = {}, redact = [], rotate = {} }: LogOptions): Config['log'] {
  return { level, levels, redact, rotate: { sizeMb: 20, files: 5, ...rotate } };
}

/** Functions and regular expressions are no config; what cannot be cloned is left for the schema to name. */
function structuredCloneOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}

function applyEnv(config: Record<string, unknown>, env: ConfigContext['env'], origins: Record<string, string>): void {
  for (const [name, { path, value }] of Object.entries(KERNEL_ENV)) {
    const text = env[name];
    const given = text === undefined || text === '' ? undefined : value(text);
    if (given === undefined) continue;
    const [, group = '', key = ''] = path.split('/');
    config[group] = { ...(config[group] as object | undefined), [key]: given };
    origins[path] = `env ${name}`;
  }
}

function entryOf(entry: NonNullable<VpConfig['plugins']>[number], origin: string | undefined): PluginEntry[] {
  const from = origin === undefined ? {} : { origin };
  if (typeof entry === 'string') return [{ use: entry, config: {}, shadow: false, ...from }];
  if (isPair(entry)) return [{ use: entry[0], config: entry[1], shadow: false, ...from }];
  if (entry.enabled === false) return [];
  const { use, config = {}, shadow = false, trust, grant, limits } = entry;
  const given = Object.entries({ trust, grant, limits }).filter(([, value]) => value !== undefined);
  return [{ use, config, shadow, ...Object.fromEntries(given), ...from }];
}

function isPair(entry: NonNullable<VpConfig['plugins']>[number]): entry is readonly [string, Record<string, unknown>] {
  return Array.isArray(entry);
}

function defaultDeadlines(): Record<string, number> {
  const hooks = HOOK_NAMES.flatMap((name) => (HOOKS[name].deadlineMs === undefined ? [] : [[name, HOOKS[name].deadlineMs] as const]));
  return { ...Object.fromEntries(hooks), setup: 10_000, drain: 10_000, dispose: 5_000 };
}

function leaves(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [pointer];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${pointer}/${key}`));
}

function gitRoot(cwd: string): string | undefined {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    if (existsSync(join(dir, '.git'))) return dir;
    if (dirname(dir) === dir) return undefined;
  }
}

function isTrue(text: string): boolean {
  return text === 'true' || text === '1';
}
