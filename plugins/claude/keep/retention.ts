/** Which ended sessions are kept: by age, by number, by the room that they take. */
import { rmSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import { isEnded, type Held } from '../state/registry.ts';

/** Looked at so often, beside the end of each session. */
const CHECK_MS = 60_000;

export class Retention {
  readonly #env: Environment;
  #isCounting = false;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Removes what is kept no longer, where it has not been looked at for a while. */
  tick(): void {
    if (performance.now() - this.#checkedAt >= CHECK_MS) this.apply();
  }

  /** Removes what is kept no longer, oldest first. */
  apply(): void {
    this.#checkedAt = performance.now();
    const { retentionMs, keepEnded, keepMb } = this.#env.config;
    const newestFirst = this.#ended().sort((a, b) => endOf(b) - endOf(a));
    const before = Date.now() - retentionMs;
    let bytes = 0;
    for (const [index, held] of newestFirst.entries()) {
      bytes += held.bytes ?? 0;
      if (endOf(held) < before || index >= keepEnded || bytes > keepMb * 1e6) this.remove(held);
    }
    if (!this.#isCounting && newestFirst.some((held) => held.bytes === null)) void this.#count();
  }

  /** Removes an ended session. */
  remove(held: Held): void {
    rmSync(held.folder.root, { recursive: true, force: true });
    this.#env.registry.sessions.delete(held.id);
  }

  /** Folders are counted one after the other: some have many files. */
  async #count(): Promise<void> {
    this.#isCounting = true;
    for (const held of this.#ended()) held.bytes ??= await bytesIn(held.folder.root);
    this.#isCounting = false;
    this.apply();
  }

  /** Removes all that have ended. Gives their number. */
  clear(): number {
    const ended = this.#ended();
    for (const held of ended) this.remove(held);
    return ended.length;
  }

  /** Those that nothing keeps. */
  #ended(): Held[] {
    const { sessions, starting } = this.#env.registry;
    return [...sessions.values()].filter(({ id, journal }) => isEnded(journal.state) && !journal.kept && !starting.has(id));
  }
}

/** Bytes of the files below a folder. What is gone meanwhile counts nothing. */
export async function bytesIn(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries)
    if (entry.isFile()) sum += (await lstat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  return sum;
}

function endOf({ journal }: Held): number {
  return journal.endedAt ?? 0;
}
