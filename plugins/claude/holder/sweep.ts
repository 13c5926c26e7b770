/** Ends what an agent leaves behind, also what has left its process group. */
import type { Platform } from '../platform/platform.ts';

/** First a chance to clean up, then none. */
const POLITE_MS = 500;
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;

/**
 * Signals all members of a session until none lives, however long that takes: nothing is called ended before it is. `onSlow` is told
 * of those that SIGKILL has not ended after a while.
 */
export async function sweep(
  platform: Platform,
  session: string,
  holder: number | undefined,
  onSlow: (pids: readonly number[]) => void,
): Promise<void> {
  const seen = new Set<number>();
  const started = performance.now();
  let pause = FIRST_PAUSE_MS;
  for (let left = platform.members(session, holder); left.length > 0; left = platform.members(session, holder)) {
    for (const pid of left) {
      // A second look at the same one after the polite time is a kill.
      signal(pid, seen.has(pid) && performance.now() - started >= POLITE_MS ? 'SIGKILL' : seen.has(pid) ? undefined : 'SIGTERM');
      seen.add(pid);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, LAST_PAUSE_MS);
    if (performance.now() - started > 10 * POLITE_MS) onSlow(left);
  }
}

/** Sends a signal to one process, if it is still there. */
export function signal(pid: number, name: NodeJS.Signals | undefined): void {
  if (name === undefined) return;
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
