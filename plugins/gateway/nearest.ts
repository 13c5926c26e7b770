/** The known word that somebody probably meant. */

/** A word that is longer was no slip of a finger. */
const LONGEST = 100;

/** `Did you mean "…"? `, or nothing where no known word is near. */
export function nearest(word: string, known: readonly string[]): string {
  if (word.length > LONGEST) return '';
  const limit = Math.max(2, Math.floor(word.length * 0.4));
  const [best] = known
    .map((one) => ({ one, away: one.endsWith(`.${word}`) ? 0 : distance(word, one) }))
    .filter(({ away }) => away <= limit)
    .toSorted((a, b) => a.away - b.away);
  return best === undefined ? '' : `Did you mean "${best.one}"? `;
}

/** How many letters have to be put in, taken out or exchanged (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of a.split('').entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const exchanged = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, exchanged));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
