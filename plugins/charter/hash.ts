/** The identity of a charter's content. */
import { createHash } from 'node:crypto';

/** SHA-256 of the value's canonical JSON, hexadecimal. Equal content gives an equal hash, whatever the order of keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** JSON with sorted keys and no spaces. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) => (isRecord(item) ? Object.fromEntries(Object.entries(item).toSorted(byKey)) : item)) ??
    'null'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
