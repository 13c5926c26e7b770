/** The config file that a command means: the one it is given, else the one that holds for the working directory. */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { kernelError, reasonOf } from '../core/errors.ts';
import { findConfig } from '../loader/config.ts';

/** Its absolute path; undefined where there is none. @throws VP_CONFIG_UNREADABLE */
export async function configFile(cwd: string, given?: unknown): Promise<string | undefined> {
  if (typeof given === 'string') return resolve(cwd, given);
  try {
    const found = await findConfig(cwd);
    checkReadable(cwd, found);
    return found;
  } catch (cause) {
    // The search reads JSON files, to see whether a package.json has a part for VP.
    const file = (cause as { filepath?: unknown; path?: unknown }).filepath ?? (cause as { path?: unknown }).path;
    throw kernelError('VP_CONFIG_UNREADABLE', { why: reasonOf(cause) }, { ...(typeof file === 'string' ? { file } : {}), cause });
  }
}

/** The search passes over what it may not read. A kernel without the policies that are written there must not start. */
function checkReadable(cwd: string, found: string | undefined): void {
  for (const dir of searched(cwd, found)) {
    for (const name of readdirSync(dir))
      if (/^vp\.config\.(?:ts|js|mjs|json|yaml)$/.test(name)) accessSync(join(dir, name), constants.R_OK);
  }
}

/** The folders that the search looked at: up to what it found, else up to the root of the repository. */
function searched(cwd: string, found: string | undefined): string[] {
  const dirs: string[] = [];
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    dirs.push(dir);
    if (dir === (found && dirname(found)) || existsSync(join(dir, '.git'))) return dirs;
    if (dirname(dir) === dir) return [resolve(cwd)];
  }
}
