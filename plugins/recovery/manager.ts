/** The service `recovery`. It decides and keeps the books; the service `pool` does what was decided. */
import type {
  Attributed,
  CrashAnalysis,
  Facade,
  Park,
  PluginContext,
  Recovery,
  RecoveryDecision,
  RecoveryEvents,
  RecoveryPlan,
  RecoveryState,
  RecoveryStatistics,
  SessionCrashReport,
  SessionEvents,
  Sessions,
} from '@vp/sdk';
import { classify } from './classify.ts';
import type { Options } from './config.ts';
import { decide, hasProgressed, type Circumstances } from './decide.ts';
import { pruneDumps, writeDump } from './dumps.ts';
import { errors } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { byHand, endedWithoutCrash } from './manual.ts';
import { inTurn, parkOf, withTotals } from './memory.ts';
import { payloadOf } from './payload.ts';
import { consider } from './propose.ts';
import { countAnew, decisionFor, stateOf, withAbandoned, withDecision, withEnd, type Entry, type RecoveryRecord } from './record.ts';
import { ownZone } from './reset.ts';
import { recentRetries, statisticsOf, withCrash, withEnded, withRetry, type Totals } from './totals.ts';

/** What the service works with. */
export interface ManagerParts {
  readonly ctx: PluginContext<Options>;
  readonly version: string;
  readonly ledger: Ledger;
  readonly sessions: Facade<Sessions, SessionEvents>;
  /** The limit of a session: its charter's, else the option's. */
  readonly maxRetries: (charterId: string | undefined) => number;
  readonly emit: <K extends keyof RecoveryEvents>(event: K, payload: RecoveryEvents[K]) => void;
}

type Proposal = Attributed<RecoveryPlan> | undefined;

