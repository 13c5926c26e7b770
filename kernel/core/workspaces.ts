/** Directories in which agents work now. An agent that could edit code which then runs in the kernel would own the kernel. */
import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { Undo } from '@vp/sdk';

export class Workspaces {
  readonly #claimed = new Map<string, number>();

  /** Says that an agent works in `dir`, until undone. */
  claim(dir: string): Undo {
    const path = real(dir);
    this.#claimed.set(path, (this.#claimed.get(path) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#claimed.get(path) ?? 1) - 1;
      if (left === 0) this.#claimed.delete(path);
      else this.#claimed.set(path, left);
    };
  }

  /** Whether a file lies in a claimed directory. */
  contains(file: string): boolean {
    const path = real(file);
    return [...this.#claimed.keys()].some((dir) => path === dir || path.startsWith(dir.endsWith(sep) ? dir : `${dir}${sep}`));
  }
}

/** With links followed, as far as the path exists. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
