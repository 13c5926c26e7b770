/**
 * What is known of all requests, as plain data that lies outside any one version of the plugin. When a new version takes over, it
 * takes the ledger in one step; what the old one has begun goes on to its end on the same data.
 */
import type { Park, PoolEvents, PoolRow, SpawnResult } from '@vp/sdk';
import { add, NO_TOTALS, shareOf, Times, type Share, type Totals } from './metrics.ts';
import type { RequestDocument } from './request.ts';

/** A request that has not ended. Times on the clock that setting the time does not move, milliseconds. */
export interface Entry {
  /** As it is on disk. */
  request: RequestDocument;
  /** It holds a slot: from the decision to start until the end of the attempt is dealt with. */
  slot: boolean;
  /** The end of its attempt has come and is being dealt with. */
  settling: boolean;
  /** Until when its session counts as starting; 0 where its agent is ready or has ended. */
  openingUntil: number;
  /** It is being taken back. */
  leaving: boolean;
  /** Somebody wants its session ended. */
  stop: { force: boolean } | null;
  /** When it began to wait; below 0 where that was before this kernel. */
  waitingSince: number;
  /** When its next attempt is due. */
  dueAt: number;
  /** Tries to start in a row that failed for what concerns this request only. */
  failures: number;
  readonly begun: PromiseWithResolvers<SpawnResult>;
  readonly ended: PromiseWithResolvers<PoolRow>;
  /** Settles when what was begun with it is done: one thing at a time. */
  tail: Promise<unknown>;
}

/** A request that has ended, in short. */
export interface Ended {
  readonly requestId: string;
  readonly sessionId: string;
  readonly key: string | null;
  readonly fingerprint: string;
  readonly order: number;
  readonly endedAt: number;
  readonly share: Share;
}

/** A fault that keeps sessions from starting, and when to try again. */
export interface Fault {
  readonly reason: string;
  readonly until: number;
  readonly delayMs: number;
}

/** Submits that are being written down. */
export interface Pending {
  readonly fingerprint: string;
  readonly done: Promise<unknown>;
}

/** All requests of a kernel. */
export interface Ledger {
  readonly entries: Map<string, Entry>;
  readonly ended: Map<string, Ended>;
  /** Request ids by session id and by key. */
  readonly bySession: Map<string, string>;
  readonly byKey: Map<string, string>;
  /** By request id. */
  readonly pending: Map<string, Pending>;
  /** A number that grows with each start, by orchestrator. */
  readonly served: Map<string, number>;
  starts: number;
  lastOrder: number;
  /** Of requests that are not kept any more. */
  base: Totals;
  totals: Totals;
  times: Times;
  /** Reading what an earlier kernel left. */
  loading: Promise<void> | null;
  loaded: boolean;
  /** What was read has been compared with the sessions: starting may begin. */
  reconciled: boolean;
  draining: boolean;
  drained: PromiseWithResolvers<void> | null;
  fault: Fault | null;
  park: { readonly park: Park; readonly until: number } | null;
  /** After a limit: one start at a time. */
  waking: boolean;
  nextWakeAt: number;
  /** The kernel has ended: nothing is tried again. */
  closed: boolean;
  /** Of the version in force. */
  owner: object | null;
  emit: <K extends keyof PoolEvents>(event: K, payload: PoolEvents[K]) => void;
  /** Looks whether something can start. */
  kick: () => void;
}

/** An empty ledger. */
export function createLedger(): Ledger {
  return {
    entries: new Map(),
    ended: new Map(),
    bySession: new Map(),
    byKey: new Map(),
    pending: new Map(),
    served: new Map(),
    starts: 0,
    lastOrder: 0,
    base: NO_TOTALS,
    totals: NO_TOTALS,
    times: new Times(),
    loading: null,
    loaded: false,
    reconciled: false,
    draining: false,
    drained: null,
    fault: null,
    park: null,
    waking: false,
    nextWakeAt: 0,
    closed: false,
    owner: null,
    emit: () => undefined,
    kick: () => undefined,
  };
}

