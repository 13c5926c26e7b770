/** The steps of one call, as statements. */
import type { StoredEvent } from '@vp/sdk';
import type { Results, Step } from '../engine.ts';
import { errors } from '../errors.ts';
import type { Driver } from './driver.ts';

const PUT = `INSERT INTO documents (collection, id, version, at, value) VALUES (?, ?, 1, ?, ?)
  ON CONFLICT DO UPDATE SET version = version + 1, at = excluded.at, value = excluded.value RETURNING version`;
const PUT_NEW = 'INSERT INTO documents (collection, id, version, at, value) VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING';
const PUT_OVER = 'UPDATE documents SET version = version + 1, at = ?, value = ? WHERE collection = ? AND id = ? AND version = ?';
const REMOVE = 'DELETE FROM documents WHERE collection = ? AND id = ?';
const APPEND = 'INSERT INTO events (at, stream, type, key, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';

/** What a call did. */
export interface Written {
  readonly results: Results;
  readonly events: readonly StoredEvent[];
}

/** Does all steps of a call within the transaction that is open, or none. @throws VP_STORE_CONFLICT, and what the driver throws */
export function writeCall(driver: Driver, steps: readonly Step[]): Written {
  // One step is all or nothing by itself, and without a condition nothing is taken back.
  const mayTurnBack = steps.length > 1 && steps.some((step) => step.op !== 'append' && step.ifVersion !== undefined);
  if (!mayTurnBack) return writeSteps(driver, steps);
  driver.run('SAVEPOINT call');
  try {
    const written = writeSteps(driver, steps);
    driver.run('RELEASE call');
    return written;
  } catch (error) {
    if (isConflict(error)) {
      driver.run('ROLLBACK TO call');
      driver.run('RELEASE call');
    }
    throw error;
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'VP_STORE_CONFLICT';
}

function writeSteps(driver: Driver, steps: readonly Step[]): Written {
  const events: StoredEvent[] = [];
  const results = steps.map((step) => writeStep(driver, step, events));
  return { results, events };
}

function writeStep(driver: Driver, step: Step, events: StoredEvent[]): number | null {
  switch (step.op) {
    case 'put':
      return put(driver, step);
    case 'remove':
      return remove(driver, step);
    case 'append': {
      const { at, stream, type, key, json } = step;
      const { changes, rowid } = driver.run(APPEND, at, stream, type, key, json);
      if (changes === 0) return null;
      events.push({ seq: rowid, at, stream, type, key, data: JSON.parse(json) });
      return rowid;
    }
    default:
      return step satisfies never;
  }
}

function put(driver: Driver, { collection, id, json, at, ifVersion }: Extract<Step, { op: 'put' }>): number {
  if (ifVersion === undefined) return Number(driver.get(PUT, collection, id, at, json)?.['version']);
  const { changes } =
    ifVersion === 0 ? driver.run(PUT_NEW, collection, id, at, json) : driver.run(PUT_OVER, at, json, collection, id, ifVersion);
  if (changes === 0) throw errors('VP_STORE_CONFLICT', { collection, id, version: ifVersion });
  return ifVersion + 1;
}

function remove(driver: Driver, { collection, id, ifVersion }: Extract<Step, { op: 'remove' }>): null {
  if (ifVersion === undefined) {
    driver.run(REMOVE, collection, id);
    return null;
  }
  const { changes } = driver.run(`${REMOVE} AND version = ?`, collection, id, ifVersion);
  // 0 asks that there is none, and then there is nothing to remove.
  const holds =
    ifVersion === 0 ? driver.get('SELECT 1 FROM documents WHERE collection = ? AND id = ?', collection, id) === undefined : changes > 0;
  if (!holds) throw errors('VP_STORE_CONFLICT', { collection, id, version: ifVersion });
  return null;
}
