import { describe, expect, test } from 'vitest';
import { resetIn } from '../../../plugins/recovery/reset.ts';

const at = (iso: string): number => Date.parse(iso);

const TEXTS: readonly [text: string, said: string, zone: string, reset: string][] = [
  ["You've hit your 5-hour limit · resets 7:28am (UTC)", '2026-11-21T04:28:00Z', 'Asia/Tokyo', '2026-11-21T07:28:00Z'],
  ['weekly limit · resets Nov 24, 2:28am (America/New_York)', '2026-11-21T04:28:00Z', 'UTC', '2026-11-24T07:28:00Z'],
  ['resets 3:45pm', '2026-01-05T12:00:00Z', 'UTC', '2026-01-05T15:45:00Z'],
  ['resets 3:45pm', '2026-01-05T12:00:00Z', 'America/New_York', '2026-01-05T20:45:00Z'],
  ['resets 3pm', '2026-01-05T16:00:00Z', 'UTC', '2026-01-06T15:00:00Z'],
  ['resets 12:00am', '2026-01-05T16:00:00Z', 'UTC', '2026-01-06T00:00:00Z'],
  ['resets 12pm', '2026-01-05T11:00:00Z', 'UTC', '2026-01-05T12:00:00Z'],
  ['resets Mon 12:00am', '2026-01-07T16:00:00Z', 'UTC', '2026-01-12T00:00:00Z'],
  ['resets Monday at 12:00am', '2026-01-05T00:30:00Z', 'UTC', '2026-01-12T00:00:00Z'],
  ['resets Jan 2, 9am', '2025-12-31T16:00:00Z', 'UTC', '2026-01-02T09:00:00Z'],
  ['resets Jan 2, 2027, 9am', '2025-12-31T16:00:00Z', 'UTC', '2027-01-02T09:00:00Z'],
  // A day of 25 hours, one of 23.
  ['resets 9am', '2026-10-31T20:00:00Z', 'America/New_York', '2026-11-01T14:00:00Z'],
  ['resets 9am', '2026-03-07T20:00:00Z', 'America/New_York', '2026-03-08T13:00:00Z'],
  // A time that does not exist, and one that exists twice: the later hour is passed, the first is taken while it is ahead.
  ['resets 2:30am', '2026-03-08T05:00:00Z', 'America/New_York', '2026-03-08T07:30:00Z'],
  ['resets 1:30am', '2026-11-01T05:00:00Z', 'America/New_York', '2026-11-01T05:30:00Z'],
  ['resets 1:30am', '2026-11-01T05:45:00Z', 'America/New_York', '2026-11-01T06:30:00Z'],
  // A quarter of an hour off, and the far side of the date line.
  ['resets 6am', '2026-01-05T12:00:00Z', 'Asia/Kathmandu', '2026-01-06T00:15:00Z'],
  ['resets 6am', '2026-01-05T12:00:00Z', 'Pacific/Kiritimati', '2026-01-05T16:00:00Z'],
  // Seconds are left out, so it may just have passed.
  ['resets 3:45pm', '2026-01-05T15:45:30Z', 'UTC', '2026-01-05T15:45:00Z'],
  // A zone that nobody knows counts as none.
  ['resets 3:45pm (Nowhere/Town)', '2026-01-05T12:00:00Z', 'UTC', '2026-01-05T15:45:00Z'],
];

describe('the time in a text about a limit', () => {
  test.each(TEXTS)('%s, said at %s in %s', (text, said, zone, reset) => {
    expect(new Date(resetIn(text, at(said), zone) ?? 0).toISOString()).toBe(new Date(at(reset)).toISOString());
  });

  test.each(['You have hit a limit', 'resets soon', 'resets 25:00pm', 'resets 3:75pm', 'resets Blah 3pm', ''])('none in: %s', (text) => {
    expect(resetIn(text, at('2026-01-05T12:00:00Z'), 'UTC')).toBeUndefined();
  });
});
