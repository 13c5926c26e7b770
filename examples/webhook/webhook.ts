/** Tells a webhook when a session ends or crashes. No prompt, no output and no path of yours is sent. */
import { definePlugin } from '@vp/sdk';

interface Options {
  readonly path: string;
}

/** Where it may call: write your own here and into the grant. Both are exact; there are no patterns. */
const ORIGIN = 'https://hooks.example.com';

export default definePlugin<Options>({
  name: 'webhook',
  permissions: { hooks: ['session-end', 'on-crash'], net: [ORIGIN], log: true },
  optionalPermissions: { env: ['WEBHOOK_TOKEN'] },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: { path: { description: 'Path of the webhook.', type: 'string', pattern: '^/', default: '/vp' } },
  },
  setup(ctx) {
    const token = ctx.env.get('WEBHOOK_TOKEN');
    const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };

    const post = async (event: object): Promise<void> => {
      const answer = await ctx.fetch(`${ORIGIN}${ctx.config.path}`, { method: 'POST', headers, body: JSON.stringify(event) });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    };
    const underway = new Set<Promise<void>>();
    const tell = (event: object): void => {
      const sent = post(event)
        .catch((error: unknown) => ctx.log.warn({ error: String(error) }, 'the webhook was not told'))
        .finally(() => underway.delete(sent));
      underway.add(sent);
    };
    // A kernel that stops waits for what is under way.
    ctx.own('what is under way', () => Promise.all(underway).then(() => undefined));

    // Neither tap waits for the answer: sessions must not depend on somebody else's server.
    ctx.hook('session-end', ({ at, session, state, costUsd }) =>
      tell({ event: 'session-end', at, session: session.id, orchestrator: session.orchestrator, state, costUsd }),
    );
    ctx.hook('on-crash', ({ at, session, attempt, crashType = 'unknown' }) =>
      tell({ event: 'crash', at, session: session.id, orchestrator: session.orchestrator, attempt, crashType }),
    );
  },
});
