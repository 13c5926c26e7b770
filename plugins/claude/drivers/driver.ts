/** What an agent program must be able to do for VP to hold a session of it. */
import type { Parsed } from '../protocol/parse.ts';
import type { StoredSpec } from '../state/registry.ts';

/** One kind of agent program. */
export interface Driver {
  /** Messages that go into the spool first, in order. */
  opening(spec: StoredSpec): readonly string[];
  /** The program answers the opening, has turns and accepts messages by their id; otherwise the opening carries the prompt. */
  readonly waits: boolean;
  /** What is said first, once the opening has been answered. */
  prompt(text: string, uuid: string): string;
  /** A line of standard output. */
  parse(session: string, offset: number, text: string, at: number): Parsed;
  /** A further message of the user. */
  input(text: string, uuid: string): string;
  /** Stops the turn; undefined where the program knows no turns. */
  interrupt(id: string): string | undefined;
}

/** The driver of a session's type. */
export type DriverOf = (type: StoredSpec['type']) => Driver;
