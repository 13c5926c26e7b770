/**
 * Opening a folder where `/proc/self/fd` is missing, as on macOS. Best effort: the name must be free of links before and after, and
 * still name what was opened. Who can swap a folder for a link and back in between may win; a plugin cannot, since it makes no links.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenFolder } from './folders.ts';

/** See `OpenFolderAt`. */
export async function openFolderByName(base: string, parts: readonly string[], admit: (stats: BigIntStats) => void): Promise<OpenFolder> {
  const root = await realpath(base);
  const path = join(root, ...parts);
  if ((await realpath(path)) !== path) throw Object.assign(new Error('a link is in the way'), { code: 'ELOOP' });
  for (let count = 0; count <= parts.length; count += 1) admit(await stat(join(root, ...parts.slice(0, count)), { bigint: true }));
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const isSame = async (): Promise<boolean> => {
    const [opened, named, real] = await Promise.all([handle.stat({ bigint: true }), stat(path, { bigint: true }), realpath(path)]);
    return real === path && opened.dev === named.dev && opened.ino === named.ino;
  };
  try {
    if (!(await isSame())) throw Object.assign(new Error('the folder was swapped'), { code: 'ELOOP' });
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { path, at: (name) => join(path, name), isSame, close: () => handle.close() };
}
