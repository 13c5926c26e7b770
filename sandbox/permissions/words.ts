/** Permissions as a person reads them: what the plugin may do, what is broad about that, and what to paste into the config. */
import type { HookName, Permissions } from '@vp/schemas';
import { normalisePermissions } from './cover.ts';

const HOOKS: Readonly<Record<HookName, string>> = {
  'pre-command': 'sees every command your agents want to run, and may deny it',
  'pre-spawn':
    'sees each new session before it starts, without program, directory and environment; may add to its prompt, slow it down or refuse it',
  'budget-check': 'is asked for budget before each session and each command, and may deny it',
  'on-crash': 'sees how sessions crashed, and may propose what to do about it',
  'on-output': 'sees all that your agents say and do',
  'session-start': 'sees each session that starts',
  'session-end': 'sees each session that ends, with its result',
  'pre-edit': 'sees each edit your agents want to make',
  'post-edit': 'sees each edit your agents have made',
  'post-command': 'sees each command your agents have run, with its result',
};

/** Hooks that show what the user and the agents write. */
const TELLING: readonly HookName[] = ['pre-command', 'pre-spawn', 'on-output', 'pre-edit', 'post-edit', 'post-command', 'session-end'];
const SECRET = /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|COOKIE|(?:^|_)(?:KEY|AUTH|PAT|DSN|PWD)(?:_|$)|API_?KEY|DATABASE_URL/i;
const SECRET_PREFIX = /^(?:ANTHROPIC|CLAUDE|AWS|AZURE|GOOGLE|GCP|GITHUB|GH|GITLAB|NPM|OPENAI|SSH|VP)_/i;
/** Parts of paths whose files are run by something else, or decide what may run. */
const RUN = /(?:^|\/)(?:\.git|\.husky|\.github|\.claude|\.vscode|\.idea|node_modules|package\.json|Makefile|vp\.config\.[a-z]+)(?:\/|$)/i;
const PRIVATE =
  /(?:^|\/)(?:\.ssh|\.aws|\.gnupg|\.kube|\.docker|\.netrc|\.npmrc|\.env(?:\.[^/]*)?|[^/]*\.(?:pem|key|p12)|id_[a-z0-9]+)(?:\/|$)/i;
const MANY = 5;

/** What the permissions of VP's own services let a plugin do. */
const SERVICES: Readonly<Record<string, string>> = {
  'sessions:read': 'may see which sessions and requests there are, how they fare and what they cost',
  'sessions:output': 'may read all that your agents say and do, also of sessions before, and why they crashed',
  'sessions:stop': 'may interrupt and end sessions',
  'sessions:events': 'hears of all that your sessions say and do, with each verdict',
  'policy:read': 'may have commands analysed, by which it can tell whether a path exists anywhere on this machine',
};

/** What it may do, a line for each thing, without a subject: `may read files under data/`. */
export function inWords(permissions: Permissions): string[] {
  const { hooks = [], fs = {}, net = [], env = [], services = [], kv, timers, log } = normalisePermissions(permissions);
  return [
    ...hooks.map((hook) => HOOKS[hook]),
    ...(fs.read ?? []).map((path) => `may read ${place(path)}`),
    ...(fs.write ?? []).map((path) => `may write ${place(path)}`),
    ...net.map((origin) => `may call ${origin}`),
    ...env.map((name) => `may read the environment variable ${name}`),
    ...services.map((name) => SERVICES[name] ?? `may use ${name} of VP's services`),
    ...(kv === true ? ['may keep small values of its own'] : []),
    ...(timers === true ? ['may wake up by itself, by timers'] : []),
    ...(log === true ? ["may write to VP's log"] : []),
  ];
}

/** What is broad or telling about a set, a sentence each; empty where nothing is. */
export function warningsOf(permissions: Permissions): string[] {
  const { hooks = [], fs = {}, net = [], env = [], services = [] } = normalisePermissions(permissions);
  const seen = hooks.filter((hook) => TELLING.includes(hook));
  const secrets = env.filter((name) => SECRET.test(name) || SECRET_PREFIX.test(name));
  const out = net.length > 0 ? `to ${net.join(', ')}` : undefined;
  return [
    ...pathWarnings(fs.read ?? [], fs.write ?? []),
    ...secrets.map((name) => `${name} looks like a secret: whoever has it can act in your name`),
    ...(net.length >= MANY ? [`it may call ${net.length} origins, which is many`] : []),
    ...net.filter((origin) => origin.includes('xn--')).map((origin) => `${origin} is written with letters that can be mistaken for others`),
    ...(out !== undefined && seen.length > 0 ? [`it can send ${out} what it sees in ${seen.join(', ')}: commands, code, prompts`] : []),
    ...(out !== undefined && (fs.read ?? []).length > 0 ? [`it can send ${out} the files that it may read`] : []),
    ...(out !== undefined && env.length > 0 ? [`it can send ${out} the values of ${env.join(', ')}`] : []),
    ...(out !== undefined && services.length > 0 ? [`it can send ${out} what it learns from ${services.join(', ')}`] : []),
  ];
}

/** The entry for `plugins` in vp.config.ts that grants exactly this. */
export function grantText(use: string, permissions: Permissions): string {
  return `{ use: ${quoted(use)}, grant: ${literal(normalisePermissions(permissions))} }`;
}

function place(path: string): string {
  if (path === '.') return 'all files in the folder of the config and below';
  // Whether it is a file or a folder is known only when it is used.
  return /\.[A-Za-z0-9]+$/.test(path) ? `${path} (and what is below it, if it is a folder)` : `files under ${path}/`;
}

function pathWarnings(read: readonly string[], write: readonly string[]): string[] {
  return [
    ...(read.includes('.') ? ['it may read everything in the folder of the config, secrets in it too'] : []),
    ...(write.includes('.')
      ? [
          'it may write everything in the folder of the config: what it puts there, such as build scripts or the config itself, others will run',
        ]
      : []),
    ...write.filter((path) => RUN.test(path)).map((path) => `what it writes to ${path} can be run by other programs, outside the sandbox`),
    ...[...new Set([...read, ...write])].filter((path) => PRIVATE.test(path)).map((path) => `${path} usually holds secrets`),
  ];
}

function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value).map(([key, one]) => `${key}: ${literal(one)}`).join(', ')} }`.replace('{  }', '{}'); // prettier-ignore
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
