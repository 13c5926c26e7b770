/** Whether a start that an earlier kernel did not see through ever began. */
import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import type { SessionFolder } from './folder.ts';
import { readExit, readProcess } from './holder.ts';

/**
 * A holder's first step is to make `bell`. Whoever makes it first has the folder: where this gives false no holder has begun, and none
 * will, since that step fails.
 */
export function hasBegun(folder: SessionFolder): boolean {
  if (readProcess(folder.pid) !== undefined || readExit(folder) !== undefined) return true;
  try {
    closeSync(openSync(folder.bell, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // A plain file is the mark of a kernel that was here before and did not come to the end of it.
    return !lstatSync(folder.bell).isFile();
  }
}
