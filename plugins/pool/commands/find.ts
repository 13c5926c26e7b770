/** From what a person types to a request. */
import type { Pool, PoolEvents, PoolRow, Remote } from '@vp/sdk';
import { errors } from '../errors.ts';

/** A shorter beginning of an id fits too many. */
const SHORTEST_PREFIX = 6;

/**
 * The row of a session or request, by its id or an unambiguous beginning of it.
 * @throws VP_REQUEST_UNKNOWN, with the nearest one
 */
export async function findRow(service: Remote<Pool, PoolEvents>, id = ''): Promise<PoolRow> {
  const exact = await service.getSession(id);
  if (exact !== null) return exact;
  const rows = await service.listSessions();
  const ids = rows.flatMap((row) => [...new Set([row.sessionId, row.requestId])].map((one) => ({ one, row })));
  const fits = new Set(ids.filter(({ one }) => id.length >= SHORTEST_PREFIX && one.startsWith(id)).map(({ row }) => row));
  const [only, another] = fits;
  if (only !== undefined && another === undefined) return only;
  throw errors('VP_REQUEST_UNKNOWN', { id }, { hint: hintFor(id, [...fits], ids) });
}

function hintFor(id: string, fits: readonly PoolRow[], all: readonly { readonly one: string; readonly row: PoolRow }[]): string {
  if (fits.length > 1) return `It is the beginning of ${fits.length}: ${fits.map(({ sessionId }) => sessionId).join(', ')}.`;
  const nearest = all
    .map(({ one }) => ({ one, common: commonLength(one, id) }))
    .toSorted((a, b) => b.common - a.common)
    .find(({ common }) => common > 0)?.one;
  const known = '`vp sessions --all` lists those that are known.';
  return nearest === undefined ? known : `Did you mean ${nearest}? Give at least ${SHORTEST_PREFIX} characters. ${known}`;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
