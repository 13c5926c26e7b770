/** Which model costs less, told by the family in its name. */

/** The cheapest first. */
const FAMILIES = ['haiku', 'sonnet', 'opus'];

/**
 * Whether a model is of a cheaper family than the one in use. One that is not known is never chosen; beside one in use that is not
 * known, or where the agent chooses by itself, only the cheapest family is surely cheaper.
 */
export function isCheaper(wanted: string, current: string | undefined): boolean {
  const rank = rankOf(wanted);
  if (rank === undefined) return false;
  const ceiling = (current === undefined ? undefined : rankOf(current)) ?? 1;
  return rank < ceiling;
}

/** Undefined where the name does not tell of one family, and no more than its version. */
function rankOf(model: string): number | undefined {
  if (!/^[a-z0-9][a-z0-9.@:-]*$/.test(model)) return undefined;
  const found = model.split(/[^a-z]+/).flatMap((word) => (FAMILIES.includes(word) ? [FAMILIES.indexOf(word)] : []));
  return found.length === 1 ? found[0] : undefined;
}
