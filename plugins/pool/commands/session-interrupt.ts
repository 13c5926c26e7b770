/** `vp session interrupt ID`: stops the agent's turn; the session lives on where it was asked to stay open. */
import { pool, sessions, type Command } from '@vp/sdk';
import { findRow } from './find.ts';

const interrupt: Command = async (context) => {
  const { args, json } = context;
  const { sessionId } = await findRow(context.use(pool), args[0]);
  await context.use(sessions).interrupt(sessionId);
  context.print(json ? JSON.stringify({ sessionId }) : `interrupted ${sessionId}`);
  return 0;
};

export default interrupt;
