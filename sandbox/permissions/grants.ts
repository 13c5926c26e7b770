/** What users have granted, in `<home>/grants.json`: who, when, what, and to which bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { compile, formatProblems, manifestSchema, type Permissions } from '@vp/schemas';
import { reasonOf } from '@vp/sdk';
import type { RuntimeRequest } from '@vp/sdk/runtime';
import { sandboxError } from '../errors.ts';
import { checkPermissions } from './check.ts';
import { replaceFile, withLock } from './file.ts';

/** What was granted to one plugin. */
export interface GrantRecord {
  /** Its name. */
  readonly plugin: string;
  /** `sourceOf`: whose grant it is, since another plugin can bear the name one day. */
  readonly source: string;
  readonly version: string;
  /** SHA-256 of its files, as in `GuestBundle`. */
  readonly sourceHash: string;
  readonly permissions: Permissions;
  /** Name of the user. */
  readonly by: string;
  /** `command`: these permissions count. `config`: what the config granted when this was written; the config of now counts. */
  readonly via: 'config' | 'command';
  /** ISO 8601. */
  readonly at: string;
  readonly revoked?: { readonly at: string; readonly by: string };
}

const text = { type: 'string', maxLength: 4096 };
const FILE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['format', 'grants'],
  properties: {
    format: { const: 1 },
    grants: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['plugin', 'source', 'version', 'sourceHash', 'permissions', 'by', 'via', 'at'],
        properties: {
          plugin: text,
          source: text,
          version: text,
          sourceHash: text,
          permissions: { type: 'object' },
          by: text,
          via: { enum: ['config', 'command'] },
          at: text,
          revoked: { type: 'object', additionalProperties: false, required: ['at', 'by'], properties: { at: text, by: text } },
        },
      },
    },
  },
  $defs: manifestSchema.$defs,
};

/** A package: its name, as the config says it. A file: its absolute path. */
export function sourceOf({ kind, use, entry }: Pick<RuntimeRequest, 'kind' | 'use' | 'entry'>): string {
  return kind === 'package' ? use : entry;
}

/** The user who runs this program. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/**
 * All records by the name of the plugin. No file: none.
 * @throws VP_GRANTS_UNREADABLE where any of it is damaged
 */
export function readGrants(home: string): ReadonlyMap<string, GrantRecord> {
  const file = fileOf(home);
  try {
    const value = parse(file);
    if (value === undefined) return new Map();
    const problems = compile(FILE_SCHEMA, { known: true })(value);
    if (problems.length > 0) throw new Error(formatProblems(problems));
    const { grants } = value as { grants: GrantRecord[] };
    const wrong = grants.flatMap(({ permissions }) => checkPermissions(permissions));
    if (wrong.length > 0) throw new Error(formatProblems(wrong));
    const records = new Map(grants.map((record) => [record.plugin, record]));
    if (records.size !== grants.length) throw new Error('a plugin has two records');
    return records;
  } catch (cause) {
    throw sandboxError('VP_GRANTS_UNREADABLE', { why: reasonOf(cause) }, { file, cause });
  }
}

/**
 * Writes the record of a plugin in place of the one before.
 * @throws VP_GRANT_REVOKED where its grant was revoked after `record.at`; VP_GRANT_INVALID; VP_GRANTS_UNREADABLE
 */
export async function recordGrant(home: string, record: GrantRecord): Promise<void> {
  const problems = checkPermissions(record.permissions);
  if (problems.length > 0) {
    const values = { plugin: record.plugin, use: record.source, problems: formatProblems(problems) };
    throw sandboxError('VP_GRANT_INVALID', values, { plugin: record.plugin });
  }
  await change(home, record.plugin, (old) => {
    const { revoked } = old ?? {};
    // Also where one of the two is no time.
    if (revoked && !(Date.parse(revoked.at) <= Date.parse(record.at))) {
      throw sandboxError('VP_GRANT_REVOKED', { plugin: record.plugin, ...revoked }, { plugin: record.plugin, file: fileOf(home) });
    }
    return record;
  });
}

/** Notes that a plugin may do nothing any more, whatever the config says; also where nothing was granted yet. @throws VP_GRANTS_UNREADABLE */
export async function revokeGrant(home: string, plugin: string, by: string): Promise<GrantRecord> {
  const at = new Date().toISOString();
  const none = { plugin, source: '', version: '', sourceHash: '', permissions: {}, by, via: 'command', at } as const;
  return change(home, plugin, (old) => ({ ...(old ?? none), revoked: old?.revoked ?? { at, by } }));
}

async function change(home: string, plugin: string, act: (old: GrantRecord | undefined) => GrantRecord): Promise<GrantRecord> {
  const file = fileOf(home);
  return withLock(file, () => {
    const records = readGrants(home);
    const record = act(records.get(plugin));
    const grants = [...new Map([...records, [plugin, record]]).values()];
    replaceFile(file, `${JSON.stringify({ format: 1, grants }, undefined, 2)}\n`);
    return record;
  });
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function fileOf(home: string): string {
  return join(home, 'grants.json');
}
