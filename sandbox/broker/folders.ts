/**
 * How a folder below the config's is opened so that nobody can put a link in the way, not even between the look and the use. On Linux
 * each name is opened in the folder opened before it, by way of `/proc/self/fd`, without following links: the descriptor then is the
 * folder, whatever becomes of its name. Elsewhere see portable.ts.
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { openFolderByName } from './portable.ts';

/** An open folder. */
export interface OpenFolder {
  /** A path of the folder itself. */
  readonly path: string;
  /** A path of what is called `name` in it, for calls that do not follow a link in the last place. */
  at(name: string): string;
  /** Whether what `path` and `at` name still is the folder that was opened. */
  isSame(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the folder `parts` below `base`. `admit` is told of every folder on the way and may throw. */
export type OpenFolderAt = (base: string, parts: readonly string[], admit: (stats: BigIntStats) => void) => Promise<OpenFolder>;

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** What this system has. */
export const openFolder: OpenFolderAt = process.platform === 'linux' ? openFolderByDescriptor : openFolderByName;

async function openFolderByDescriptor(base: string, parts: readonly string[], admit: (stats: BigIntStats) => void): Promise<OpenFolder> {
  // The config's own folder may be reached by a link: the user named it.
  let handle = await open(base, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  try {
    admit(await handle.stat({ bigint: true }));
    for (const part of parts) {
      handle = await step(handle, part);
      admit(await handle.stat({ bigint: true }));
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  const path = `/proc/self/fd/${handle.fd}`;
  return { path, at: (name) => `${path}/${name}`, isSame: () => Promise.resolve(true), close: () => handle.close() };
}

/** Opens a name in an open folder and closes that one. Where it fails the folder is left open. */
async function step(from: FileHandle, name: string): Promise<FileHandle> {
  const path = `/proc/self/fd/${from.fd}/${name}`;
  const next = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK).catch(async (error: unknown) => {
    // The system calls a link "not a folder" here.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR' || !(await lstat(path)).isSymbolicLink()) throw error;
    throw Object.assign(new Error('a link is in the way'), { code: 'ELOOP' });
  });
  await from.close();
  return next;
}
