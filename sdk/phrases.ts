/** The phrases that charters may use for kinds of action, and what each of them covers. `@vp/sdk/phrases`. */
import { PHRASES } from './phrases/table.ts';
import type { ActionMatch, PhraseRow } from './phrases/row.ts';
import { closest, fold } from './phrases/words.ts';

export { PHRASES } from './phrases/table.ts';
export { fold } from './phrases/words.ts';
export type { ActionMatch, PhraseRow } from './phrases/row.ts';

/** What a charter's entry means. */
export interface Meaning {
  /** Ids of the rows that it names. */
  readonly ids: readonly string[];
  /** An action is covered where any of these fits. */
  readonly matches: readonly ActionMatch[];
}

const BY_WORDS: ReadonlyMap<string, PhraseRow> = new Map(
  PHRASES.flatMap((row) => [row.id, ...row.phrases].map((phrase) => [fold(phrase), row] as const)),
);

/** An entry that begins like this is a command, not a phrase: `$ make release`. */
const COMMAND = /^\$\s+(?<command>\S.*)$/;

/**
 * What an entry of `requiredApprovals`, `autoApprove`, … covers: a phrase of the table, several joined by a comma, `/`, `or` or `and`,
 * or a command written as `$ make release`. Upper case, punctuation, plurals and a remark in brackets make no difference. Undefined
 * where a part of it is not in the table.
 */
export function meaningOf(entry: string): Meaning | undefined {
  const command = COMMAND.exec(entry)?.groups?.['command'];
  if (command !== undefined) return { ids: ['command'], matches: [{ command }] };
  const bare = entry.replaceAll(/\([^()]*\)/g, ' ').trim();
  const whole = BY_WORDS.get(fold(bare));
  if (whole) return { ids: [whole.id], matches: whole.covers };
  const parts = bare.split(/\s*,\s*|\s+\/\s+|\s+or\s+|\s+and\s+/).map((part) => BY_WORDS.get(fold(part)));
  const rows = parts.filter((row) => row !== undefined);
  if (rows.length === 0 || rows.length < parts.length) return undefined;
  return { ids: rows.map(({ id }) => id), matches: rows.flatMap(({ covers }) => covers) };
}

/** The phrase of the table that is most like an entry; undefined where none is like it. */
export function nearestPhrase(entry: string): string | undefined {
  const phrases = PHRASES.flatMap(({ id, phrases: others }) => [id, ...others]);
  return closest(entry, phrases);
}
