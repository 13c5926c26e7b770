/** Greets each session as it starts, and says goodbye when it ends. */
import { definePlugin } from '@vp/sdk';

export default definePlugin({
  name: 'hello',
  hooks: {
    'session-start': ({ session, pid }, ctx) => ctx.log.info({ pid }, `hello, ${session.orchestrator} in ${session.cwd}`),
    'session-end': ({ session, state }, ctx) => ctx.log.info(`goodbye, ${session.orchestrator}: ${state}`),
  },
});
