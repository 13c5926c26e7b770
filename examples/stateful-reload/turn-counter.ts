/** Counts tool calls by session, in memory, and hands the counts to the next version of itself. Edit and save it while a session runs. */
import { definePlugin } from '@vp/sdk';

/** What one version leaves to the next. Give it a new number when its shape changes. */
interface State {
  readonly shape: 1;
  readonly calls: Readonly<Record<string, number>>;
}

export default definePlugin({
  name: 'turn-counter',
  version: '1.0.0',
  setup(ctx) {
    const calls: Record<string, number> = { ...stateOf(ctx.previous?.state)?.calls };
    if (ctx.previous) ctx.log.info(`took over from ${ctx.previous.version} with ${Object.keys(calls).length} sessions`);

    ctx.hook('post-command', ({ session }) => {
      calls[session.id] = (calls[session.id] ?? 0) + 1;
    });
    ctx.hook('session-end', ({ session }) => {
      ctx.log.info(`${session.id} made ${calls[session.id] ?? 0} tool calls`);
      delete calls[session.id];
    });
    ctx.snapshot((): State => ({ shape: 1, calls }));
  },
});

function stateOf(value: unknown): State | undefined {
  return typeof value === 'object' && value !== null && 'shape' in value && value.shape === 1 ? (value as State) : undefined;
}