export class SessionRecoveryManager implements Recovery {
  readonly #parts: ManagerParts;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
  }

  handleCrash(sessionId: string, report: SessionCrashReport): Promise<RecoveryDecision> {
    const { ledger } = this.#parts;
    return inTurn(ledger.memory, sessionId, async () => {
      const record = await ledger.recordOrNew(sessionId, report.requestId);
      return decisionFor(record, report.attempt) ?? (await this.#settle(record, report));
    });
  }

  async getRecoveryStatus(sessionId: string): Promise<RecoveryState | null> {
    const record = await this.#parts.ledger.record(sessionId);
    return record === null ? null : stateOf(record);
  }

  async getActiveRecoveries(): Promise<readonly RecoveryState[]> {
    const ids = [...this.#parts.ledger.memory.open.keys()];
    const states = await Promise.all(ids.map((id) => this.getRecoveryStatus(id)));
    return states.filter((state) => state !== null);
  }

  getRecoveryStats(): Promise<RecoveryStatistics> {
    return Promise.resolve(statisticsOf(this.#parts.ledger.memory.totals));
  }

  triggerManualRecovery(sessionId: string): Promise<boolean> {
    return this.#wanted(sessionId, 0, 'A person wants it to go on.');
  }

  async abandonRecovery(sessionId: string): Promise<void> {
    const { ledger, sessions, emit } = this.#parts;
    await inTurn(ledger.memory, sessionId, async () => {
      const found = await ledger.record(sessionId);
      const row = sessions.getSessionStatus(sessionId);
      if (found === null && row === null) throw errors('VP_RECOVERY_UNKNOWN', { id: sessionId });
      const record = found ?? (await ledger.recordOrNew(sessionId, row?.requestId ?? null));
      if (record.abandoned) return;
      const waits = record.status === 'waiting';
      const next = waits ? withAbandoned(record) : { ...record, abandoned: true };
      await this.#withTotals((totals) => ledger.write(next, waits ? withEnded(totals, 'abandoned', record.restarts) : totals));
      if (waits) emit('recovery-abandoned', { sessionId });
    });
  }

  getPark(): Park | null {
    return parkOf(this.#parts.ledger.memory, Date.now());
  }

  /** Also lets the sessions go on that wait for the limit. */
  async unpark(): Promise<void> {
    const { ledger, ctx } = this.#parts;
    await this.endPark();
    for (const [sessionId, { status }] of ledger.memory.open) {
      if (status !== 'waiting' || (await ledger.record(sessionId))?.entries.at(-1)?.analysis.type !== 'rate_limit') continue;
      await this.#wanted(
        sessionId,
        Math.round(Math.random() * ctx.config.rateLimit.jitterMs),
        'A person wants to wait no more for the limit.',
      );
    }
  }

  /** Ends the park; with `ifOver` only where its time has come. */
  async endPark(ifOver = false): Promise<void> {
    const { ledger, emit } = this.#parts;
    const hasEnded = await this.#withTotals(async (totals) => {
      if (totals.park === null || (ifOver && this.getPark() !== null)) return false;
      await ledger.writeTotals({ ...totals, park: null });
      return true;
    });
    if (hasEnded) emit('unparked', {});
  }

  /** A change of the totals sees those of the change before. */
  #withTotals<T>(act: (totals: Totals) => Promise<T>): Promise<T> {
    return withTotals(this.#parts.ledger.memory, act);
  }

  async #settle(found: RecoveryRecord, report: SessionCrashReport): Promise<RecoveryDecision> {
    const { ctx, ledger, emit } = this.#parts;
    const { sessionId } = found;
    const analysis = classify(report);
    const progressed = hasProgressed(report, ctx.config);
    const record = progressed ? countAnew(found, report.attempt) : found;
    const proposal = await this.#ask(report, analysis, record.retries);
    const { entry, parked } = await this.#withTotals(async (totals) => {
      const around = this.#around(report, totals);
      const ruling = decide(report, analysis, record, around);
      const { ruling: taken, proposedBy } = consider(report, analysis, record, around, ruling, proposal);
      const { decision, counted } = taken;
      const dump = await this.#dump({ report, decision, proposedBy });
      const made: Entry = { attempt: report.attempt, at: report.at, mode: report.mode, progressed, analysis, decision, proposedBy, dump };
      const next = withEnd(record, made, counted);
      const current = parkOf(ledger.memory, around.now);
      const isLonger = taken.park !== null && taken.park.until > (current?.until ?? 0);
      const counts = counted
        ? withRetry(withCrash(totals, analysis.type), around.now, ctx.config.intensity.max)
        : withCrash(totals, analysis.type);
      const ended = next.status === 'waiting' ? counts : withEnded(counts, record.abandoned ? 'abandoned' : 'failed', next.restarts);
      await ledger.write(next, isLonger ? { ...ended, park: taken.park } : ended);
      return { entry: made, parked: isLonger ? taken.park : null };
    });
    const { action, reason } = entry.decision;
    ctx.log.info({ sessionId, attempt: report.attempt, type: analysis.type, action, reason }, 'a session crashed or failed');
    emit('crash-detected', { sessionId, crashReport: report });
    emit('crash-analyzed', { sessionId, analysis });
    if (entry.dump !== null) emit('crash-dump-saved', { sessionId, path: entry.dump });
    if (parked !== null) emit('parked', parked);
    if (action === 'stop') emit('recovery-failed', { sessionId, reason });
    return entry.decision;
  }

  #around({ charterId }: SessionCrashReport, totals: Totals): Circumstances {
    const { ctx, maxRetries } = this.#parts;
    const policy = ctx.config;
    const now = Date.now();
    const recent = recentRetries(totals, now, policy.intensity.windowMs);
    return { policy, maxRetries: maxRetries(charterId), recentRetries: recent, now, random: Math.random, zone: ownZone() };
  }

  /** What plugins propose. Nothing that goes wrong there keeps a session from being recovered. */
  async #ask(report: SessionCrashReport, analysis: CrashAnalysis, retries: number): Promise<Proposal> {
    const { ctx } = this.#parts;
    try {
      return await ctx.fire('on-crash', payloadOf(report, analysis, retries));
    } catch (error) {
      ctx.log.warn({ error, sessionId: report.sessionId }, 'asking what to do after a crash failed; the default stands');
      return undefined;
    }
  }

  /** A disk without space loses the dump and nothing else. */
  async #dump(dump: Parameters<typeof writeDump>[2]): Promise<string | null> {
    const { ctx, version } = this.#parts;
    try {
      const path = await writeDump(ctx.home, version, dump);
      await pruneDumps(ctx.home, ctx.config.dumps, Date.now());
      return path;
    } catch (error) {
      ctx.log.warn({ error, sessionId: dump.report.sessionId }, 'the crash dump could not be written');
      return null;
    }
  }

  #wanted(sessionId: string, delayMs: number, reason: string): Promise<boolean> {
    const { ledger, sessions, emit } = this.#parts;
    return inTurn(ledger.memory, sessionId, async () => {
      const row = sessions.getSessionStatus(sessionId);
      const report = row === null ? null : (sessions.getCrashReport(sessionId) ?? endedWithoutCrash(row));
      if (report === null) return false;
      const record = await ledger.recordOrNew(sessionId, report.requestId);
      const { entry, decision } = byHand(record, report, { now: Date.now(), delayMs, reason });
      const isNew = decisionFor(record, report.attempt) === undefined;
      const next = isNew ? { ...withEnd(record, entry, false), waits: record.waits } : withDecision(record, decision);
      await this.#withTotals((totals) => ledger.write({ ...next, abandoned: false }, totals));
      emit('recovery-wanted', { sessionId, decision });
      return true;
    });
  }
}
