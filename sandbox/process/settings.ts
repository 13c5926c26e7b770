/** What a host is started with. */
import type { Limits } from '../limits.ts';
import type { Boot, FromGuest } from '../protocol.ts';
import type { Seams } from '../seams.ts';

/** What a guest says of itself. */
export type GuestMessage = Exclude<FromGuest, { k: 'ret' }>;

/** One host, one generation of one plugin. */
export interface HostSettings {
  readonly plugin: string;
  /** The state folder. */
  readonly home: string;
  readonly limits: Limits;
  readonly prelude: string;
  readonly code: string;
  /** Names the code in stack traces. */
  readonly file: string;
  readonly boot: Boot;
  readonly seams?: Seams;
  /** Milliseconds from the spawn until the process is up. Default 10,000. */
  readonly startMs?: number;
  /** Ends the process at once when aborted, also while it starts. */
  readonly signal?: AbortSignal;
  /** Turns positions of the bundle in a stack into those of its sources. */
  readonly mapStack?: (stack: string) => string;
  /** Hears what the guest says, in its order, until its host is ended. */
  onMessage(message: GuestMessage): void;
  /** Hears of what was dropped since the last time. */
  onDropped(count: { messages: number; logs: number }): void;
}
