/** The spool: what the kernel says to an agent, as numbered files that the holder's feeder copies in order. */
import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionFolder } from './folder.ts';

/**
 * Puts message `n` into the spool and rings. Each message is whole when the feeder sees it.
 * @throws Error of the file system, such as ENOSPC: the message is then not said.
 */
export function spool(folder: SessionFolder, n: number, text: string): void {
  const path = join(folder.spool, String(n));
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  ring(folder);
}

/** Makes the feeder look into the spool; `eof` ends the agent's input after what is there. */
export function ring(folder: SessionFolder, word: 'look' | 'eof' = 'look'): void {
  const bell = openFifo(folder.bell);
  if (bell === undefined) return;
  try {
    writeSync(bell, `${word}\n`);
  } catch {
    // Full of earlier rings: the feeder will look anyway.
  } finally {
    closeSync(bell);
  }
}

/** Whether the holder or its feeder lives. */
export function isLive(folder: SessionFolder): boolean {
  const live = openFifo(folder.live);
  if (live === undefined) return false;
  closeSync(live);
  return true;
}

/** All messages in the spool, oldest first, one at a time in memory. */
export function* spooled(folder: SessionFolder): Generator<{ readonly n: number; readonly text: string }> {
  const numbers = existsSync(folder.spool) ? readdirSync(folder.spool).filter((name) => /^\d+$/.test(name)) : [];
  for (const n of numbers.map(Number).sort((a, b) => a - b)) yield { n, text: readFileSync(join(folder.spool, String(n)), 'utf8') };
}

/** A FIFO opened for writing without waiting; undefined where nobody reads it. */
function openFifo(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
