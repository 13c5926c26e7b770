/** The version of this kernel and the folder of its package, as its package.json says. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Looked for upwards: the sources and the built files may lie at different depths. */
function findRoot(dir: string): string {
  return existsSync(join(dir, 'package.json')) || dirname(dir) === dir ? dir : findRoot(dirname(dir));
}

/** Absolute path of the kernel's package. */
export const packageRoot = realpathSync(findRoot(import.meta.dirname));

export const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
