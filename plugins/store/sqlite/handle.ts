/**
 * What generations of the plugin hand on: the open database and the calls that wait for a commit. Plain data, since the one who made
 * it may be an older version. The generation in force writes, also the calls that the one before took.
 */
import type { StoredEvent } from '@vp/sdk';
import type { Results, Step } from '../engine.ts';
import type { Driver } from './driver.ts';

/** A call that waits. */
export interface Waiting {
  readonly steps: readonly Step[];
  readonly resolve: (results: Results) => void;
  readonly reject: (error: unknown) => void;
}

export interface Handle {
  readonly driver: Driver;
  /** Oldest first. */
  waiting: Waiting[];
  /** Bytes of JSON in `waiting`. */
  bytes: number;
  /** A commit will be made as soon as this turn of the event loop has ended. */
  isScheduled: boolean;
  isClosed: boolean;
  /** Commits what waits. Of the generation in force. */
  flush: () => void;
  /** Tells of events on disk. Of the generation in force. */
  tell: (events: readonly StoredEvent[]) => void;
  /** Events that are not told yet, and whether somebody is telling. */
  untold: (readonly StoredEvent[])[];
  isTelling: boolean;
}

export function newHandle(driver: Driver): Handle {
  return {
    driver,
    waiting: [],
    bytes: 0,
    isScheduled: false,
    isClosed: false,
    flush: () => undefined,
    tell: () => undefined,
    untold: [],
    isTelling: false,
  };
}

/** Commits what waits and closes the database, which brings the journal into it. */
export function closeHandle(handle: Handle): void {
  handle.flush();
  handle.isClosed = true;
  handle.driver.close();
}
