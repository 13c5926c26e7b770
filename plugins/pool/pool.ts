/** The service `pool`. */
import { availableParallelism } from 'node:os';
import {
  reasonOf,
  type Accepted,
  type Pool,
  type PooledSessionRequest,
  type PoolMetrics,
  type PoolRow,
  type PoolStatus,
  type RowQuery,
  type SpawnResult,
  type Undo,
} from '@vp/sdk';
import { heldBy, LOOK_MS } from './brake.ts';
import { finish, STOPPED_WHILE_WAITING } from './ends.ts';
import { errors } from './errors.ts';
import { takeIn } from './intake.ts';
import { countOf, inTurn, isQueued, requestIdOf, waits, type Entry } from './ledger.ts';
import { metricsOf } from './metrics.ts';
import { look, next, placeOf, places, victim, type Look } from './queue.ts';
import { brief, rowOf } from './rows.ts';
import { begin, end } from './starts.ts';
import { openRow, tell, type Tools } from './tools.ts';

const MOST_ROWS = 1_000;
const CORES = availableParallelism();

export class SessionPool implements Pool {
  readonly #tools: Tools;
  readonly #setTimeout: (fn: () => void, ms: number) => Undo;
  #alarm: Undo | undefined;

  constructor(tools: Tools, setTimeout: (fn: () => void, ms: number) => Undo) {
    this.#tools = tools;
    this.#setTimeout = setTimeout;
  }

