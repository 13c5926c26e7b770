/** All data as JSON, one document or event a line, a page at a time. */
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { CollectedDocument, Engine } from './engine.ts';
import { errors, storeError } from './errors.ts';

/** Writes what is there at this moment. @throws VP_STORE_FULL, VP_STORE_CLOSED */
export async function exportLines(
  engine: Engine,
  file: FileHandle,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly documents: number; readonly events: number }> {
  const snapshot = engine.snapshot();
  const count = { documents: 0, events: 0 };
  const write = async (kind: 'document' | 'event', rows: readonly object[]): Promise<void> => {
    await file.appendFile(rows.map((row) => `${JSON.stringify({ kind, ...row })}\n`).join(''));
    // Others get their turn between two pages.
    await turn();
    if (signal.aborted) throw errors('VP_STORE_CLOSED');
  };
  try {
    let last: CollectedDocument | undefined;
    for (let page = snapshot.documents(undefined); page.length > 0; page = snapshot.documents(last)) {
      await write('document', page);
      count.documents += page.length;
      last = page.at(-1);
    }
    for (let page = snapshot.events(0); page.length > 0; page = snapshot.events(page.at(-1)?.seq ?? 0)) {
      await write('event', page);
      count.events += page.length;
    }
    return count;
  } catch (error) {
    throw storeError(error, path);
  } finally {
    snapshot.close();
  }
}
