/** `vp session logs ID`: what a session has said; with `-f` also what it goes on to say, until its request has ended. */
import { isVpError, pool, sessions, type AgentEvent, type Command, type CommandContext, type PoolRow } from '@vp/sdk';
import { findRow } from './find.ts';
import { listen, type Services } from './follow.ts';
import { isEnded } from '../request.ts';
import { tellerOf, type Told } from './told.ts';

const logs: Command = async (context) => {
  const services = { pool: context.use(pool), sessions: context.use(sessions) };
  return context.options['follow'] === true ? followLogs(context, services) : readLogs(context, services);
};

export default logs;

async function readLogs(context: CommandContext, services: Services): Promise<number> {
  const { sessionId } = await findRow(services.pool, context.args[0]);
  await readAll(services, sessionId, tellerOf(context));
  return 0;
}

async function followLogs(context: CommandContext, services: Services): Promise<number> {
  const tell = tellerOf(context);
  const over = Promise.withResolvers<number>();
  // What comes while the past is being read waits for it.
  const early: Told[] = [];
  let ours: string | undefined;
  const take = (told: Told): void => {
    if (told.sessionId !== ours) return;
    tell(told);
    if (told.type === 'session-ended') over.resolve(0);
  };
  const undo = listen(services, (told) => void (ours === undefined ? early.push(told) : take(told)));
  context.signal.addEventListener('abort', () => over.resolve(130), { once: true });
  try {
    const row = await findRow(services.pool, context.args[0]);
    const next = await readAll(services, row.sessionId, tell);
    ours = row.sessionId;
    for (const told of early.splice(0)) take(behind(told, next));
    await endIfOver(services, row.requestId, take);
    return await over.promise;
  } finally {
    undo();
  }
}

/** It may have ended before anybody listened. */
async function endIfOver({ pool: requests }: Services, requestId: string, take: (told: Told) => void): Promise<void> {
  const row: PoolRow | null = await requests.getSession(requestId);
  if (row !== null && isEnded(row.state)) take({ type: 'session-ended', sessionId: row.sessionId, status: row });
}

/** Tells all that has been said so far. Gives the offset behind it. */
async function readAll({ sessions: service }: Services, sessionId: string, tell: (told: Told) => void): Promise<number> {
  let next = 0;
  try {
    for (let more = true; more;) {
      const page = await service.readOutput(sessionId, next);
      ({ next, more } = page);
      if (page.events.length > 0) tell({ type: 'session-output', sessionId, events: page.events, replayed: true });
    }
  } catch (error) {
    // One that waits has not said anything yet.
    if (!isVpError(error) || error.code !== 'VP_SESSION_UNKNOWN') throw error;
  }
  return next;
}

/** Without what has been read already. */
function behind(told: Told, next: number): Told {
  return told.type === 'session-output' ? { ...told, events: told.events.filter((event) => offsetOf(event) >= next) } : told;
}

/** The id of an event is session:byte offset, with :n where one line holds several. What has no offset is not in the output. */
function offsetOf({ id, type }: AgentEvent): number {
  const offset = Number(id.split(':')[1]);
  return type === 'stderr' || Number.isNaN(offset) ? Number.POSITIVE_INFINITY : offset;
}
