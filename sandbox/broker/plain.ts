/** Reading hostile objects: own keys only, known keys only. */

/** An object's own entries, once it is known that it is a plain one without other keys than these. @throws TypeError */
export function entriesOf(value: unknown, keys: readonly string[], what: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${what} must be an object`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`${what} must be a plain object`);
  const entries = new Map(Object.entries(value));
  const unknown = [...entries.keys()].find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw new TypeError(`${what} has the key ${JSON.stringify(unknown.slice(0, 60))}; it may have ${keys.join(', ')}`);
  return entries;
}

/** Text of at most `length` characters. @throws TypeError */
export function textOf(value: unknown, length: number, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`${what} must be text`);
  if (value.length > length) throw new TypeError(`${what} has more than ${length} characters`);
  return value;
}
