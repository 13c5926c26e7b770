/** Queries. */
import type { DocumentQuery, EventQuery, StoredDocument, StoredEvent } from '@vp/sdk';
import type { CollectedDocument, Snapshot } from '../engine.ts';
import type { Bound, Driver, Row } from './driver.ts';

const PAGE = 1_000;
/** Of a snapshot less is read at once: values may be large. */
const SNAPSHOT_PAGE = 100;

export function getDocument(driver: Driver, collection: string, id: string): StoredDocument | null {
  const row = driver.get('SELECT id, version, at, value FROM documents WHERE collection = ? AND id = ?', collection, id);
  return row === undefined ? null : documentOf(row);
}

/** In the order of the ids, by code point. */
export function listDocuments(driver: Driver, collection: string, { where, after, limit = PAGE }: DocumentQuery): StoredDocument[] {
  const { sql, values } = conditions(where);
  const from = after === undefined ? '' : ' AND id > ?';
  const rows = driver.all(
    `SELECT id, version, at, value FROM documents WHERE collection = ?${from}${sql} ORDER BY id LIMIT ?`,
    collection,
    ...(after === undefined ? [] : [after]),
    ...values,
    limit,
  );
  return rows.map(documentOf);
}

export function countDocuments(driver: Driver, collection: string, where: DocumentQuery['where']): number {
  const { sql, values } = conditions(where);
  return Number(driver.get(`SELECT count(*) AS n FROM documents WHERE collection = ?${sql}`, collection, ...values)?.['n']);
}

export function listEvents(driver: Driver, { after, stream, types, since, newestFirst = false, limit = PAGE }: EventQuery): StoredEvent[] {
  const parts: [sql: string, ...values: Bound[]][] = [['seq > ?', after ?? 0]];
  if (stream !== undefined) parts.push(['stream = ?', stream]);
  if (types !== undefined) parts.push([`type IN (SELECT value FROM json_each(?))`, JSON.stringify(types)]);
  if (since !== undefined) parts.push(['at >= ?', since]);
  const conditionsSql = parts.map(([sql]) => sql).join(' AND ');
  const rows = driver.all(
    `SELECT seq, at, stream, type, key, data FROM events WHERE ${conditionsSql} ORDER BY seq ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
    ...parts.flatMap(([, ...values]) => values),
    limit,
  );
  return rows.map(eventOf);
}

/** A snapshot over a connection of its own. */
export function snapshotOf(driver: Driver): Snapshot {
  return {
    documents: (after) =>
      driver
        .all(
          'SELECT collection, id, version, at, value FROM documents WHERE (collection, id) > (?, ?) ORDER BY collection, id LIMIT ?',
          after?.collection ?? '',
          after?.id ?? '',
          SNAPSHOT_PAGE,
        )
        .map((row): CollectedDocument => ({ collection: String(row['collection']), ...documentOf(row) })),
    events: (after) => listEvents(driver, { after, limit: SNAPSHOT_PAGE }),
    close: () => driver.close(),
  };
}

/** Compared as JSON text, in which every value has one form: 1 is not "1" nor true, and null is not a field that is missing. */
function conditions(where: DocumentQuery['where'] = {}): { sql: string; values: Bound[] } {
  const fields = Object.entries(where);
  return {
    sql: fields.map(() => ' AND value -> ? = ?').join(''),
    values: fields.flatMap(([field, value]) => [`$."${field}"`, JSON.stringify(value)]),
  };
}

function documentOf({ id, version, at, value }: Row): StoredDocument {
  return { id: String(id), version: Number(version), updatedAt: Number(at), value: JSON.parse(String(value)) as unknown };
}

function eventOf({ seq, at, stream, type, key, data }: Row): StoredEvent {
  return {
    seq: Number(seq),
    at: Number(at),
    stream: String(stream),
    type: String(type),
    key: key as string | null,
    data: JSON.parse(String(data)) as unknown,
  };
}
