/** `vp run PROMPT`: one session in the foreground. */
import { pool, sessions, type Command } from '@vp/sdk';
import { requestOf } from './asked.ts';
import { follow } from './follow.ts';
import { exitCodeOf } from './outcome.ts';
import { tellerOf } from './told.ts';

const run: Command = async (context) => {
  const request = await requestOf(context, 'run');
  const services = { pool: context.use(pool), sessions: context.use(sessions) };
  const row = await follow(services, request, context.signal, tellerOf(context));
  return context.signal.aborted ? 130 : exitCodeOf(row);
};

export default run;
