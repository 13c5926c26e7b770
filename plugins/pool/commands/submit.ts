/** `vp submit PROMPT`: a request that is kept and run by the service. */
import { pool, type Command } from '@vp/sdk';
import { requestOf } from './asked.ts';
import { shortId, span } from './words.ts';

const submit: Command = async (context) => {
  const accepted = await context.use(pool).submit(await requestOf(context, 'submit'));
  if (context.json) {
    context.print(JSON.stringify(accepted));
    return 0;
  }
  const { sessionId, existing, position, estimatedWaitMs } = accepted;
  const wait = estimatedWaitMs === null ? '' : `, about ${span(estimatedWaitMs)}`;
  const state = existing ? 'is known already' : position === 0 ? 'starts' : `waits at place ${position}${wait}`;
  context.print(`${sessionId} ${state}`);
  context.warn(`follow it: vp session logs ${shortId(sessionId)} -f · wait for its end: vp session wait ${shortId(sessionId)}`);
  return 0;
};

export default submit;
