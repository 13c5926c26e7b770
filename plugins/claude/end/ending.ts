/** The end of a session: asked for, noticed, proved, and only then told. */
import { existsSync } from 'node:fs';
import { newest } from '../state/attempts.ts';
import { lastCheckpoint } from '../state/checkpoint.ts';
import { momentOf, since, uptime } from '../state/clock.ts';
import type { SessionCrashReport } from '@vp/sdk';
import type { Environment } from '../environment.ts';
import { sizeOf } from '../holder/folder.ts';
import { readExit, readProcess } from '../holder/holder.ts';
import { firstStep, nextStep } from './ladder.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import type { Stop } from '../state/registry.ts';
import { reportOf } from './report.ts';
import { ranMs, rowOf } from '../state/row.ts';
import type { Session } from '../session/session.ts';
import { isLive } from '../holder/spool.ts';
import { signal, sweep } from '../holder/sweep.ts';
import type { Tail } from '../holder/tail.ts';

/** A holder that has made its FIFOs writes the agent's process down within so long, or never. */
const RECORD_MS = 5_000;

export class Ending {
  readonly #session: Session;
  readonly #env: Environment;
  readonly #tails: readonly Tail[];
  readonly #taken = uptime();
  #finishing = false;

  constructor(session: Session, env: Environment, tails: readonly Tail[]) {
    this.#session = session;
    this.#env = env;
    this.#tails = tails;
  }

