/** From a slot to a running session. */
import { isVpError, reasonOf, type SessionConfig, type SpawnResult } from '@vp/sdk';
import { brake, cannotWrite } from './brake.ts';
import { finish } from './ends.ts';
import { plainError } from './errors.ts';
import { free, inTurn, type Entry, type Ledger } from './ledger.ts';
import type { RequestDocument } from './request.ts';
import { liveRow, tell, type Tools } from './tools.ts';

/** Faults of the machine or the moment: the request waits, and is tried again. */
const PASSING: ReadonlySet<string> = new Set([
  'VP_DISK_LOW',
  'VP_SERVICE_UNAVAILABLE',
  'VP_STORE_FULL',
  'VP_STORE_READONLY',
  'VP_STORE_BROKEN',
]);
/** Faults that concern one request only, and how often it is tried in spite of them. */
const TRIES: ReadonlyMap<string, number> = new Map([
  ['VP_CONVERSATION_BUSY', Number.POSITIVE_INFINITY],
  ['VP_SPAWN_FAILED', 3],
]);
const AGAIN_MS = 1_000;
const LAST_AGAIN_MS = 60_000;

/** An agent that is not ready after this time keeps no other from starting. */
export const OPENING_MS = 30_000;
/** Orchestrators whose last start is remembered. */
const REMEMBERED = 1_000;

/** Gives a request its slot, in this very step, and starts its session. */
export function begin(tools: Tools, entry: Entry): void {
  const { ledger, log } = tools;
  entry.slot = true;
  entry.openingUntil = performance.now() + OPENING_MS;
  ledger.starts += 1;
  remember(ledger, entry.request.orchestrator);
  inTurn(entry, () => start(tools, entry))
    .catch((error: unknown) => log.error({ request: entry.request.requestId, error: reasonOf(error) }, 'a start could not be dealt with'))
    .finally(() => ledger.kick());
}

/** Asks the session of a request to end. What follows comes with its end. */
export async function end(tools: Tools, { request, stop }: Entry): Promise<void> {
  await tools.sessions.terminateSession(request.sessionId, stop?.force !== true);
}

async function start(tools: Tools, entry: Entry): Promise<void> {
  const { ledger, journal } = tools;
  const before = entry.request;
  // It got its slot while its end was on the way.
  if (before.state !== 'queued') return free(entry);
  if (entry.stop !== null) return stopped(tools, entry);
  const attempts = before.attempts + 1;
  const starting: RequestDocument = { ...before, state: 'starting', attempts };
  let config: SessionConfig | null;
  try {
    config = before.plan === null ? await journal.config(before.requestId) : null;
    await journal.write(starting, { type: 'request-starting', key: `attempt:${attempts}`, data: { mode: before.plan?.mode ?? 'first' } });
  } catch (error) {
    giveBack(entry, before);
    brake(ledger, cannotWrite(error));
    return entry.stop === null ? undefined : stopped(tools, entry);
  }
  entry.request = starting;
  tell(tools, 'session-allocated', { requestId: before.requestId, sessionId: before.sessionId });
  try {
    running(tools, entry, starting, await spawn(tools, before, config));
  } catch (error) {
    return refused(tools, entry, before, error);
  }
  if (entry.stop !== null && !entry.settling) await end(tools, entry);
  // Without this write the request would be found as starting, and its session as running: that is enough to go on.
  const happened = { type: 'request-running', key: `running:${attempts}` };
  await journal
    .write(entry.request, happened)
    .catch((error: unknown) => tools.log.warn({ error: reasonOf(error) }, 'not written: running'));
}

function spawn({ sessions }: Tools, request: RequestDocument, config: SessionConfig | null): Promise<SpawnResult> {
  const { requestId, sessionId, priority, plan } = request;
  if (plan !== null) return sessions.restartSession(sessionId, { mode: plan.mode, note: plan.note });
  if (config === null) throw new Error('what it asked for is not in the store any more');
  return sessions.spawnSession({ ...config, requestId, sessionId, priority });
}

function running(tools: Tools, entry: Entry, starting: RequestDocument, { sessionId, pid }: SpawnResult): void {
  entry.request = { ...starting, state: 'running', startedAt: starting.startedAt ?? Date.now() };
  entry.failures = 0;
  tools.ledger.fault = null;
  const state = liveRow(tools, sessionId)?.state;
  if (state !== undefined && state !== 'initializing') entry.openingUntil = 0;
  entry.begun.resolve({ sessionId, pid, completion: entry.ended.promise });
}

/** The session did not start. */
async function refused(tools: Tools, entry: Entry, before: RequestDocument, error: unknown): Promise<void> {
  const { ledger, journal, log } = tools;
  const code = isVpError(error) ? error.code : '';
  const isOwn = entry.failures + 1 < (TRIES.get(code) ?? 0);
  if (!isOwn && !PASSING.has(code)) {
    entry.request = before;
    free(entry);
    return finish(tools, entry, { outcome: 'failed', reason: plainError(error).message, error });
  }
  // Where this cannot be written, the request is found as starting without a session, which means the same.
  await journal.write(before).catch((cause: unknown) => log.warn({ error: reasonOf(cause) }, 'not written: queued again'));
  giveBack(entry, before);
  if (entry.stop !== null) return stopped(tools, entry);
  if (isOwn) {
    entry.dueAt = performance.now() + Math.min(AGAIN_MS * 2 ** entry.failures, LAST_AGAIN_MS);
    entry.failures += 1;
  } else brake(ledger, reasonOf(error));
  log.info({ request: before.requestId, error: reasonOf(error) }, 'a session could not start now; it is tried again');
}

/** The last one served is the last in the map. */
function remember({ served, starts }: Ledger, orchestrator: string): void {
  served.delete(orchestrator);
  served.set(orchestrator, starts);
  const [oldest] = served.keys();
  if (served.size > REMEMBERED && oldest !== undefined) served.delete(oldest);
}

function giveBack(entry: Entry, request: RequestDocument): void {
  entry.request = request;
  free(entry);
}

async function stopped(tools: Tools, entry: Entry): Promise<void> {
  free(entry);
  await finish(tools, entry, { outcome: 'terminated', reason: 'it was stopped before its session had started' });
}
