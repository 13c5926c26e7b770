/** Payloads are frozen before taps see them. */

/** One level, and the events of a batch: deep freezing every line of output would cost more than parsing it. */
export function freezeEvents(payload: unknown): unknown {
  const { events } = payload as { events?: readonly object[] };
  if (events) for (const event of Object.freeze(events)) Object.freeze(event);
  return Object.freeze(payload);
}

/** All the way down, also below what came frozen. Taps share one payload; none may change what the next one judges. */
export function freezeDeep<T>(value: T): T {
  freeze(value, undefined);
  return value;
}

/** `seen` has what was frozen already when it was met: it may hold things that are not, and may hold itself. */
function freeze(value: unknown, seen: Set<object> | undefined): Set<object> | undefined {
  if (typeof value !== 'object' || value === null) return seen;
  let known = seen;
  if (Object.isFrozen(value)) {
    if (known?.has(value)) return known;
    known = (known ?? new Set<object>()).add(value);
  } else Object.freeze(value);
  for (const inner of Object.values(value)) known = freeze(inner, known);
  return known;
}
