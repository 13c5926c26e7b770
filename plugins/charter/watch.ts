/** Watching the files of one charter. */
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FSWatcher } from 'chokidar';

/** Files being watched. */
export interface Watch {
  readonly files: readonly string[];
  close(): Promise<void>;
}

/** What a watch says. */
export interface WatchListener {
  /** Something may have changed. Also called once when the watch has begun, for what changed before. */
  poke(): void;
  failed(error: unknown): void;
}

/**
 * Watches the folders of these files rather than the files: an editor that saves by renaming puts another file in the old one's
 * place. Where a file is a link, its target is watched too. chokidar is loaded at the first call.
 */
export async function watchFiles(files: readonly string[], listener: WatchListener): Promise<Watch> {
  const { watch } = await import('chokidar');
  const targets = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  const wanted = new Set([...files, ...targets]);
  const folders = new Set([...wanted].map((file) => dirname(file)));
  const watcher: FSWatcher = watch([...folders], {
    depth: 0,
    ignoreInitial: true,
    atomic: false,
    ignored: (path) => !wanted.has(path) && !folders.has(path),
  });
  watcher.on('all', () => listener.poke());
  watcher.on('ready', () => listener.poke());
  watcher.on('error', (error) => listener.failed(error));
  return { files, close: () => watcher.close() };
}
