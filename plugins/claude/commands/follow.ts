/** Starts one session and follows it to its end, through a service in this process or at the other end of a socket. */
import type { Remote, SessionConfig, SessionEvents, SessionRow, Sessions } from '@vp/sdk';

type Followed = 'session-spawned' | 'session-output' | 'session-state' | 'session-ended' | 'verdict';

/** What happens to the session, in order. */
export type Told =
  | { readonly type: 'request-queued'; readonly sessionId: string }
  | { [E in Followed]: { readonly type: E } & SessionEvents[E] }[Followed];

const FOLLOWED: readonly Followed[] = ['session-spawned', 'session-output', 'session-state', 'verdict', 'session-ended'];
const ENDED: ReadonlySet<SessionRow['state']> = new Set(['completed', 'failed', 'crashed', 'timeout', 'terminated']);

/** Gives the session's last row. An abort of `signal` asks the session to end, and waits for it. @throws what `spawnSession` throws */
export async function follow(
  service: Remote<Sessions, SessionEvents>,
  config: SessionConfig,
  signal: AbortSignal,
  tell: (told: Told) => void,
): Promise<SessionRow> {
  const ended = Promise.withResolvers<SessionRow>();
  // Events may come before the answer that says which of them are ours.
  const early: Told[] = [];
  let ours: string | undefined;
  let over = false;
  const take = (told: Told): void => {
    if (told.sessionId !== ours || over) return;
    over = told.type === 'session-ended';
    tell(told);
    if (told.type === 'session-ended') ended.resolve(told.status);
  };
  const hear = (told: Told): void => {
    if (ours === undefined) early.push(told);
    else take(told);
  };
  const undo = FOLLOWED.map((event) => service.on(event, (payload) => hear({ type: event, ...payload } as Told)));
  try {
    const { sessionId } = await service.spawnSession(config);
    ours = sessionId;
    tell({ type: 'request-queued', sessionId });
    for (const told of early.splice(0)) take(told);
    const stop = (): void => {
      service.terminateSession(sessionId).catch((error: unknown) => ended.reject(error));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const row = await service.getSessionStatus(sessionId);
    // Its end is told by an event, unless the connection was made too late for it.
    if (row !== null && ENDED.has(row.state)) hear({ type: 'session-ended', sessionId, status: row });
    return await ended.promise;
  } finally {
    for (const one of undo) one();
  }
}
