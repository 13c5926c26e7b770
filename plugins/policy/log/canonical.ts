/** One text for one value, and its hash. */
import { createHash } from 'node:crypto';

/** JSON with sorted keys and no spaces. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) => (isRecord(item) ? Object.fromEntries(Object.entries(item).toSorted(byKey)) : item)) ??
    'null'
  );
}

/** SHA-256 of the canonical text, hexadecimal. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
