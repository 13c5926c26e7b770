/** Counts tool calls by session, in memory, and hands the counts to the next version of itself. Edit and save it while a session runs. */
import { definePlugin } from '@vp/sdk';

interface Options {
  readonly sayEvery: number;
}

/** What one version leaves to the next. Give it a new number when its shape changes. */
interface State {
  readonly shape: 1;
  readonly calls: Readonly<Record<string, number>>;
}

export default definePlugin<Options>({
  name: 'turn-counter',
  version: '1.0.0',
  config: {
    type: 'object',
    additionalProperties: false,
    properties: { sayEvery: { description: 'Tool calls of a session between two log lines.', type: 'integer', minimum: 1, default: 50 } },
  },
  setup(ctx) {
    const calls: Record<string, number> = { ...stateOf(ctx.previous?.state)?.calls };
    if (ctx.previous) ctx.log.info(`took over from ${ctx.previous.version} with ${Object.keys(calls).length} sessions`);

    ctx.hook('post-command', ({ session }) => {
      const count = (calls[session.id] ?? 0) + 1;
      calls[session.id] = count;
      if (count % ctx.config.sayEvery === 0) ctx.log.info(`${session.id} has made ${count} tool calls`);
    });
    ctx.hook('session-end', ({ session }) => {
      ctx.log.info(`${session.id} ended after ${calls[session.id] ?? 0} tool calls`);
      delete calls[session.id];
    });
    ctx.snapshot((): State => ({ shape: 1, calls }));
  },
});

function stateOf(value: unknown): State | undefined {
  return typeof value === 'object' && value !== null && 'shape' in value && value.shape === 1 ? (value as State) : undefined;
}