/** Takes a request in that has not ended. `waitedMs`: how long it has waited already; `dueInMs`: until its next attempt is due. */
export function enter(ledger: Ledger, request: RequestDocument, waitedMs = 0, dueInMs = 0): Entry {
  const mono = performance.now();
  const entry: Entry = {
    request,
    slot: false,
    settling: false,
    openingUntil: 0,
    leaving: false,
    stop: null,
    waitingSince: mono - waitedMs,
    dueAt: mono + dueInMs,
    failures: 0,
    begun: Promise.withResolvers(),
    ended: Promise.withResolvers(),
    tail: Promise.resolve(),
  };
  // Nobody may be waiting for it.
  entry.begun.promise.catch(() => undefined);
  ledger.entries.set(request.requestId, entry);
  index(ledger, request);
  return entry;
}

/** An ended request in short. */
export function endedOf(request: RequestDocument): Ended {
  const { requestId, sessionId, key, fingerprint, order, endedAt } = request;
  return { requestId, sessionId, key, fingerprint, order, endedAt: endedAt ?? 0, share: shareOf(request) };
}

/** Notes a request that has ended. */
export function archive(ledger: Ledger, ended: Ended): void {
  ledger.entries.delete(ended.requestId);
  ledger.ended.set(ended.requestId, ended);
  ledger.totals = add(ledger.totals, ended.share);
  ledger.times.add(ended.share);
  index(ledger, ended);
}

/** Takes back that a request has ended. */
export function unarchive(ledger: Ledger, requestId: string): void {
  const ended = ledger.ended.get(requestId);
  if (ended === undefined) return;
  ledger.ended.delete(requestId);
  ledger.totals = add(ledger.totals, ended.share, -1);
}

/** Forgets a request that has ended; what it added stays counted. */
export function forget(ledger: Ledger, ended: Ended): void {
  if (ledger.ended.get(ended.requestId) !== ended) return;
  ledger.ended.delete(ended.requestId);
  if (ledger.bySession.get(ended.sessionId) === ended.requestId) ledger.bySession.delete(ended.sessionId);
  if (ended.key !== null && ledger.byKey.get(ended.key) === ended.requestId) ledger.byKey.delete(ended.key);
}

/** The request of an id, which may be that of its session. */
export function requestIdOf(ledger: Ledger, id: string): string {
  return ledger.entries.has(id) || ledger.ended.has(id) ? id : (ledger.bySession.get(id) ?? id);
}

/** The open request of a session. */
export function entryOf(ledger: Ledger, sessionId: string): Entry | undefined {
  return ledger.entries.get(ledger.bySession.get(sessionId) ?? '');
}

/** Whether it is in the queue, for a slot or a retry. What has not ended is there or holds a slot. */
export function isQueued(entry: Entry): boolean {
  return entry.request.state === 'queued' && !entry.slot;
}

/** Whether it is in the queue and nobody is taking it back. */
export function waits(entry: Entry): boolean {
  return isQueued(entry) && !entry.leaving;
}

/** How many hold a slot, and how many wait. */
export function countOf({ entries }: Ledger): { readonly active: number; readonly waiting: number } {
  let active = 0;
  let waiting = 0;
  for (const entry of entries.values()) {
    if (entry.slot) active += 1;
    else if (isQueued(entry)) waiting += 1;
  }
  return { active, waiting };
}

/** The next place in the order of acceptance. */
export function nextOrder(ledger: Ledger): number {
  ledger.lastOrder = Math.max(ledger.lastOrder + 1, Date.now());
  return ledger.lastOrder;
}

/** Frees the slot of a request. */
export function free(entry: Entry): void {
  entry.slot = false;
  entry.settling = false;
  entry.openingUntil = 0;
}

/** Does something with a request once what was begun before is done. */
export function inTurn<T>(entry: Entry, act: () => Promise<T>): Promise<T> {
  const run = entry.tail.then(act);
  entry.tail = run.catch(() => undefined);
  return run;
}

function index(ledger: Ledger, { requestId, sessionId, key, order }: RequestDocument | Ended): void {
  ledger.bySession.set(sessionId, requestId);
  if (key !== null) ledger.byKey.set(key, requestId);
  ledger.lastOrder = Math.max(ledger.lastOrder, order);
}
