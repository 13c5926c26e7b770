/** What an earlier kernel left: read from the store, then compared with the sessions that there are. */
import { reasonOf, type SessionRow } from '@vp/sdk';
import { brake, park } from './brake.ts';
import { attemptEnded, dueIn, finish, letGo } from './ends.ts';
import { archive, endedOf, enter, free, inTurn, nextOrder, type Ended, type Entry, type Ledger } from './ledger.ts';
import { Times } from './metrics.ts';
import { prune } from './prune.ts';
import { fingerprintOf, isEnded, newRequest, type RequestDocument } from './request.ts';
import { OPENING_MS } from './starts.ts';
import { liveRow, type Tools } from './tools.ts';

const RETRY_MS = 1_000;

/** Reads all requests. @throws what the store throws; then nothing has been read */
export async function load({ ledger, journal }: Tools): Promise<void> {
  const ended: Ended[] = [];
  const open: RequestDocument[] = [];
  const base = await journal.base();
  for await (const request of journal.all()) {
    if (request.state === 'ended') ended.push(endedOf(request));
    else open.push(request);
  }
  Object.assign(ledger, { base, totals: base, times: new Times() });
  for (const one of ended.toSorted((a, b) => a.endedAt - b.endedAt)) archive(ledger, one);
  for (const request of open) {
    const { state, plan, queuedAt } = request;
    const entry = enter(ledger, request, Math.max(0, Date.now() - queuedAt), plan === null ? 0 : dueIn(plan));
    entry.slot = state !== 'queued';
  }
  ledger.loaded = true;
}

/** Compares what was read with the sessions, once those of an earlier kernel have been taken up. From then on sessions may start. */
export async function reconcile(tools: Tools): Promise<void> {
  const { ledger, sessions, charters } = tools;
  await sessions.adopted();
  // Limits of charters count from the first start on.
  const files = new Set([...ledger.entries.values()].map(({ request }) => request.charterFile));
  await Promise.all([...files].map((file) => charters.resolve(file ?? undefined).catch(() => undefined)));
  for (const entry of ledger.entries.values()) compare(tools, entry);
  const rows = sessions.listSessions();
  for (const row of rows) if (row.requestId !== null && !isKnown(ledger, row.requestId)) await takeBack(tools, row.requestId, row);
  for (const { requestId, sessionId } of rows) if (requestId !== null && ledger.ended.has(requestId)) letGo(tools, sessionId);
  const limit = tools.recovery()?.getPark() ?? null;
  if (limit !== null) park(ledger, limit);
  ledger.reconciled = true;
  ledger.fault = null;
  ledger.kick();
  void prune(tools, 1);
}

/** Reads and compares, as often as it takes. */
export async function take(tools: Tools): Promise<void> {
  const { ledger, log } = tools;
  while (!ledger.closed && !ledger.reconciled) {
    try {
      if (!ledger.loaded) await (ledger.loading = load(tools));
      await reconcile(tools);
    } catch (error) {
      brake(ledger, `requests of an earlier kernel cannot be read: ${reasonOf(error)}`);
      log.error({ error: reasonOf(error) }, 'requests of an earlier kernel could not be taken up; it is tried again');
      await new Promise<void>((resolve) => void setTimeout(resolve, RETRY_MS).unref());
    }
  }
}

/** What the session of an open request says counts. */
function compare(tools: Tools, entry: Entry): void {
  const { request } = entry;
  // Its end has come as an event already.
  if (entry.settling) return;
  const row = liveRow(tools, request.sessionId);
  const isAhead = row !== null && row.attempts > (request.state === 'queued' ? request.attempts : request.attempts - 1);
  if (!isAhead) return neverBegun(tools, entry, row);
  entry.slot = true;
  if (row.state === 'initializing') entry.openingUntil = performance.now() + OPENING_MS;
  entry.request = { ...request, state: 'running', attempts: row.attempts, startedAt: request.startedAt ?? Date.now() };
  entry.begun.resolve({ sessionId: request.sessionId, pid: row.pid ?? 0, completion: entry.ended.promise });
  if (isEnded(row.state)) attemptEnded(tools, row, tools.sessions.getCrashReport(row.sessionId));
}

/** Nothing is there of the attempt that was noted. */
function neverBegun(tools: Tools, entry: Entry, row: SessionRow | null): void {
  const { request } = entry;
  if (request.state === 'queued') return;
  if (request.state === 'starting') {
    free(entry);
    entry.request = { ...request, state: 'queued', attempts: request.attempts - 1 };
    return;
  }
  entry.settling = true;
  const reason =
    row === null ? 'its session is not in the state folder any more' : 'its newest attempt is not in the state folder any more';
  void inTurn(entry, () => finish(tools, entry, { outcome: 'failed', reason }));
}

function isKnown(ledger: Ledger, requestId: string): boolean {
  return ledger.entries.has(requestId) || ledger.ended.has(requestId);
}

/** The request of a session whose database was lost. One that has ended is only noted: its end may have been told before. */
async function takeBack(tools: Tools, requestId: string, row: SessionRow): Promise<void> {
  const { ledger, journal, log } = tools;
  const { sessionId, priority, orchestrator, cwd, type } = row;
  const createdAt = Date.parse(row.createdAt);
  const fingerprint = fingerprintOf({ prompt: '', workingDirectory: cwd });
  const given = { requestId, sessionId, key: null, fingerprint, priority, orchestrator, charterFile: null, charterId: '', cwd, type };
  const fresh: RequestDocument = {
    ...newRequest({ ...given, order: nextOrder(ledger) }, createdAt),
    state: 'running',
    attempts: row.attempts,
    startedAt: row.startedAt === null ? createdAt : Date.parse(row.startedAt),
  };
  const isOver = isEnded(row.state);
  const request: RequestDocument = isOver
    ? { ...fresh, state: 'ended', endedAt: Date.parse(row.endedAt ?? row.createdAt), row, outcome: row.state, reason: row.reason, ends: 1 }
    : fresh;
  await journal.write(request, { type: 'request-found', key: `found:${row.attempts}` });
  log.warn({ request: requestId, session: sessionId }, 'the request of a session was not in the store; it is known again');
  if (isOver) return archive(ledger, endedOf(request));
  const entry = enter(ledger, request);
  entry.slot = true;
  compare(tools, entry);
}
