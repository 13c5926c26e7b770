/** Counts what agents say and do, session by session, and keeps the counts over restarts. */
import { definePlugin } from '@vp/sdk';

/** Events by type, such as `text` and `tool-call`. */
type Counts = Record<string, number>;

const KEY = 'sessions';
const SAVE_MS = 1_000;
/** The oldest sessions beyond these are forgotten: what is stored must not grow for ever. */
const KEPT = 200;

export default definePlugin({
  name: 'output-observer',
  async setup(ctx) {
    // After a reload the version before knows more than what it had stored by then.
    const before = (ctx.previous?.state ?? (await ctx.kv.get(KEY)) ?? {}) as Record<string, Counts>;
    const sessions = new Map(Object.entries(before));
    ctx.snapshot(() => Object.fromEntries(sessions));
    let isChanged = false;

    // Hooks that only look must return at once: counting is quick, saving is left to the timer.
    ctx.hook('on-output', ({ session, events, replayed }) => {
      if (replayed) return;
      const counts = sessions.get(session.id) ?? {};
      for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
      sessions.set(session.id, counts);
      isChanged = true;
    });
    ctx.hook('session-end', ({ session: { id } }) => ctx.log.info({ counts: sessions.get(id) ?? {} }, `counted until the end of ${id}`));

    const save = async (): Promise<void> => {
      if (!isChanged) return;
      isChanged = false;
      for (const id of [...sessions.keys()].slice(0, -KEPT)) sessions.delete(id);
      await ctx.kv.set(KEY, Object.fromEntries(sessions));
    };
    ctx.setInterval(() => void save(), SAVE_MS);
    ctx.own('last save', save);
  },
});
