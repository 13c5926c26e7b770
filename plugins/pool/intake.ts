/** Takes requests: each is checked and on disk before it is acknowledged; the same one again is the same. */
import { randomUUID } from 'node:crypto';
import type { PooledSessionRequest, Priority, SessionConfig } from '@vp/sdk';
import { errors } from './errors.ts';
import { countOf, enter, nextOrder, type Entry, type Ledger } from './ledger.ts';
import { placeOf } from './queue.ts';
import { fingerprintOf, newRequest } from './request.ts';
import type { Place } from './rows.ts';
import { tell, type Tools } from './tools.ts';

/** What was taken in, and where it stands: null where it does not wait. */
export interface TakenIn {
  readonly requestId: string;
  readonly existing: boolean;
  readonly place: Place | null;
}

/** Takes a request in, or finds it among those that are known. @throws what `Pool.submit` throws */
export async function takeIn(tools: Tools, request: PooledSessionRequest): Promise<TakenIn> {
  const { ledger } = tools;
  const { idempotencyKey: key, config } = request;
  const fingerprint = fingerprintOf(config);
  const known = knownId(ledger, request);
  if (known !== undefined) {
    checkSame(ledger, known, fingerprint, request);
    await ledger.pending.get(known)?.done;
    const entry = ledger.entries.get(known);
    return { requestId: known, existing: true, place: entry === undefined ? null : placeOf(tools, entry) };
  }
  checkRoom(tools);
  const requestId = request.requestId ?? randomUUID();
  const done = accept(tools, requestId, fingerprint, request);
  // Noted in this very step, so that the same request again waits for this one.
  ledger.pending.set(requestId, { fingerprint, done });
  if (key !== undefined) ledger.byKey.set(key, requestId);
  try {
    const entry = await done;
    ledger.pending.delete(requestId);
    return { requestId, existing: false, place: announce(tools, entry) };
  } catch (error) {
    ledger.pending.delete(requestId);
    if (key !== undefined) ledger.byKey.delete(key);
    throw error;
  }
}

function knownId({ entries, ended, pending, byKey }: Ledger, { requestId, idempotencyKey }: PooledSessionRequest): string | undefined {
  const byIdempotency = idempotencyKey === undefined ? undefined : byKey.get(idempotencyKey);
  if (byIdempotency !== undefined) return byIdempotency;
  if (requestId === undefined) return undefined;
  return entries.has(requestId) || ended.has(requestId) || pending.has(requestId) ? requestId : undefined;
}

function checkSame(ledger: Ledger, id: string, fingerprint: string, { requestId, idempotencyKey }: PooledSessionRequest): void {
  const known = ledger.pending.get(id) ?? ledger.entries.get(id)?.request ?? ledger.ended.get(id);
  if (known === undefined || known.fingerprint === fingerprint) return;
  const [what, key] = idempotencyKey === undefined ? ['The request id', requestId ?? id] : ['The key', idempotencyKey];
  throw errors('VP_KEY_REUSED', { what, key, id });
}

function checkRoom({ ledger, config }: Tools): void {
  if (ledger.draining) throw errors('VP_POOL_DRAINING');
  const { active, waiting } = countOf(ledger);
  const free = Math.max(0, config.maxConcurrentSessions - active);
  if (waiting + ledger.pending.size >= config.maxQueueSize + free) throw errors('VP_QUEUE_FULL', { max: config.maxQueueSize });
}

async function accept(tools: Tools, requestId: string, fingerprint: string, request: PooledSessionRequest): Promise<Entry> {
  const { ledger, journal, sessions, charters } = tools;
  const { sessionId: _session, requestId: _request, ...asked } = request.config;
  const priority: Priority = request.priority ?? asked.priority ?? 'medium';
  const config: SessionConfig = { ...asked, priority };
  sessions.checkConfig(config);
  const { id: charterId, charter } = await charters.resolve(config.charter);
  const document = newRequest(
    {
      requestId,
      sessionId: randomUUID(),
      key: request.idempotencyKey ?? null,
      fingerprint,
      priority,
      orchestrator: charter.name,
      charterFile: config.charter ?? null,
      charterId,
      cwd: config.workingDirectory,
      type: config.type ?? 'claude-code',
      order: nextOrder(ledger),
    },
    Date.now(),
  );
  await journal.accept(document, config, { type: 'request-queued', key: 'queued', data: { priority, orchestrator: charter.name } });
  return enter(ledger, document);
}

/** Where a slot is free it is taken in this step, so that the position says so. */
function announce(tools: Tools, entry: Entry): Place | null {
  const { ledger } = tools;
  ledger.kick();
  const { requestId, sessionId } = entry.request;
  const place = placeOf(tools, entry);
  tell(tools, 'request-queued', { requestId, sessionId, position: place?.position ?? 0, queueLength: countOf(ledger).waiting });
  return place;
}
