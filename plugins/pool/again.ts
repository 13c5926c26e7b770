/** What a person or the recovery decides about a request between two attempts. */
import type { RecoveryDecision } from '@vp/sdk';
import { dueIn, finish, planOf } from './ends.ts';
import { enter, entryOf, inTurn, unarchive, waits } from './ledger.ts';
import type { RequestDocument } from './request.ts';
import { liveRow, type Tools } from './tools.ts';

type Retry = Extract<RecoveryDecision, { action: 'retry' }>;

/** A session is to go on now: one that waits at once, one that has ended unsuccessfully by another attempt. */
export async function wanted(tools: Tools, sessionId: string, decision: Retry): Promise<void> {
  const entry = entryOf(tools.ledger, sessionId);
  if (entry === undefined) return reopen(tools, sessionId, decision);
  // It may be ending just now.
  await entry.tail;
  if (entry.request.state === 'ended') return reopen(tools, sessionId, decision);
  await inTurn(entry, async () => {
    if (!waits(entry) || entry.request.plan === null) return;
    const plan = planOf(decision);
    await tools.journal.write({ ...entry.request, plan });
    entry.request = { ...entry.request, plan };
    entry.dueAt = performance.now() + dueIn(plan);
  });
  tools.ledger.kick();
}

/** Nobody recovers a session any more: where it waits for a retry, it ends as it crashed. */
export async function abandoned(tools: Tools, sessionId: string): Promise<void> {
  const entry = entryOf(tools.ledger, sessionId);
  if (entry === undefined || !waits(entry) || entry.request.plan === null) return;
  entry.leaving = true;
  const outcome = entry.request.row?.state ?? 'failed';
  await inTurn(entry, () => finish(tools, entry, { outcome, reason: entry.request.row?.reason ?? 'its recovery was given up' }));
}

async function reopen(tools: Tools, sessionId: string, decision: Retry): Promise<void> {
  const { ledger, journal, log } = tools;
  const requestId = ledger.bySession.get(sessionId);
  const request = requestId === undefined ? null : await journal.find(requestId);
  const row = liveRow(tools, sessionId);
  if (request === null || request.state !== 'ended' || request.outcome === 'completed' || row === null) {
    log.warn({ session: sessionId }, 'it cannot go on: its request or its folder is not kept any more, or it has completed');
    return;
  }
  const plan = planOf(decision);
  const queued: RequestDocument = {
    ...request,
    state: 'queued',
    queuedAt: Date.now(),
    endedAt: null,
    outcome: null,
    reason: null,
    error: null,
    cancelled: false,
    plan,
  };
  await journal.write(queued, { type: 'request-reopened', key: `reopened:${request.ends}`, data: { reason: decision.reason } });
  // Two calls at once write the same: the second finds it open.
  if (ledger.entries.has(queued.requestId)) return;
  unarchive(ledger, queued.requestId);
  enter(ledger, queued, 0, dueIn(plan));
  log.info({ request: queued.requestId, reason: decision.reason }, 'a request goes on that had ended');
  ledger.kick();
}
