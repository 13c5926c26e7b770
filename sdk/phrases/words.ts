/** Comparing phrases: what makes two of them the same, and which is nearest. */

/** Words that change nothing. */
const FILLERS = new Set(['a', 'an', 'the', 'any', 'action', 'actions', 'operation', 'operations', 'incl', 'including']);

/** A phrase in its comparable form: `resource_deletion`, `Resource deletions` and `resourceDeletion` are one. */
export function fold(phrase: string): string {
  const words = phrase
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9*~]+/)
    .filter((word) => word !== '');
  const kept = words.filter((word) => !FILLERS.has(word));
  // A root at the end is what the phrase is about; a stroke between words is not.
  return [...(kept.length > 0 ? kept : words).map(singular), ...(/\s\/\s*$/.test(phrase) ? ['/'] : [])].join(' ');
}

/** The candidate that shares most with a phrase; undefined where all are strange to it. */
export function closest(phrase: string, candidates: readonly string[]): string | undefined {
  const wanted = pairs(fold(phrase));
  let best: { readonly candidate: string; readonly score: number } | undefined;
  for (const candidate of candidates) {
    const score = likeness(wanted, pairs(fold(candidate)));
    if (score > (best?.score ?? 0.3)) best = { candidate, score };
  }
  return best?.candidate;
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/** Neighbouring letters, which survive a slip of the keyboard and a change of order. */
function pairs(text: string): Set<string> {
  return new Set(text.split('').map((letter, index) => letter + (text[index + 1] ?? ' ')));
}

/** Dice's coefficient. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return a.size + b.size === 0 ? 0 : (2 * a.intersection(b).size) / (a.size + b.size);
}
