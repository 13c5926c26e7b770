/** Tables by name, without the names that every object of JavaScript has. */

/** One table of several; later ones stand above earlier ones. */
export function lookup<T>(...parts: readonly Readonly<Record<string, T>>[]): ReadonlyMap<string, T> {
  return new Map(parts.flatMap((part) => Object.entries(part)));
}
