/** What the parts of the pool work with. */
import {
  isVpError,
  type Charters,
  type Facade,
  type Logger,
  type PoolEvents,
  type PoolRow,
  type Recovery,
  type RecoveryEvents,
  type SessionEvents,
  type SessionRow,
  type Sessions,
} from '@vp/sdk';
import type { Options } from './config.ts';
import type { Journal } from './journal.ts';
import type { Entry, Ledger } from './ledger.ts';
import { rowOf, type Place } from './rows.ts';

/** Of one version of the plugin. */
export interface Tools {
  readonly config: Options;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly sessions: Facade<Sessions, SessionEvents>;
  readonly charters: Facade<Charters>;
  /** Undefined where nobody recovers now. */
  readonly recovery: () => Facade<Recovery, RecoveryEvents> | undefined;
  readonly log: Logger;
}

/** Tells an event, whichever version of the plugin is in force by now. */
export function tell<K extends keyof PoolEvents>({ ledger }: Tools, event: K, payload: PoolEvents[K]): void {
  ledger.emit(event, payload);
}

/** The session's row now; null where it is not known or nobody can tell. */
export function liveRow({ sessions }: Tools, sessionId: string): SessionRow | null {
  try {
    return sessions.getSessionStatus(sessionId);
  } catch (error) {
    if (isVpError(error) && error.code === 'VP_SERVICE_UNAVAILABLE') return null;
    throw error;
  }
}

/** The row of an open request. */
export function openRow(tools: Tools, { request }: Entry, place: Place | null = null): PoolRow {
  return rowOf(request, request.attempts === 0 ? null : liveRow(tools, request.sessionId), place);
}
