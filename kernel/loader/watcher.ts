/** Watches the files that plugins and the config are made of. Tells which ones changed, once they have been quiet for a moment. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FSWatcher } from 'chokidar';

/** Called with the absolute paths that changed. */
export type OnChange = (files: ReadonlySet<string>) => void;

export class Watcher {
  readonly #onChange: OnChange;
  readonly #debounceMs: () => number;
  /** One watcher a folder: each tells when it is ready, which a shared one does only once. */
  readonly #watchers = new Map<string, Promise<FSWatcher>>();
  readonly #changed = new Set<string>();
  /** Until the first folders are watched: what is saved after this moment may have been read before. One millisecond is the clock's. */
  #unwatchedSince: number | undefined = Date.now() + 1;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(debounceMs: () => number, onChange: OnChange) {
    this.#debounceMs = debounceMs;
    this.#onChange = onChange;
  }

  /**
   * Watches the folders of these files and no others. Folders, because an editor that saves by renaming replaces the file, and
   * because a version that does not compile may be mended by a file that was not there before. Resolves once no change is missed.
   */
  async watch(files: Iterable<string>): Promise<void> {
    const watched = [...files];
    const dirs = new Set(watched.map((file) => dirname(file)));
    const gone = [...this.#watchers.keys()].filter((dir) => !dirs.has(dir));
    await Promise.all(gone.map((dir) => this.#unwatch(dir)));
    if (this.#closed) return;
    for (const dir of dirs) if (!this.#watchers.has(dir)) this.#watchers.set(dir, this.#open(dir));
    await Promise.all(this.#watchers.values());
    const since = this.#unwatchedSince;
    this.#unwatchedSince = undefined;
    if (since !== undefined) for (const file of watched) if (savedAt(file) > since) this.#note(file);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#watchers.keys()].map((dir) => this.#unwatch(dir)));
  }

  async #unwatch(dir: string): Promise<void> {
    const opening = this.#watchers.get(dir);
    this.#watchers.delete(dir);
    await (await opening)?.close();
  }

  async #open(dir: string): Promise<FSWatcher> {
    const { watch } = await import('chokidar');
    const isIgnored = (path: string, stats: { isFile(): boolean } | undefined): boolean => {
      if (path === dir || stats === undefined) return false;
      return !stats.isFile() || !/\.(?:[cm]?[jt]s|json|ya?ml)$/.test(path);
    };
    const watcher = watch(dir, { depth: 0, ignoreInitial: true, ignored: isIgnored });
    watcher.on('all', (_event, path) => this.#note(path));
    watcher.on('error', () => undefined); // the folder went away; its plugin runs on with the code that it has
    await new Promise<void>((resolve) => void watcher.once('ready', () => resolve()));
    return watcher;
  }

  #note(path: string): void {
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), this.#debounceMs());
  }

  #tell(): void {
    const files = new Set(this.#changed);
    this.#changed.clear();
    this.#onChange(files);
  }
}

/** Epoch milliseconds; 0 where there is no such file. */
function savedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
