/** What a rule found, before anything is lifted. */
import type { Effect, Facts, JudgedFinding, Span } from '@vp/sdk';

/** An objection, and what it objects to. */
export interface RuleFinding extends Omit<JudgedFinding, 'dischargedBy'> {
  /** The effects that it is about; empty where it is about something else. */
  readonly effects: readonly Effect[];
  /** A charter's `autoApprove` may lift it. */
  readonly liftable: boolean;
}

/** One thing that could not be told. */
export type Unknown = Facts['unknowns'][number];

/** The part of the text that a finding points at: the first of its effects that has one. */
export function spanOf(effects: readonly Effect[]): Span | null {
  return effects.find(({ span }) => span !== undefined)?.span ?? null;
}
