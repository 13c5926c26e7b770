/** Submits a request and follows it to its end, through a kernel in this process or at the other end of a socket. */
import type { Pool, PooledSessionRequest, PoolEvents, PoolRow, Remote, SessionEvents, Sessions } from '@vp/sdk';
import type { Followed, Told } from './told.ts';

/** The services that are followed. */
export interface Services {
  readonly pool: Remote<Pool, PoolEvents>;
  readonly sessions: Remote<Sessions, SessionEvents>;
}

const FOLLOWED: readonly Followed[] = ['session-spawned', 'session-output', 'session-state', 'verdict'];

/** Calls `hear` at each event of any session. Gives how to stop. */
export function listen({ pool, sessions }: Services, hear: (told: Told) => void): () => void {
  const undos = [
    ...FOLLOWED.map((event) => sessions.on(event, (payload) => hear({ type: event, ...payload } as Told))),
    pool.on('session-recovering', (payload) => hear({ type: 'session-recovering', ...payload })),
    pool.on('request-ended', ({ sessionId, status }) => hear({ type: 'session-ended', sessionId, status })),
  ];
  return () => undos.forEach((undo) => undo());
}

/** Gives the request's last row. An abort of `signal` stops it, and waits for its end. @throws what `submit` throws */
export async function follow(
  services: Services,
  request: PooledSessionRequest,
  signal: AbortSignal,
  tell: (told: Told) => void,
): Promise<PoolRow> {
  const ended = Promise.withResolvers<PoolRow>();
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
  const undo = listen(services, (told) => void (ours === undefined ? early.push(told) : take(told)));
  try {
    const accepted = await services.pool.submit(request);
    const { sessionId } = accepted;
    ours = sessionId;
    tell({ type: 'request-queued', ...accepted });
    for (const told of early.splice(0)) take(told);
    // Its end is told by an event, and to who stops it.
    const stop = (): void => {
      services.pool.stopSession(sessionId).then((status) => take({ type: 'session-ended', sessionId, status }), ended.reject);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    return await ended.promise;
  } finally {
    undo();
  }
}
