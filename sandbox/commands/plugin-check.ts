/** `vp plugin check PATH|NAME`: reads a plugin without running it. */
import type { Command, HookName } from '@vp/sdk';
import { sdkVersion } from '../load/sdk.ts';
import { isEmpty, missingFrom, union } from '../permissions/cover.ts';
import { grantText, inWords, warningsOf } from '../permissions/words.ts';
import { grantState, toGrant, type GrantState } from './grant-state.ts';
import { homeOf } from './project.ts';
import { readTarget, type ReadTarget } from './target.ts';
import { plain, section, short, size, styled } from './text.ts';

const check: Command = async (context) => {
  const found = await readTarget(context, context.args[0] ?? '');
  const state = grantState(found, homeOf(context.env));
  if (context.json) context.print(JSON.stringify(asJson(found, state)));
  else for (const line of asText(found, state)) context.print(line);
  return 0;
};

export default check;

function hooksOf({ read, asked }: ReadTarget): HookName[] {
  return [...new Set([...read.declaredHooks, ...(asked.required.hooks ?? []), ...(asked.optional.hooks ?? [])])];
}

/** What to write under `plugins` in the config. */
function configText({ target, asked }: ReadTarget): string {
  const needed = toGrant(target, union(asked.required, asked.optional));
  return isEmpty(needed) ? `'${target.use}'` : grantText(target.use, needed);
}

function asJson(found: ReadTarget, { state, record, missing, missingOptional }: GrantState): object {
  const { target, read, asked } = found;
  const all = union(asked.required, asked.optional);
  return {
    name: read.manifest.name,
    version: read.version,
    use: target.use,
    kind: target.kind,
    entry: target.entry,
    sdk: { wanted: read.manifest.sdk ?? null, have: sdkVersion() },
    bytes: read.bundle.bytes,
    files: read.inputs,
    sourceHash: read.sourceHash,
    hooks: hooksOf(found),
    permissions: asked.required,
    words: inWords(asked.required),
    optionalPermissions: asked.optional,
    optionalWords: inWords(asked.optional),
    warnings: warningsOf(all),
    config: configText(found),
    grant: { state, record: record ?? null, missing: missing ?? null, missingOptional: missingOptional ?? null },
  };
}

function asText(found: ReadTarget, state: GrantState): string[] {
  const { target, read, asked } = found;
  const { manifest, version, bundle, inputs, sourceHash } = read;
  const all = union(asked.required, asked.optional);
  const facts: readonly [string, string][] = [
    ['file', target.entry],
    ['SDK', manifest.sdk === undefined ? `any; this is ${sdkVersion()}` : `${manifest.sdk} or newer; this is ${sdkVersion()}`],
    ['size', `${size(bundle.bytes)} of code from ${inputs.length} file${inputs.length === 1 ? '' : 's'}`],
    ['hash', `sha256 ${short(sourceHash)}…`],
    ['hooks', hooksOf(found).join(', ') || 'none'],
  ];
  const required = inWords(asked.required);
  return [
    `${styled('bold', manifest.name)} ${version}${manifest.description === undefined ? '' : `: ${plain(manifest.description, 200)}`}`,
    ...facts.map(([name, value]) => `  ${styled('dim', name.padEnd(6))}${value}`),
    ...(required.length === 0 ? ['', 'It asks for nothing.'] : section('It asks for this, and does not start without:', required)),
    ...section('It can do without this:', inWords(asked.optional)),
    ...section(styled('yellow', 'Look twice:'), warningsOf(all), '!'),
    '',
    ...stateLines(found, state),
    '',
    'Under `plugins` in vp.config.ts:',
    '',
    ...configText(found)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

function stateLines({ target, read, asked }: ReadTarget, { state, record, isOther, missing, missingOptional }: GrantState): string[] {
  const { name } = read.manifest;
  const grant = `vp plugin grant ${target.kind === 'file' ? target.use : name}`;
  const other = isOther && record !== undefined ? [`The grant of that name is for another plugin: ${record.source}.`] : [];
  const optional = section('Not granted, and it can do without:', inWords(missingOptional ?? {}));
  switch (state) {
    case 'open': {
      const by = record === undefined || isOther ? 'needs no grant' : `granted by ${record.by} at ${record.at}`;
      return [styled('green', `It may start: ${by}.`), ...other, ...optional];
    }
    case 'missing': {
      const isAll = missing !== undefined && missingFrom(asked.required, missing) === undefined;
      const heading = styled('yellow', `It does not start until ${isAll ? 'all of it' : 'this'} is granted, by a command or in the config`);
      const lines = isAll ? [`${heading}.`] : section(`${heading}:`, inWords(missing ?? {})).slice(1);
      return [...lines, ...other, '', `If that is right, run: ${grant}`];
    }
    case 'revoked':
      return [
        styled('red', `Its grant was revoked by ${record?.revoked?.by ?? '?'} at ${record?.revoked?.at ?? '?'}: it does not start.`),
        `To give it again, run: ${grant}`,
      ];
    case 'changed':
      return [
        styled('red', `Its files are not those that were granted, but the version is still ${read.version}: it does not start.`),
        `granted: ${short(record?.sourceHash ?? '')}…  now: ${short(read.sourceHash)}…`,
        `A release never does that: find out who changed them. If you have read the change, run: ${grant}`,
      ];
    default:
      return state satisfies never;
  }
}
