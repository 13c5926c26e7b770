/** Payloads are frozen before taps see them. */

/** One level, and the events of a batch: deep freezing every line of output would cost more than parsing it. */
export function freezeEvents(payload: unknown): unknown {
  const { events } = payload as { events?: readonly object[] };
  if (events) for (const event of Object.freeze(events)) Object.freeze(event);
  return Object.freeze(payload);
}

/** All the way down. Taps share one payload; none may change what the next one judges. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeDeep(inner);
  return value;
}
