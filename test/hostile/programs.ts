/** Hostile programs: read from the index of a folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Permissions } from '@vp/schemas';

/** What a run may come to, in the words of the corpus. */
export const OUTCOMES = ['terminated', 'denied', 'contained', 'sanitized', 'fail-safe', 'limited', 'clean-unload'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One program. */
export interface Program {
  readonly name: string;
  readonly category: string;
  /** The phase that does the harm: `load`, `activate`, `hook` or `unload`. */
  readonly trigger: string;
  /** What it is granted, in the words of the SDK. */
  readonly grant: Permissions;
  /** Any of them suffices. */
  readonly expected: readonly Outcome[];
  readonly why: string;
  readonly source: string;
}

interface Row {
  readonly name: string;
  readonly file: string;
  readonly category?: string;
  readonly trigger?: string;
  readonly grants?: Readonly<Record<string, unknown>>;
  readonly expected: readonly string[];
  readonly why?: string;
}

/** The programs of `dir/index.json`. @throws Error that names the row which is not one */
export function readPrograms(dir: string): Program[] {
  const index = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8')) as { readonly programs: readonly Row[] };
  return index.programs.map((row) => ({
    name: row.name,
    category: row.category ?? 'other',
    trigger: row.trigger ?? 'activate',
    grant: grantOf(row.grants ?? {}),
    expected: row.expected.map((word) => outcomeOf(word, row.name)),
    why: row.why ?? '',
    source: readFileSync(join(dir, row.file), 'utf8'),
  }));
}

function outcomeOf(word: string, program: string): Outcome {
  const outcome = OUTCOMES.find((one) => one === word);
  if (outcome === undefined) throw new Error(`${program}: "${word}" is no outcome; there are: ${OUTCOMES.join(', ')}`);
  return outcome;
}

/**
 * The grants of the corpus as permissions. Files are relative to the fixture's `data` folder, which is the folder of the config here, so
 * that the program's spellings of paths arrive as they are. What the SDK has no word for is not granted.
 */
function grantOf(grants: Readonly<Record<string, unknown>>): Permissions {
  const { hooks, fs, net, env, log, timers, kv, tools } = grants;
  return {
    ...(strings(hooks).includes('beforeToolCall') ? { hooks: ['pre-command'] } : {}),
    ...(fs === undefined ? {} : { fs: filesOf(fs) }),
    ...(net === undefined ? {} : { net: strings(net) }),
    ...(env === undefined ? {} : { env: strings(env) }),
    ...(tools === true ? { services: ['tools:request'] } : {}),
    ...Object.fromEntries(Object.entries({ log, timers, kv }).filter(([, given]) => given === true)),
  };
}

function filesOf(fs: unknown): NonNullable<Permissions['fs']> {
  if (Array.isArray(fs)) return { read: inData(fs), write: inData(fs) };
  const { read, write } = (typeof fs === 'object' && fs !== null ? fs : {}) as { read?: unknown; write?: unknown };
  return { ...(read === undefined ? {} : { read: inData(read) }), ...(write === undefined ? {} : { write: inData(write) }) };
}

function inData(paths: unknown): string[] {
  return strings(paths).map((path) => path.replace(/^data\/?/, '') || '.');
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
