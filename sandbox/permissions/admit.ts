/** Whether a plugin may start, and with what: nothing that was not asked for, nothing that was not granted. */
import { formatProblems, manifestSchema, type HookName, type Permissions, type PluginManifest } from '@vp/schemas';
import type { RuntimeRequest } from '@vp/sdk/runtime';
import { sandboxError } from '../errors.ts';
import { checkPermissions } from './check.ts';
import { intersect, missingFrom, normalisePermissions, union } from './cover.ts';
import { sourceOf, userName, type GrantRecord } from './grants.ts';
import { inWords } from './words.ts';

export interface AdmitRequest extends Pick<RuntimeRequest, 'kind' | 'use' | 'entry' | 'grant' | 'origin'> {
  readonly manifest: PluginManifest;
  readonly version: string;
  readonly sourceHash: string;
  /** Hooks that its code names; a manifest inside the code asks for them by that. */
  readonly declaredHooks: readonly HookName[];
  /** Of `readGrants`, by its name. */
  readonly record?: GrantRecord;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Default: the user who runs this. */
  readonly by?: string;
}

export interface Admission {
  /** What is in force. */
  readonly permissions: Permissions;
  /** To be written with `recordGrant` before the plugin starts. */
  readonly record?: GrantRecord;
}

/** What a plugin asks for: what it cannot start without, and what it can do without. */
export interface Asked {
  readonly required: Permissions;
  readonly optional: Permissions;
}

/** What a file has because the config names it. */
const FILE_GRANT: Permissions = { hooks: manifestSchema.$defs.HookName.enum as HookName[], kv: true, timers: true, log: true };

/** What a plugin asks for, hooks that its code names included. */
export function askedOf(manifest: PluginManifest, declaredHooks: readonly HookName[]): Asked {
  const optional = manifest.optionalPermissions ?? {};
  const hooks = declaredHooks.filter((hook) => !(optional.hooks ?? []).includes(hook));
  return { required: union(manifest.permissions ?? {}, { hooks }), optional: normalisePermissions(optional) };
}

/**
 * Decides on a plugin, before any of its code runs.
 * @throws VP_GRANT_INVALID, VP_GRANT_REVOKED, VP_GRANT_CHANGED, VP_GRANT_MISSING
 */
export function admit(request: AdmitRequest): Admission {
  const { manifest, kind, record } = request;
  const plugin = manifest.name;
  const config = checkedGrant(request);
  if (record?.revoked) throw sandboxError('VP_GRANT_REVOKED', { plugin, ...record.revoked }, { plugin });
  // Another plugin of the same name has its own files: what was granted to that one is not granted to this.
  const own = record?.source === sourceOf(request) ? record : undefined;
  if (kind === 'package') refuseChanged(request, own);

  const base = kind === 'file' ? FILE_GRANT : {};
  const granted = union(union(config, base), own?.via === 'command' ? own.permissions : {});
  const { required, optional } = askedOf(manifest, request.declaredHooks);
  const missing = missingFrom(required, granted);
  if (missing) {
    const words = inWords(missing).join('; ');
    throw sandboxError('VP_GRANT_MISSING', { plugin, words, use: request.use }, { plugin, ...placeOf(request) });
  }
  const permissions = union(intersect(union(required, optional), granted), base);
  const next = nextRecord(request, own, config);
  return next ? { permissions, record: next } : { permissions };
}

function checkedGrant(request: AdmitRequest): Permissions {
  const { grant = {}, use } = request;
  const plugin = request.manifest.name;
  const problems = checkPermissions(grant);
  if (problems.length === 0) return grant;
  throw sandboxError(
    'VP_GRANT_INVALID',
    { plugin, use, problems: formatProblems(problems) },
    { plugin, path: '/grant', ...placeOf(request) },
  );
}

function placeOf({ origin }: AdmitRequest): { file?: string } {
  return origin === undefined ? {} : { file: origin };
}

function refuseChanged({ manifest, version, sourceHash, entry }: AdmitRequest, record: GrantRecord | undefined): void {
  if (!record || record.version !== version || record.sourceHash === sourceHash) return;
  throw sandboxError('VP_GRANT_CHANGED', { plugin: manifest.name, version }, { plugin: manifest.name, file: entry });
}

/**
 * What is to be kept of this admission, where anything is new. A package: its bytes, so that a change under the same version is seen. A
 * file: nothing, since the config names its very path and says what it grants.
 */
function nextRecord(request: AdmitRequest, own: GrantRecord | undefined, config: Permissions): GrantRecord | undefined {
  const { manifest, kind, version, sourceHash, now } = request;
  if (kind === 'file') return undefined;
  const bytes = { version, sourceHash };
  if (own?.via === 'command') return own.version === version ? undefined : { ...own, ...bytes };
  const permissions = normalisePermissions(config);
  const isSame = own?.version === version && JSON.stringify(normalisePermissions(own.permissions)) === JSON.stringify(permissions);
  if (isSame) return undefined;
  const who = { by: request.by ?? userName(), via: 'config', at: new Date(now).toISOString() } as const;
  return { plugin: manifest.name, source: sourceOf(request), ...bytes, permissions, ...who };
}