  async submit(request: PooledSessionRequest): Promise<Accepted> {
    await this.#loaded();
    const { requestId, existing, place } = await takeIn(this.#tools, request);
    const { entries, ended } = this.#tools.ledger;
    const sessionId = entries.get(requestId)?.request.sessionId ?? ended.get(requestId)?.sessionId ?? '';
    return { requestId, sessionId, existing, position: place?.position ?? 0, estimatedWaitMs: place?.estimatedWaitMs ?? null };
  }

  async requestSession(request: PooledSessionRequest): Promise<SpawnResult> {
    const { requestId } = await this.submit(request);
    const entry = this.#tools.ledger.entries.get(requestId);
    if (entry !== undefined) return entry.begun.promise;
    const row = await this.#row(requestId);
    throw errors('VP_REQUEST_ENDED', { id: requestId, state: row.state });
  }

  getPoolStatus(): PoolStatus {
    const { ledger, config } = this.#tools;
    const mono = performance.now();
    const { active } = countOf(ledger);
    // Looked at first: it notices the end of a limit.
    const held = heldBy(this.#tools);
    const open = [...ledger.entries.values()];
    const waiting = open.filter(isQueued);
    return {
      maxConcurrentSessions: config.maxConcurrentSessions,
      active,
      starting: open.filter(({ openingUntil }) => openingUntil > mono).length,
      queued: waiting.length,
      recovering: waiting.filter(({ request }) => request.plan !== null).length,
      maxQueueSize: config.maxQueueSize,
      utilization: Math.min(1, active / config.maxConcurrentSessions),
      draining: ledger.draining,
      parked: ledger.park?.park ?? null,
      heldBy: held?.reason ?? null,
    };
  }

  getMetrics(): PoolMetrics {
    const { ledger, config } = this.#tools;
    const { active, waiting } = countOf(ledger);
    const begun = [...ledger.entries.values()].filter(({ request }) => request.attempts > 0).length;
    return metricsOf(ledger.totals, ledger.times, { active, begun, queued: waiting, max: config.maxConcurrentSessions });
  }

  async cancelRequest(requestId: string): Promise<boolean> {
    await this.#loaded();
    const entry = this.#tools.ledger.entries.get(requestId);
    if (entry === undefined || !waits(entry)) return false;
    await this.#cancel(entry);
    return true;
  }

  async stopSession(id: string, force = false): Promise<PoolRow> {
    await this.#loaded();
    const entry = this.#tools.ledger.entries.get(requestIdOf(this.#tools.ledger, id));
    if (entry === undefined) return this.#row(id);
    if (waits(entry)) await this.#cancel(entry);
    else {
      entry.stop = { force: force || entry.stop?.force === true };
      // One that starts is ended as soon as it runs.
      if (entry.request.state === 'running' && !entry.settling) await end(this.#tools, entry);
    }
    return entry.ended.promise;
  }

  async drain(timeoutMs?: number): Promise<void> {
    const { ledger } = this.#tools;
    const drained = (ledger.drained ??= Promise.withResolvers());
    if (!ledger.draining) {
      ledger.draining = true;
      tell(this.#tools, 'pool-draining', {});
    }
    ledger.kick();
    if (timeoutMs === undefined) return drained.promise;
    // Not tied to this version of the plugin: who waits is told in time also where it is swapped meanwhile.
    const late = new Promise<void>((resolve) => void setTimeout(resolve, timeoutMs).unref());
    await Promise.race([drained.promise, late]);
  }

  resume(): void {
    const { ledger } = this.#tools;
    ledger.draining = false;
    ledger.drained?.resolve();
    ledger.drained = null;
    ledger.kick();
  }

  async listSessions({ open = false, limit = MOST_ROWS }: RowQuery = {}): Promise<readonly PoolRow[]> {
    await this.#loaded();
    const { ledger, journal } = this.#tools;
    const placed = places(this.#tools);
    const all = [
      ...[...ledger.entries.values()].map((entry) => ({ order: entry.request.order, entry })),
      ...(open ? [] : [...ledger.ended.values()].map(({ order, requestId }) => ({ order, requestId }))),
    ];
    const newest = all.toSorted((a, b) => b.order - a.order).slice(0, Math.min(limit, MOST_ROWS));
    const rows = newest.map(async (one) => {
      if ('entry' in one) return openRow(this.#tools, one.entry, placed.get(one.entry) ?? null);
      const request = await journal.find(one.requestId);
      return request === null ? null : rowOf(request, null, null);
    });
    return (await Promise.all(rows)).filter((row) => row !== null).map(brief);
  }

  async getSession(id: string): Promise<PoolRow | null> {
    await this.#loaded();
    const { ledger, journal } = this.#tools;
    const requestId = requestIdOf(ledger, id);
    const entry = ledger.entries.get(requestId);
    if (entry !== undefined) return openRow(this.#tools, entry, placeOf(this.#tools, entry));
    const request = ledger.ended.has(requestId) ? await journal.find(requestId) : null;
    return request === null ? null : rowOf(request, null, null);
  }

  /** Starts what can start. Does nothing where another version of the plugin is in force. */
  pump(): void {
    const { ledger, config } = this.#tools;
    void this.#alarm?.();
    this.#alarm = undefined;
    if (!ledger.reconciled) return;
    for (;;) {
      const { active } = countOf(ledger);
      if (active === 0) this.#tellDrained();
      if (ledger.draining) return;
      const isFull = active >= config.maxConcurrentSessions;
      // A slot that frees comes as an event.
      if (isFull && !config.preemption) return;
      const now = look(this.#tools);
      if (now.due.length === 0) {
        ledger.waking = false;
        return this.#wake(now.nextDueMs);
      }
      const held = heldBy(this.#tools);
      if (held !== null) return this.#wake(held.lookAgainMs);
      if (isFull) return this.#makeRoom(now);
      if (now.opening >= (config.maxStarting ?? CORES)) return this.#wake(LOOK_MS);
      const entry = next(this.#tools, now);
      if (entry === undefined) return this.#wake(now.nextDueMs);
      ledger.nextWakeAt = performance.now() + config.wakeMs;
      begin(this.#tools, entry);
    }
  }

  /** Lets go of the alarm. */
  dispose(): void {
    void this.#alarm?.();
  }

  #wake(ms: number | null): void {
    // Never later than this: a clock that stood still while the machine slept would make it late.
    if (ms !== null && ms !== Number.POSITIVE_INFINITY)
      this.#alarm = this.#setTimeout(() => this.pump(), Math.min(Math.max(1, Math.ceil(ms)), LOOK_MS));
  }

  #tellDrained(): void {
    const { drained } = this.#tools.ledger;
    if (drained === null) return;
    this.#tools.ledger.drained = null;
    drained.resolve();
    tell(this.#tools, 'pool-drained', {});
  }

  #makeRoom(now: Look): void {
    const entry = this.#tools.config.preemption ? victim(this.#tools, now) : undefined;
    if (entry === undefined) return;
    const { request } = entry;
    const { attempts } = request;
    entry.request = { ...request, preempted: attempts };
    const { journal, log } = this.#tools;
    inTurn(entry, async () => {
      await journal.write(entry.request, { type: 'request-preempted', key: `preempted:${attempts}` });
      if (!entry.settling) await end(this.#tools, entry);
    }).catch((error: unknown) => {
      entry.request = { ...entry.request, preempted: null };
      log.warn({ request: request.requestId, error: reasonOf(error) }, 'it could not make room');
    });
  }

  /** @throws what the store throws; then it waits on */
  async #cancel(entry: Entry): Promise<void> {
    entry.leaving = true;
    const reason = entry.request.attempts === 0 ? 'it was cancelled before it started' : STOPPED_WHILE_WAITING;
    const { sessionId, plan } = entry.request;
    try {
      await inTurn(entry, () => finish(this.#tools, entry, { outcome: 'terminated', reason, cancelled: true }));
    } catch (error) {
      entry.leaving = false;
      this.#tools.ledger.kick();
      throw error;
    }
    if (plan !== null)
      await this.#tools
        .recovery()
        ?.abandonRecovery(sessionId)
        .catch(() => undefined);
  }

  async #row(id: string): Promise<PoolRow> {
    const row = await this.getSession(id);
    if (row === null) throw errors('VP_REQUEST_UNKNOWN', { id });
    return row;
  }

  async #loaded(): Promise<void> {
    const { ledger } = this.#tools;
    if (!ledger.loaded) await ledger.loading;
  }
}
