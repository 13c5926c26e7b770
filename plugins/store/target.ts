/** Files that the store makes at a caller's wish. */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { reasonOf } from '@vp/sdk';
import { errors } from './errors.ts';

/** Makes the file, mode 0600, and fills it; takes it away again where that fails. On disk when it resolves. @throws VP_STORE_TARGET */
export async function intoTarget<T>(path: string, fill: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await create(path);
  try {
    const result = await fill(file);
    await file.sync();
    return result;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function create(path: string): Promise<FileHandle> {
  if (!isAbsolute(path)) throw errors('VP_STORE_TARGET', { path, why: 'the path is relative' });
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST' ? 'it exists already' : reasonOf(cause);
    throw errors('VP_STORE_TARGET', { path, why }, { cause });
  }
}
