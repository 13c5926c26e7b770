/** The directory that a session works in, and whose memory files reach the model there. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { errors } from '../errors.ts';

/** @throws VP_CWD_INVALID */
export function checkWorkplace(cwd: string): void {
  const fault = faultOf(cwd);
  if (fault !== undefined) throw errors('VP_CWD_INVALID', { cwd, why: fault });
}

/**
 * The directory itself, and those above it up to the root of its repository that hold a CLAUDE.md: the agent would read these by
 * itself if it also read the project's settings, which it does not.
 */
export function memoryDirs(cwd: string): string[] {
  const above: string[] = [];
  for (let dir = cwd; !existsSync(join(dir, '.git')); dir = dirname(dir)) {
    // Without a repository there is no telling where the project ends.
    if (dirname(dir) === dir) return [cwd];
    above.push(dirname(dir));
  }
  return [cwd, ...above.filter((dir) => existsSync(join(dir, 'CLAUDE.md')) || existsSync(join(dir, '.claude', 'CLAUDE.md')))];
}

function faultOf(cwd: string): string | undefined {
  if (!isAbsolute(cwd)) return 'is not an absolute path';
  const stat = statSync(cwd, { throwIfNoEntry: false });
  if (stat === undefined) return 'does not exist';
  if (!stat.isDirectory()) return 'is not a directory';
  try {
    accessSync(cwd, constants.R_OK | constants.X_OK);
    return undefined;
  } catch {
    return 'cannot be read';
  }
}
