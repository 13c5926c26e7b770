/** `vp session input ID TEXT`: a further message to the agent. */
import { text } from 'node:stream/consumers';
import { pool, sessions, type Command } from '@vp/sdk';
import { usage } from './asked.ts';
import { findRow } from './find.ts';

const input: Command = async (context) => {
  const { args, json } = context;
  const { sessionId } = await findRow(context.use(pool), args[0]);
  const words = args[1] === '-' ? await text(process.stdin) : (args[1] ?? '');
  if (words.trim() === '') throw usage('VP_USAGE', { what: 'The message is empty', hint: 'Write: vp session input ID "TEXT"' });
  await context.use(sessions).sendInput(sessionId, words);
  context.print(json ? JSON.stringify({ sessionId }) : `sent to ${sessionId}`);
  return 0;
};

export default input;
