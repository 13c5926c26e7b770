/** Finds the agent's program. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { errors } from '../errors.ts';

/** The absolute path of a program by name or path. @throws VP_CLAUDE_MISSING */
export function findBin(bin: string, path: string | undefined, cwd: string): string {
  const candidates = bin.includes('/')
    ? [isAbsolute(bin) ? bin : resolve(cwd, bin)]
    : (path ?? '')
        .split(delimiter)
        .filter(isAbsolute)
        .map((dir) => join(dir, bin));
  const found = candidates.find(isProgram);
  if (found === undefined) throw errors('VP_CLAUDE_MISSING', { bin });
  return found;
}

/** What tells one installation of a program from the next: its real path, time and size. */
export function binKey(bin: string): string {
  const path = realpathSync(bin);
  const { mtimeMs, size } = statSync(path);
  return `${path} ${mtimeMs} ${size}`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
