/** `vp session stop ID`: ends a session, or takes its request back where it waits. */
import { pool, type Command } from '@vp/sdk';
import { findRow } from './find.ts';
import { flatEnd } from './told.ts';

const stop: Command = async (context) => {
  const { args, options, json } = context;
  const { requestId } = await findRow(context.use(pool), args[0]);
  const row = await context.use(pool).stopSession(requestId, options['force'] === true);
  context.print(json ? JSON.stringify({ sessionId: row.sessionId, ...flatEnd(row) }) : `${row.sessionId} ${row.state}`);
  return 0;
};

export default stop;
