/** The service `sessions`. */
import type {
  OutputPage,
  RestartPlan,
  SessionConfig,
  SessionCrashReport,
  SessionMetricsSummary,
  SessionRow,
  Sessions,
  SpawnResult,
  Undo,
} from '@vp/sdk';
import { adoptAll } from './adopt/adoption.ts';
import { newest } from './state/attempts.ts';
import { Disk } from './keep/disk.ts';
import { errors } from './errors.ts';
import { writeWhole } from './holder/folder.ts';
import { slim } from './state/held.ts';
import { readPage } from './session/output.ts';
import { checkConfig, type SpawnTools } from './start/prepare.ts';
import { isEnded, type Held } from './state/registry.ts';
import { Retention } from './keep/retention.ts';
import { rowOf } from './state/row.ts';
import { Session } from './session/session.ts';
import { Slots } from './session/slots.ts';
import { respawn, spawn } from './start/spawn.ts';
import { readStored } from './state/stored.ts';
import { summaryOf } from './state/summary.ts';

/** How often running sessions are looked at, beside the watch on their folders. */
const TICK_MS = 500;
/** Sessions whose output is read again at one time. */
const READ_AT_ONCE = 4;
/** Crash reports in one answer. */
const CRASHES = 100;

export class ClaudeSessionSpawner implements Sessions {
  readonly #tools: SpawnTools;
  readonly #retention: Retention;
  readonly #disk: Disk;
  /** Sessions that this version holds. */
  readonly #active = new Map<string, Session>();
  readonly #workspaces = new Map<string, Undo>();
  readonly #slots = new Slots(READ_AT_ONCE);
  #ticker: Undo | undefined;

  constructor(tools: SpawnTools) {
    this.#tools = tools;
    this.#retention = new Retention(tools.env);
    this.#disk = new Disk(tools.env);
  }

