/** How far back, as people write it. */
import { policyError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30d` before `now`, epoch milliseconds. @throws VP_POLICY_OPTION */
export function sinceOf(text: unknown, now: number): number {
  const written = typeof text === 'string' ? text : '30d';
  const { count, unit = '' } = /^(?<count>\d{1,6})(?<unit>[mhdw])$/.exec(written)?.groups ?? {};
  const length = UNITS[unit];
  if (count === undefined || length === undefined)
    throw policyError('VP_POLICY_OPTION', { option: '--since', value: written, hint: 'Write a number and m, h, d or w, such as 30d.' });
  return now - Number(count) * length;
}
