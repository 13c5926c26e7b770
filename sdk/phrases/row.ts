/** The shape of the table of phrases. */
import type { Effect, EffectKind, Facts } from '@vp/schemas/types';

/**
 * A predicate over what a call would do. Exactly one of `kinds`, `ops`, `command`, `tool`, `unknown` says what is looked at; the others
 * narrow it.
 */
export interface ActionMatch {
  /** Effects of these kinds. */
  readonly kinds?: readonly EffectKind[];
  /** Effects with these ops: whole names, or `git.*`. */
  readonly ops?: readonly string[];
  /** Only effects on paths that lie here. */
  readonly scopes?: readonly NonNullable<Effect['scope']>[];
  /** Only effects on these targets, `*` standing for anything. An unknown target may be any. */
  readonly targets?: readonly string[];
  /** Only effects on other targets than these. An unknown target may be any. */
  readonly notTargets?: readonly string[];
  /** Simple commands that begin with these words, options in any order. */
  readonly command?: string;
  /** Calls of this tool of the agent, `*` standing for anything. */
  readonly tool?: string;
  /** What could not be told about a call. */
  readonly unknown?: readonly Facts['unknowns'][number]['what'][];
}

/** One row: words that mean the same, and what they cover. */
export interface PhraseRow {
  /** Stable name, usable in a charter as well. */
  readonly id: string;
  readonly phrases: readonly string[];
  /** For a person: what it covers. */
  readonly meaning: string;
  readonly covers: readonly ActionMatch[];
}