  /** Takes all sessions from the version before, in one step. */
  activate(): void {
    const { ctx, registry } = this.#tools.env;
    registry.take = (held) => this.#take(held);
    for (const held of registry.sessions.values()) if (!isEnded(held.journal.state)) this.#take(held);
    if (registry.adoption !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    registry.adoption = promise;
    // A question that an agent has waited with must not be judged before all who have a say are there.
    ctx.onReady(() => void adoptAll(this.#tools).finally(() => (this.#retention.apply(), resolve())));
  }

  /** Lets go of all sessions; their holders go on. */
  dispose(): void {
    for (const session of this.#active.values()) {
      if (session.owned) session.save();
      session.release();
    }
    for (const undo of this.#workspaces.values()) void undo();
    this.#active.clear();
    this.#workspaces.clear();
    void this.#ticker?.();
  }

  /** Called once a session's end is journaled. */
  ended(held: Held): void {
    const { id } = held;
    this.#active.get(id)?.release();
    this.#active.delete(id);
    void this.#workspaces.get(id)?.();
    this.#workspaces.delete(id);
    slim(held);
    this.#retention.apply();
    if (this.#active.size > 0) return;
    void this.#ticker?.();
    this.#ticker = undefined;
  }

  async spawnSession(config: SessionConfig): Promise<SpawnResult> {
    return this.#start(config.resume, () => spawn(this.#tools, config));
  }

  async restartSession(sessionId: string, plan: RestartPlan): Promise<SpawnResult> {
    const held = this.#held(sessionId);
    if (!isEnded(held.journal.state)) throw errors('VP_SESSION_RUNNING', { id: sessionId });
    return this.#start(
      plan.mode === 'resume' ? (held.journal.row?.agentSessionId ?? newest(held.journal.attempts).conversation) : undefined,
      () => respawn(this.#tools, sessionId, plan),
    );
  }

  /** A session goes to the version of the plugin that is in force: it may have been swapped while the agent started. */
  async #start(conversation: string | undefined, begin: () => Promise<Held>): Promise<SpawnResult> {
    const { registry } = this.#tools.env;
    if (conversation !== undefined) this.#reserve(conversation);
    try {
      const held = await begin();
      registry.sessions.set(held.id, held);
      registry.take(held);
      return { sessionId: held.id, pid: held.pid ?? 0, completion: held.ended.promise };
    } finally {
      if (conversation !== undefined) registry.resuming.delete(conversation);
    }
  }

  async adopted(): Promise<void> {
    await this.#tools.env.registry.adoption;
  }

  checkConfig(config: SessionConfig): void {
    checkConfig(this.#tools.env, config);
  }

  getSessionStatus(sessionId: string): SessionRow | null {
    const held = this.#tools.env.registry.sessions.get(sessionId);
    return held === undefined ? null : rowOf(held, this.#tools.env.boot);
  }

  getActiveSessions(): SessionRow[] {
    return this.listSessions().filter((row) => !isEnded(row.state));
  }

  listSessions(): SessionRow[] {
    const { boot, registry } = this.#tools.env;
    this.#retention.tick();
    return [...registry.sessions.values()].map((held) => rowOf(held, boot));
  }

  async terminateSession(sessionId: string, graceful = true): Promise<void> {
    const held = this.#held(sessionId);
    if (isEnded(held.journal.state)) return;
    this.#session(held).stop('terminated', 'it was asked to end', !graceful);
    await held.ended.promise;
  }

  sendInput(sessionId: string, input: string): void {
    this.#session(this.#held(sessionId)).input(input);
  }

  async interrupt(sessionId: string): Promise<void> {
    await this.#session(this.#held(sessionId)).interrupt();
  }

  closeInput(sessionId: string): void {
    const held = this.#held(sessionId);
    if (!isEnded(held.journal.state)) this.#session(held).closeInput();
  }

  releaseSession(sessionId: string): void {
    const held = this.#tools.env.registry.sessions.get(sessionId);
    if (held === undefined || !held.journal.kept) return;
    held.journal.kept = false;
    const active = this.#active.get(sessionId);
    if (active !== undefined) return active.save();
    // What is in memory of an ended session is not all of it.
    const stored = readStored(held.folder);
    if (stored !== undefined) writeWhole(held.folder.state, JSON.stringify({ ...stored.journal, kept: false }));
  }

  cleanupCompletedSessions(): number {
    return this.#retention.clear();
  }

  getCrashReports(): SessionCrashReport[] {
    const rows = [...this.#tools.env.registry.sessions.values()].filter(
      ({ journal }) => journal.state === 'crashed' || journal.state === 'failed',
    );
    const newestFirst = rows.sort((a, b) => (b.journal.endedAt ?? 0) - (a.journal.endedAt ?? 0)).slice(0, CRASHES);
    return newestFirst.map(crashOf).filter((report) => report !== null);
  }

  getCrashReport(sessionId: string): SessionCrashReport | null {
    const held = this.#tools.env.registry.sessions.get(sessionId);
    return held === undefined ? null : crashOf(held);
  }

  async readOutput(sessionId: string, after?: number, limit?: number): Promise<OutputPage> {
    return readPage(this.#tools.env, this.#held(sessionId), after, limit);
  }

  getMetricsSummary(): SessionMetricsSummary {
    return summaryOf(this.listSessions());
  }

  /** Becomes the one who reads and writes a session. */
  #take(held: Held): void {
    const { env } = this.#tools;
    const session = new Session(held, env);
    this.#active.set(held.id, session);
    this.#workspaces.set(held.id, env.ctx.workspace(held.spec.cwd));
    this.#ticker ??= env.ctx.setInterval(() => this.#tick(), TICK_MS);
    if (session.caughtUp) return session.start();
    this.#slots.run(async () => {
      session.start();
      await session.ready;
    });
  }

  #tick(): void {
    for (const session of this.#active.values()) session.tick();
    this.#retention.tick();
    this.#disk.tick(this.#active.values());
  }

  /** The agent itself lets two processes write one conversation, and loses what one of them says. */
  #reserve(conversation: string): void {
    const { sessions, resuming } = this.#tools.env.registry;
    const isUsed = [...sessions.values()].some(
      ({ journal, progress, id }) =>
        !isEnded(journal.state) && [progress.agentSessionId, id, newest(journal.attempts).conversation].includes(conversation),
    );
    if (isUsed || resuming.has(conversation)) throw errors('VP_CONVERSATION_BUSY', { conversation });
    resuming.add(conversation);
  }

  #held(id: string): Held {
    const held = this.#tools.env.registry.sessions.get(id);
    if (held === undefined) throw errors('VP_SESSION_UNKNOWN', { id });
    return held;
  }

  #session(held: Held): Session {
    const session = this.#active.get(held.id);
    if (session === undefined) throw errors('VP_SESSION_ENDED', { id: held.id, why: 'it has ended' });
    return session;
  }
}

function crashOf({ folder, journal }: Held): SessionCrashReport | null {
  if (journal.state !== 'crashed' && journal.state !== 'failed') return null;
  return readStored(folder)?.journal.crash ?? null;
}
