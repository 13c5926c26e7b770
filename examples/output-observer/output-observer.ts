/** Counts what agents say and do, and keeps the counts over restarts. */
import { definePlugin } from '@vp/sdk';

const KEY = 'counts';
const SAVE_MS = 1_000;

export default definePlugin({
  name: 'output-observer',
  async setup(ctx) {
    // After a reload the version before knows more than what it had stored by then.
    const counts = { ...((ctx.previous?.state ?? (await ctx.kv.get(KEY))) as Record<string, number> | undefined) };
    ctx.snapshot(() => counts);
    let changed = false;

    // Hooks that only look must return at once: counting is quick, saving is left to the timer.
    ctx.hook('on-output', ({ events, replayed }) => {
      if (replayed) return;
      for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
      changed = true;
    });
    ctx.hook('session-end', ({ session }) => ctx.log.info({ counts }, `counted until the end of ${session.id}`));

    const save = async (): Promise<void> => {
      if (!changed) return;
      changed = false;
      await ctx.kv.set(KEY, counts);
    };
    ctx.setInterval(() => void save(), SAVE_MS);
    ctx.own('last save', save);
  },
});
