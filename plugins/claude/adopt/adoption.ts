/** Takes up all sessions of an earlier kernel. */
import { findSession, findSessions } from './adopt.ts';
import { slim } from '../state/held.ts';
import type { SpawnTools } from '../start/prepare.ts';
import type { Held } from '../state/registry.ts';

/** State files may be large: after so many, others have their turn. */
const AT_ONCE = 10;

/** Resolves once every session is known and those that live are in somebody's hands. Never throws. */
export async function adoptAll(tools: SpawnTools): Promise<void> {
  const live = await findAll(tools);
  // The shortest first: a question that waits behind little output is answered at once.
  live.sort((a, b) => a.replayUntil - a.offset - (b.replayUntil - b.offset));
  const { env, charters } = tools;
  for (const held of live) {
    // Watched again from here on; the charter from the start holds where the file cannot be read any more.
    await charters
      .resolve(held.spec.charterFile)
      .catch((error: unknown) => env.ctx.log.warn({ error, session: held.id }, 'the charter could not be loaded again'));
    env.registry.take(held);
    env.ctx.log.info({ session: held.id, pid: held.pid }, 'took up a session of an earlier kernel');
  }
}

async function findAll({ env }: SpawnTools): Promise<Held[]> {
  const live: Held[] = [];
  for (const [index, id] of findSessions(env.ctx.home, env).entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
    const held = findSession(env.ctx.home, id, env);
    if (held === undefined) continue;
    env.registry.sessions.set(held.id, held);
    env.eventLog.flush(held);
    if (held.journal.row === null) {
      live.push(held);
      continue;
    }
    held.ended.resolve(held.journal.row);
    slim(held);
  }
  return live;
}
