/** When a limit is reset, from what the agent says of it, such as "resets 3:45pm" or "resets Nov 24, 2:28am (Europe/Berlin)". Pure. */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The agent leaves out seconds, so the time may be just past when it is said. */
const ROUNDED_MS = 2 * MINUTE_MS;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const RESETS =
  /\bresets?(?: at| on)? +(?:(?<word>[A-Za-z]{3,9})\.?(?: +(?<day>\d{1,2}))?,?(?: +(?<year>\d{4}),?)?(?: +at)? +)?(?<hour>\d{1,2})(?::(?<minute>\d{2}))? ?(?<half>[ap]m)(?: *\((?<zone>[A-Za-z0-9_+/-]{1,60})\))?/i;

interface Clock {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/**
 * The time that a text names, epoch milliseconds; undefined where it names none. `said`: when it was said. `localZone`: where the
 * agent runs; a zone in the text wins.
 */
export function resetIn(text: string, said: number, localZone: string): number | undefined {
  const found = RESETS.exec(text)?.groups;
  if (found === undefined) return undefined;
  const zone = isZone(found['zone']) ? found['zone'] : localZone;
  const hour = (Number(found['hour']) % 12) + (found['half']?.toLowerCase() === 'pm' ? 12 : 0);
  const minute = Number(found['minute'] ?? 0);
  if (Number(found['hour']) > 12 || minute > 59) return undefined;
  const today = clockIn(zone, said);
  const word = found['word']?.slice(0, 3).toLowerCase();
  const month = word === undefined ? -1 : MONTHS.indexOf(word);
  if (month >= 0 && found['day'] !== undefined) {
    const years = found['year'] === undefined ? [today.year, today.year + 1] : [Number(found['year'])];
    return firstAfter(
      years.map((year) => ({ year, month, day: Number(found['day']), hour, minute })),
      zone,
      said - DAY_MS,
    );
  }
  const weekday = word === undefined ? -1 : DAYS.indexOf(word);
  if (word !== undefined && weekday < 0) return undefined;
  const ahead = Array.from({ length: 9 }, (_, days) => ({ ...today, day: today.day + days, hour, minute }));
  return firstAfter(weekday < 0 ? ahead : ahead.filter((clock) => weekdayOf(clock) === weekday), zone, said - ROUNDED_MS);
}

/** The zone of this process. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function firstAfter(clocks: readonly Clock[], zone: string, limit: number): number | undefined {
  const times = clocks.flatMap((clock) => instants(clock, zone));
  return times.find((time) => time >= limit) ?? times.at(-1);
}

/** What a clock on the wall stands for: two times where it is set back, and the time after the gap where it is put forward. */
function instants(clock: Clock, zone: string): number[] {
  const utc = utcOf(clock);
  const times = [utc - offsetAt(zone, utc - DAY_MS), utc - offsetAt(zone, utc + DAY_MS)];
  const real = [...new Set(times)].filter((time) => utcOf(clockIn(zone, time)) === utc);
  return real.length > 0 ? real.toSorted((a, b) => a - b) : [Math.max(...times)];
}

function offsetAt(zone: string, time: number): number {
  return utcOf(clockIn(zone, time)) - Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

function clockIn(zone: string, time: number): Clock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return { year: part('year'), month: part('month') - 1, day: part('day'), hour: part('hour'), minute: part('minute') };
}

function utcOf({ year, month, day, hour, minute }: Clock): number {
  return Date.UTC(year, month, day, hour, minute);
}

function weekdayOf({ year, month, day }: Clock): number {
  return new Date(Date.UTC(year, month, day)).getUTCDay();
}

function isZone(zone: string | undefined): zone is string {
  if (zone === undefined) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
