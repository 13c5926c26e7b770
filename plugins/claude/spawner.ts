/** The service `sessions`. */
import { rmSync } from 'node:fs';
import type { SessionConfig, SessionCrashReport, SessionMetricsSummary, SessionRow, Sessions, SpawnResult, Undo, Usage } from '@vp/sdk';
import { findSessions } from './adopt.ts';
import { errors } from './errors.ts';
import { isEnded, rowOf, type Held } from './registry.ts';
import { Session } from './session.ts';
import { spawn, type SpawnTools } from './spawn.ts';
import { NO_USAGE } from './state.ts';

/** How often running sessions are looked at, beside the watch on their folders. */
const TICK_MS = 500;

export class ClaudeSessionSpawner implements Sessions {
  readonly #tools: SpawnTools;
  /** Sessions that this version holds. */
  readonly #active = new Map<string, Session>();
  readonly #workspaces = new Map<string, Undo>();
  #ticker: Undo | undefined;

  constructor(tools: SpawnTools) {
    this.#tools = tools;
  }

  /** Takes all sessions from the version before, in one step. */
  activate(): void {
    const { registry } = this.#tools.env;
    registry.take = (held) => this.#take(held);
    for (const held of registry.sessions.values()) if (!isEnded(held.journal.state)) this.#take(held);
    if (registry.adopted) return;
    registry.adopted = true;
    const { ctx } = this.#tools.env;
    // A question that an agent has waited with must not be judged before all who have a say are there.
    ctx.onReady(() => void this.#adopt());
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
  ended(id: string): void {
    this.#active.get(id)?.release();
    this.#active.delete(id);
    void this.#workspaces.get(id)?.();
    this.#workspaces.delete(id);
    this.#expire();
    if (this.#active.size > 0) return;
    void this.#ticker?.();
    this.#ticker = undefined;
  }

  async spawnSession(config: SessionConfig): Promise<SpawnResult> {
    const { env } = this.#tools;
    const max = env.config.maxSessions;
    if (this.getActiveSessions().length + env.registry.starting >= max) throw errors('VP_SESSION_LIMIT', { max });
    const { resume } = config;
    if (resume !== undefined) this.#reserve(resume);
    env.registry.starting += 1;
    try {
      const held = await spawn(this.#tools, config);
      env.registry.sessions.set(held.id, held);
      // The plugin may have been swapped while the agent started: the version in force takes the session.
      env.registry.take(held);
      return { sessionId: held.id, pid: held.pid ?? 0, completion: held.ended.promise };
    } finally {
      env.registry.starting -= 1;
      if (resume !== undefined) env.registry.resuming.delete(resume);
    }
  }

  getSessionStatus(sessionId: string): SessionRow | null {
    const held = this.#tools.env.registry.sessions.get(sessionId);
    return held === undefined ? null : rowOf(held, Date.now());
  }

  getActiveSessions(): SessionRow[] {
    return this.listSessions().filter((row) => !isEnded(row.state));
  }

  listSessions(): SessionRow[] {
    this.#expire();
    const now = Date.now();
    return [...this.#tools.env.registry.sessions.values()].map((held) => rowOf(held, now));
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

  cleanupCompletedSessions(): number {
    const ended = [...this.#tools.env.registry.sessions.values()].filter((held) => isEnded(held.journal.state));
    for (const held of ended) this.#remove(held);
    return ended.length;
  }

  getCrashReports(): SessionCrashReport[] {
    return [...this.#tools.env.registry.crashes];
  }

  getMetricsSummary(): SessionMetricsSummary {
    const rows = this.listSessions();
    const ended = rows.filter((row) => isEnded(row.state));
    const count = (state: SessionRow['state']): number => rows.filter((row) => row.state === state).length;
    return {
      total: rows.length,
      active: rows.length - ended.length,
      completed: count('completed'),
      failed: count('failed'),
      crashed: count('crashed'),
      timeout: count('timeout'),
      terminated: count('terminated'),
      usage: rows.reduce<Usage>(
        (sum, { usage }) => ({
          inputTokens: sum.inputTokens + usage.inputTokens,
          outputTokens: sum.outputTokens + usage.outputTokens,
          cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
          cacheCreationTokens: sum.cacheCreationTokens + usage.cacheCreationTokens,
        }),
        NO_USAGE,
      ),
      costUsd: rows.reduce((sum, row) => sum + (row.costUsd ?? 0), 0),
      averageExecutionTime: ended.length === 0 ? 0 : ended.reduce((sum, row) => sum + row.metrics.executionTime, 0) / ended.length,
    };
  }

  /** Becomes the one who reads and writes a session. */
  #take(held: Held): void {
    const { env } = this.#tools;
    const session = new Session(held, env);
    this.#active.set(held.id, session);
    this.#workspaces.set(held.id, env.ctx.workspace(held.spec.cwd));
    this.#ticker ??= env.ctx.setInterval(() => this.#tick(), TICK_MS);
    session.start();
  }

  #tick(): void {
    const now = Date.now();
    for (const session of this.#active.values()) session.tick(now);
  }

  async #adopt(): Promise<void> {
    const { env, charters } = this.#tools;
    for (const held of findSessions(env.ctx.home, env)) {
      env.registry.sessions.set(held.id, held);
      if (held.journal.row !== null) {
        held.ended.resolve(held.journal.row);
        continue;
      }
      // Watched again from here on; the charter from the start holds where the file cannot be read any more.
      await charters
        .resolve(held.spec.charterFile)
        .catch((error: unknown) => env.ctx.log.warn({ error, session: held.id }, 'the charter could not be loaded again'));
      env.registry.take(held);
      env.ctx.log.info({ session: held.id, pid: held.pid }, 'took up a session of an earlier kernel');
    }
    this.#expire();
  }

  /** Drops ended sessions that are older than the retention, and the oldest above the number that is kept. */
  #expire(): void {
    const { config, registry } = this.#tools.env;
    const ended = [...registry.sessions.values()].filter((held) => isEnded(held.journal.state));
    const oldest = ended.sort((a, b) => (a.journal.endedAt ?? 0) - (b.journal.endedAt ?? 0));
    const before = Date.now() - config.retentionMs;
    for (const [index, held] of oldest.entries()) {
      if ((held.journal.endedAt ?? 0) < before || ended.length - index > config.keepEnded) this.#remove(held);
    }
  }

  #remove(held: Held): void {
    rmSync(held.folder.root, { recursive: true, force: true });
    this.#tools.env.registry.sessions.delete(held.id);
  }

  /** The agent itself lets two processes write one conversation, and loses what one of them says. */
  #reserve(conversation: string): void {
    const { sessions, resuming } = this.#tools.env.registry;
    const isUsed = [...sessions.values()].some(
      ({ journal, progress, id, spec }) => !isEnded(journal.state) && [progress.agentSessionId, id, spec.resume].includes(conversation),
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
