/** The newest of what a session has said, in short, for rows and reports. */
import type { AgentEvent } from '@vp/sdk';
import type { Progress } from './state.ts';

/** Characters of recent output in a row. */
export const RECENT_OUTPUT = 5_000;
/** Characters of standard error in a report. */
export const STDERR_TAIL = 4_096;
const LAST_EVENTS = 20;
const BRIEF = 500;
const INPUT_FIELDS = 20;

/** Keeps the newest events of a batch, in short, for a report of a crash. Changes `progress`. */
export function remember(progress: Progress, events: readonly AgentEvent[]): void {
  const newest: AgentEvent[] = [];
  for (let n = events.length - 1; n >= 0 && newest.length < LAST_EVENTS; n -= 1) {
    const event = events[n];
    if (event === undefined || event.type === 'other' || event.type === 'status') continue;
    newest.push(inShort(event));
  }
  progress.lastEvents = [...progress.lastEvents, ...newest.reverse()].slice(-LAST_EVENTS);
}

function inShort(event: AgentEvent): AgentEvent {
  const { text, input } = event;
  if ((text?.length ?? 0) <= BRIEF && input === undefined) return event;
  return {
    ...event,
    ...(text === undefined ? {} : { text: text.slice(0, BRIEF) }),
    ...(input === undefined ? {} : { input: cutInput(input, BRIEF) }),
  };
}

/** A call's input for a report: as it is, or its first fields with their long texts cut. */
export function cutInput(input: Readonly<Record<string, unknown>>, length: number): Readonly<Record<string, unknown>> {
  if (JSON.stringify(input).length <= length) return input;
  const cut = (value: unknown): unknown => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text !== undefined && text.length > length ? `${text.slice(0, length)}…` : value;
  };
  return Object.fromEntries(
    Object.entries(input)
      .slice(0, INPUT_FIELDS)
      .map(([key, value]) => [key, cut(value)]),
  );
}

/** Adds a line to text of which the end is kept. Cut only when it has grown to twice the length: cutting at each line would copy all of it each time. */
export function append(text: string, line: string, length: number): string {
  const longer = `${text}${line}\n`;
  return longer.length > 2 * length ? longer.slice(-length) : longer;
}