  /** Begins to end the session. The first reason counts; `force` hastens an end that has begun. */
  stop(outcome: Stop['outcome'], reason: string | null, force: boolean): void {
    const { journal } = this.#session.held;
    if (journal.stop === null) {
      const step = firstStep(force, this.#session);
      journal.stop = { outcome, reason, force, step, since: momentOf(this.#env.boot) };
      this.#take(step);
    } else if (force && journal.stop.step !== 'kill') {
      this.#climbTo(journal.stop, 'kill');
    }
  }

  /** Looks at the clock and at the processes. */
  tick(): void {
    if (this.#finishing || !this.#session.owned) return;
    const { journal, spec } = this.#session.held;
    const { timeoutMs } = spec.limits;
    if (journal.stop === null && timeoutMs !== undefined && ranMs(this.#session.held, this.#env.boot) >= timeoutMs) {
      this.#session.emit('session-timeout', { sessionId: spec.id });
      this.stop('timeout', `it ran for longer than ${timeoutMs / 1_000} s`, false);
    }
    if (journal.stop !== null) {
      const step = nextStep(journal.stop, since(journal.stop.since, this.#env.boot), this.#env.config.stop, this.#session);
      if (step !== undefined) this.#climbTo(journal.stop, step);
    }
    if (this.#hasEnded()) void this.#finish();
  }

  /** Output is a file and has no back-pressure: this is its bound. */
  checkSize(): void {
    const { journal, folder } = this.#session.held;
    if (journal.stop !== null) return;
    const limit = this.#env.config.transcriptMb;
    if (sizeOf(folder.out) + sizeOf(folder.err) > limit * 1e6)
      this.stop('failed', `its output grew past ${limit} MB (option "transcriptMb")`, true);
  }

  #climbTo(stop: Stop, step: Stop['step']): void {
    stop.step = step;
    stop.since = momentOf(this.#env.boot);
    this.#take(step);
  }

  /** Each rung is journaled before it is taken. */
  #take(step: Stop['step']): void {
    const { held } = this.#session;
    this.#session.save();
    switch (step) {
      case 'interrupt':
        this.#session
          .interrupt()
          .catch((error: unknown) => this.#env.ctx.log.warn({ error, session: held.id }, 'the turn could not be interrupted'));
        return;
      case 'eof':
        return this.#session.closeInput();
      case 'term':
        return this.signalAgent('SIGTERM');
      case 'kill':
        this.signalAgent('SIGKILL');
        for (const pid of this.#env.platform.members(held.id, this.#holder())) signal(pid, 'SIGKILL');
        return;
      default:
        return never(step);
    }
  }

  /** Signals the agent: only ever the very process that was started, not one that got its number later. */
  signalAgent(name: NodeJS.Signals): void {
    const { pid, pidStart } = this.#session.held;
    if (pid !== null && this.#env.platform.look(pid)?.start === pidStart) signal(pid, name);
  }

  /** The number of the holder's process session, unless somebody else has it by now. */
  #holder(): number | undefined {
    const { holder } = this.#session.held;
    const now = holder === null ? undefined : this.#env.platform.look(holder.pid);
    return now === undefined || now.start === holder?.start ? holder?.pid : undefined;
  }

  #hasEnded(): boolean {
    const { held } = this.#session;
    const { folder } = held;
    if (existsSync(folder.exit)) return true;
    if (held.pid === null) this.#lookForPid();
    const { pid, pidStart } = held;
    if (pid === null && newest(held.journal.attempts).boot === this.#env.boot && uptime() - this.#taken < RECORD_MS) return false;
    const agent = pid === null ? undefined : this.#env.platform.look(pid);
    if (agent !== undefined && !agent.zombie && agent.start === pidStart) return false;
    // While the holder lives it will say how the agent ended.
    return !isLive(folder);
  }

  /** Taken up between the holder's first step and its record of the agent. */
  #lookForPid(): void {
    const { held } = this.#session;
    const agent = readProcess(held.folder.pid);
    if (agent === undefined || newest(held.journal.attempts).boot !== this.#env.boot) return;
    held.pid = agent.pid;
    held.pidStart = agent.start;
    held.holder = readProcess(held.folder.holder) ?? null;
  }

  async #finish(): Promise<void> {
    this.#finishing = true;
    const { held } = this.#session;
    try {
      const slow = (pids: readonly number[]): void =>
        this.#env.ctx.log.warn({ session: held.id, pids }, 'processes of an ended session do not die');
      await sweep(this.#env.platform, held.id, this.#holder(), slow);
      for (const tail of this.#tails) await tail.finish();
      const outcome = outcomeOf(readExit(held.folder), held.journal.stop, held.progress, {
        hasResults: held.spec.type === 'claude-code',
        done: this.#session.done,
      });
      const crash = outcome.state === 'crashed' || outcome.state === 'failed' ? await reportOf(this.#session, this.#env, outcome) : null;
      if (this.#session.owned) this.#settle(outcome, crash);
    } catch (error) {
      this.#env.ctx.log.error({ error, session: held.id }, 'the end of a session could not be proved; it is tried again');
      this.#finishing = false;
    }
  }

  /** Journaled with the row that stays, then told. A kernel that dies in between leaves it to the next one's rows to tell. */
  #settle(outcome: Outcome, crash: SessionCrashReport | null): void {
    const { held } = this.#session;
    const { journal, progress } = held;
    const previous = journal.state;
    const { state, exitCode, signal: name, reason } = outcome;
    const attempt = newest(journal.attempts);
    attempt.ranMs = since(attempt.started, this.#env.boot);
    const ended = { ...journal, state, exitCode, signal: name, reason, endedAt: Date.now(), row: null };
    const row = rowOf({ ...held, journal: ended }, this.#env.boot);
    Object.assign(journal, ended, { row, crash, checkpoint: lastCheckpoint(held) });
    this.#env.eventLog.note(held, previous);
    this.#session.save();
    this.#session.emit('session-state', { sessionId: held.id, state, previous });
    this.#env.ctx.fire('session-end', {
      at: ended.endedAt,
      session: this.#session.info(),
      state,
      exitCode,
      signal: name,
      result: progress.result,
      usage: row.usage,
      costUsd: row.costUsd,
    });
    this.#env.eventLog.flush(held);
    for (const request of held.requests.values()) request.resolve();
    this.#env.ended(held);
    this.#session.emit('session-ended', { sessionId: held.id, status: row, crash });
    held.ended.resolve(row);
  }
}

function never(value: never): never {
  throw new TypeError(`not a rung: ${String(value)}`);
}
