/** `vp plugin grant NAME`: shows what a plugin asks for, and grants it once somebody has agreed. */
import type { Permissions } from '@vp/schemas';
import type { Command, CommandContext } from '@vp/sdk';
import { intersect, isEmpty, missingFrom, union } from '../permissions/cover.ts';
import { recordGrant, sourceOf, userName, type GrantRecord } from '../permissions/grants.ts';
import { inWords, warningsOf } from '../permissions/words.ts';
import { canAsk, confirm } from './confirm.ts';
import { commandError } from './errors.ts';
import { grantState, type GrantState } from './grant-state.ts';
import { homeOf } from './project.ts';
import { inForce, tell, type Told } from './reloaded.ts';
import { readTarget, type ReadTarget } from './target.ts';
import { section, short, styled } from './text.ts';

const grant: Command = async (context) => {
  const found = await readTarget(context, context.args[0] ?? '');
  const home = homeOf(context.env);
  const state = grantState(found, home);
  const record = recordOf(found, state, context.options['optional'] === true);
  const { name } = found.read.manifest;
  if (!context.json) for (const line of question(found, state, record.permissions)) context.print(line);
  if (context.options['yes'] !== true && !(await isAgreed(context, name))) {
    context.print('Nothing was granted.');
    return context.signal.aborted ? 130 : 0;
  }
  await recordGrant(home, record);
  return report(context, record, await tell(context, home, name));
};

export default grant;

/** @throws VP_GRANT_CONFIRM where nobody can be asked */
async function isAgreed({ json, tty, signal }: CommandContext, plugin: string): Promise<boolean> {
  if (!json && canAsk(tty)) return confirm(`\nGrant this to ${plugin}?`, signal);
  const hint = `Read what \`vp plugin check\` says of it; if it is right, run the command again with --yes.`;
  throw commandError('VP_GRANT_CONFIRM', { plugin }, { plugin, ...(json ? { hint } : {}) });
}

/** What it needs, what it could do without where that is wanted, and what it had been given of that before. */
function recordOf({ target, read, asked }: ReadTarget, { record, isOther }: GrantState, withOptional: boolean): GrantRecord {
  const isKept = record?.via === 'command' && record.revoked === undefined && !isOther;
  const kept = isKept ? intersect(asked.optional, record.permissions) : {};
  return {
    plugin: read.manifest.name,
    source: sourceOf(target),
    version: read.version,
    sourceHash: read.sourceHash,
    permissions: union(asked.required, withOptional ? asked.optional : kept),
    by: userName(),
    via: 'command',
    at: new Date().toISOString(),
  };
}

function question({ target, read, asked }: ReadTarget, { state, record, isOther }: GrantState, wanted: Permissions): string[] {
  const { manifest, version, sourceHash } = read;
  const before = record?.via === 'command' && !isOther ? record.permissions : {};
  const fresh = missingFrom(wanted, before);
  const known = intersect(wanted, before);
  const left = missingFrom(asked.optional, wanted);
  const changed = [
    `its files are not those that were granted, but the version is still ${version}; a release never does that`,
    `granted ${short(record?.sourceHash ?? '')}…, now ${short(sourceHash)}…`,
  ];
  return [
    `${styled('bold', manifest.name)} ${version} at ${target.entry}, sha256 ${short(sourceHash)}…`,
    ...(isEmpty(wanted) ? ['', 'It asks for nothing.'] : []),
    ...section(isEmpty(known) ? 'It asks for this:' : styled('yellow', 'New:'), inWords(fresh ?? {})),
    ...section('As before:', inWords(known)),
    ...section('Not part of this grant; --optional adds it:', inWords(left ?? {})),
    ...section(
      styled('red', 'Look twice:'),
      [
        ...(state === 'changed' ? changed : []),
        ...(isOther && record !== undefined ? [`this takes the place of the grant of another plugin of that name: ${record.source}`] : []),
        ...(record?.revoked === undefined ? [] : [`it was revoked by ${record.revoked.by} at ${record.revoked.at}`]),
        ...warningsOf(wanted),
      ],
      '!',
    ),
  ];
}

function report(context: CommandContext, record: GrantRecord, told: Told): number {
  const refused = told.state === 'reloaded' && told.error !== undefined;
  if (context.json) context.print(JSON.stringify({ granted: record, service: told }));
  else for (const line of ['', styled('green', `Granted to ${record.plugin}.`), inForce(record.plugin, told)]) context.print(line);
  return refused ? 2 : 0;
}
