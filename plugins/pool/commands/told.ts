/** What happens to a session, as `vp run` and `vp session logs` print it: lines of JSON, or lines for a person. */
import type { Accepted, CommandContext, PoolEvents, PoolRow, SessionEvents } from '@vp/sdk';
import { View } from './view.ts';

/** Events of a session that are told as they come. */
export type Followed = 'session-spawned' | 'session-output' | 'session-state' | 'verdict';

/** What happens, in order. */
export type Told =
  | ({ readonly type: 'request-queued' } & Accepted)
  | { [E in Followed]: { readonly type: E } & SessionEvents[E] }[Followed]
  | ({ readonly type: 'session-recovering' } & PoolEvents['session-recovering'])
  | { readonly type: 'session-ended'; readonly sessionId: string; readonly status: PoolRow };

/** Prints what is told. */
export function tellerOf(context: CommandContext): (told: Told) => void {
  return context.json ? jsonTeller(context) : viewTeller(context);
}

/** What a command says of an end as JSON. */
export function flatEnd(row: PoolRow): Readonly<Record<string, unknown>> {
  const { requestId, state, result, usage, costUsd, attempts, exitCode, signal, reason, error } = row;
  return { requestId, state, result, usage, costUsd, attempts, exitCode, signal, reason, error };
}

/** One JSON object a line. */
function jsonTeller(context: CommandContext): (told: Told) => void {
  let seq = 0;
  return (told) => {
    const { type, sessionId } = told;
    const more = told.type === 'session-ended' ? flatEnd(told.status) : told;
    // The first keys stay first where `more` has them too.
    context.print(JSON.stringify({ type, seq, at: new Date().toISOString(), sessionId, ...more }));
    seq += 1;
  };
}

function viewTeller(context: CommandContext): (told: Told) => void {
  const view = new View(context.tty && !context.env['NO_COLOR']);
  return (told) => {
    for (const line of linesOf(view, told)) context.print(line);
  };
}

function linesOf(view: View, told: Told): string[] {
  switch (told.type) {
    case 'request-queued':
      return view.queued(told.position, told.estimatedWaitMs);
    case 'session-spawned':
      return view.started(told.row);
    case 'session-output':
      return told.events.flatMap((event) => view.event(event));
    case 'verdict':
      return view.verdict(told);
    case 'session-recovering':
      return view.recovering(told);
    case 'session-ended':
      // What kept it from starting is told as an error.
      return told.status.error === null ? view.ended(told.status) : [];
    case 'session-state':
      return [];
    default:
      return never(told);
  }
}

function never(value: never): never {
  throw new TypeError(`not told: ${JSON.stringify(value)}`);
}
