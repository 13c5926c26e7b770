/** Whether a plugin would be let in now, by the very rules that let it in. */
import type { Permissions } from '@vp/schemas';
import { isVpError } from '@vp/sdk';
import { admit } from '../permissions/admit.ts';
import { missingFrom } from '../permissions/cover.ts';
import { readGrants, sourceOf, type GrantRecord } from '../permissions/grants.ts';
import type { ReadTarget } from './target.ts';

/** How things stand without what the config grants, which a command does not read. */
export interface GrantState {
  /** `open`: it may start. */
  readonly state: 'open' | 'missing' | 'revoked' | 'changed';
  /** The newest record of this plugin; of another one of its name where `isOther`. */
  readonly record: GrantRecord | undefined;
  readonly isOther: boolean;
  /** What it cannot start without and does not have. */
  readonly missing: Permissions | undefined;
  /** What it can do without and does not have. */
  readonly missingOptional: Permissions | undefined;
}

/** @throws VP_GRANTS_UNREADABLE */
export function grantState({ target, read, asked }: ReadTarget, home: string): GrantState {
  const found = readGrants(home).get(read.manifest.name);
  const isOther = found !== undefined && found.source !== sourceOf(target);
  const record = isOther ? undefined : found;
  const about = { isOther, record: found };
  try {
    const { permissions } = admit({
      ...target,
      manifest: read.manifest,
      version: read.version,
      sourceHash: read.sourceHash,
      declaredHooks: read.declaredHooks,
      now: Date.now(),
      ...(found === undefined ? {} : { record: found }),
    });
    return { ...about, state: 'open', missing: undefined, missingOptional: missingFrom(asked.optional, permissions) };
  } catch (error) {
    const state = isVpError(error) ? STATES[error.code] : undefined;
    if (state === undefined) throw error;
    const held = record?.via === 'command' && record.revoked === undefined ? record.permissions : {};
    const beyond = (wanted: Permissions): Permissions | undefined => missingFrom(toGrant(target, wanted), held);
    return { ...about, state, missing: beyond(asked.required), missingOptional: beyond(asked.optional) };
  }
}

/** The part of it that must be granted: a file has hooks, log, timers and kv by being named in the config. */
export function toGrant({ kind }: Pick<ReadTarget['target'], 'kind'>, wanted: Permissions): Permissions {
  if (kind === 'package') return wanted;
  const { fs, net, env, services } = wanted;
  return Object.fromEntries(Object.entries({ fs, net, env, services }).filter(([, value]) => value !== undefined));
}

const STATES: Readonly<Record<string, GrantState['state']>> = {
  VP_GRANT_MISSING: 'missing',
  VP_GRANT_REVOKED: 'revoked',
  VP_GRANT_CHANGED: 'changed',
};
