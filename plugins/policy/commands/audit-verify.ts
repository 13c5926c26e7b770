/** `vp audit verify`. */
import { store, type Command } from '@vp/sdk';
import { policyError } from '../errors.ts';
import { verify, type Verified } from '../log/verify.ts';

const auditVerify: Command = async (context) => {
  const log = context.use(store);
  const found = await verify((query) => log.events(query), placeOf(context.options['from']));
  if (context.json) context.print(JSON.stringify({ ok: found.broken === null, ...found }));
  else for (const line of words(found)) context.print(line);
  return found.broken === null ? 0 : 1;
};

export default auditVerify;

function placeOf(option: unknown): number {
  if (option === undefined) return 0;
  const text = typeof option === 'string' ? option : '';
  const place = Number(text);
  if (Number.isSafeInteger(place) && place >= 0) return place;
  throw policyError('VP_POLICY_OPTION', { option: '--from', value: text, hint: 'Give a place of the log, a whole number.' });
}

function words({ records, lost, first, last, isPartial, broken }: Verified): string[] {
  const missing = lost > 0 ? [`${lost} verdicts were lost when the store could not write; the log says where`] : [];
  if (broken) return [`broken at ${broken.seq}: ${broken.why}`, `${records} records before it hold`, ...missing];
  if (!first || !last) return ['the decision log is empty'];
  return [
    `${records} records hold, ${first.seq} to ${last.seq}`,
    ...(isPartial ? [`it begins at record ${first.n}: the ones before were not looked at, or are past the time that events are kept`] : []),
    ...missing,
    `the last hash is ${last.hash}; a copy of it elsewhere shows later whether the end was cut off`,
  ];
}
