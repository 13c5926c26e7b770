/** `vp session recover ID`: lets a session go on that has ended unsuccessfully, or that waits for a retry. */
import { pool, recovery, type Command } from '@vp/sdk';
import { findRow } from './find.ts';
import { shortId } from './words.ts';

const recover: Command = async (context) => {
  const { args, json } = context;
  const { sessionId, state } = await findRow(context.use(pool), args[0]);
  const goesOn = await context.use(recovery).triggerManualRecovery(sessionId);
  if (json) context.print(JSON.stringify({ sessionId, recovering: goesOn }));
  else if (goesOn) context.print(`${sessionId} goes on. Follow it: vp session logs ${shortId(sessionId)} -f`);
  else context.warn(`There is nothing to recover: the session is ${state}. One that has completed, or is not kept any more, cannot go on.`);
  return goesOn ? 0 : 1;
};

export default recover;
