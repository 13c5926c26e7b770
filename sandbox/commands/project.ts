/** Where a command is run: the config that holds there, the state folder. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const CONFIGS = ['vp.config.ts', 'vp.config.js', 'vp.config.mjs', 'vp.config.json', 'vp.config.yaml'];

/** The state folder that the environment names. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  if (env['VP_HOME']) return resolve(env['VP_HOME']);
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'vp');
}

/** The config file that is given, else the nearest one, not above the root of its git repository; undefined where there is none. */
export function configFile(cwd: string, given: unknown): string | undefined {
  if (typeof given === 'string') return resolve(cwd, given);
  const found: string[] = [];
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const name = CONFIGS.find((one) => existsSync(join(dir, one))) ?? (hasPart(join(dir, 'package.json')) ? 'package.json' : undefined);
    if (name !== undefined && found.length === 0) found.push(join(dir, name));
    if (existsSync(join(dir, '.git'))) return found[0];
    // Without a repository only the folder itself counts.
    if (dirname(dir) === dir) return found[0] !== undefined && dirname(found[0]) === resolve(cwd) ? found[0] : undefined;
  }
}

/**
 * What a config may name: every path and every word in it that could be a package. A config is code, and a command does not run it; so
 * this is more than the plugins, and what cannot be found is passed over.
 */
export function namedIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const quoted = [...text.matchAll(/(['"`])((?:\.{1,2}\/|\/|@?[a-z0-9])[^'"`\s]{0,400})\1/g)].map((match) => match[2] ?? '');
  const bare = [...text.matchAll(/(?<=^|[\s[,])\.{1,2}\/[^\s'"`,\]})]{1,400}/gm)].map((match) => match[0]);
  return [...new Set([...quoted, ...bare])].slice(0, 500);
}

/** Names of the plugins of the running service, as its status file has them; undefined where none runs. */
export function runningPlugins(home: string): string[] | undefined {
  try {
    const { plugins } = JSON.parse(readFileSync(join(home, 'status.json'), 'utf8')) as { plugins?: readonly { name?: unknown }[] };
    return (plugins ?? []).map(({ name }) => String(name));
  } catch {
    return undefined;
  }
}

function hasPart(file: string): boolean {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'vp');
  } catch {
    return false;
  }
}
