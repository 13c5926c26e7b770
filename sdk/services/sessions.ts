/** The service `sessions`: supervised runs of an agent. Method and event names are those of `ClaudeSessionSpawner`. */
import type { AgentEvent, Priority, SessionState, SpawnLimits, Usage } from '@vp/schemas/types';
import type { Attributed } from '../hooks.ts';
import { defineService, type ServiceRef } from '../service.ts';
import type { Finding, Level } from '../verdict.ts';

/** What to run. */
export interface SessionConfig {
  /** Absolute path; must be a readable directory. */
  readonly workingDirectory: string;
  /** The first prompt. Goes through stdin, never through argv. */
  readonly prompt: string;
  /** Path of a charter file; absent = the built-in `default`. */
  readonly charter?: string;
  /** Default `claude-code`. `command` has no gate and needs `allowUngoverned`. */
  readonly type?: 'claude-code' | 'claude-flow' | 'command';
  /** For `command`: program and arguments. */
  readonly command?: readonly string[];
  readonly priority?: Priority;
  /** Somebody can answer questions. Default false. */
  readonly attended?: boolean;
  /** Wall-clock milliseconds. */
  readonly timeout?: number;
  readonly limits?: SpawnLimits;
  readonly model?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Text for the memory and project sections of the session's CLAUDE.md. */
  readonly memory?: string;
  readonly projectContext?: string;
  /** Go on with an earlier conversation of the agent in the same directory. */
  readonly resume?: string;
  /** Keep the session open for further input after a turn has ended. Default false: it ends with its first result. */
  readonly keepOpen?: boolean;
}

/** Counters of one session, from the agent's own reports. */
export interface SessionMetrics {
  readonly commandsExecuted: number;
  readonly filesModified: number;
  readonly approvalsRequested: number;
  readonly denials: number;
  readonly errors: number;
  readonly turns: number;
  /** Milliseconds since the spawn, until the end. */
  readonly executionTime: number;
}

/** One row of `vp sessions`. */
export interface SessionRow {
  readonly sessionId: string;
  readonly requestId: string | null;
  readonly orchestrator: string;
  readonly state: SessionState;
  readonly type: 'claude-code' | 'claude-flow' | 'command';
  /** False where no gate stands between the agent and the machine. */
  readonly governed: boolean;
  readonly cwd: string;
  readonly priority: Priority;
  readonly attempts: number;
  readonly pid: number | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly usage: Usage;
  readonly costUsd: number | null;
  readonly result: string | null;
  /** Why it ended as it did, in words, where that needs saying. */
  readonly reason: string | null;
  /** The agent's own id of the conversation. */
  readonly agentSessionId: string | null;
  readonly metrics: SessionMetrics;
  /** Newest output, at most 5,000 characters. */
  readonly recentOutput: string;
}

/** What `spawnSession` gives. */
export interface SpawnResult {
  readonly sessionId: string;
  readonly pid: number;
  /** The session's last row, once its end is proved. Never rejects. */
  readonly completion: Promise<SessionRow>;
}

/** A crash, for who recovers. */
export interface SessionCrashReport {
  readonly sessionId: string;
  readonly at: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
  readonly lastEvents: readonly AgentEvent[];
}

/** All sessions of this kernel together. */
export interface SessionMetricsSummary {
  readonly total: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly crashed: number;
  readonly timeout: number;
  readonly terminated: number;
  readonly usage: Usage;
  readonly costUsd: number;
  /** Mean of the ended ones, milliseconds. */
  readonly averageExecutionTime: number;
}

/** Methods of the service. IDs are session ids. Unknown ids throw VP_SESSION_UNKNOWN, except where null is given. */
export interface Sessions {
  /**
   * Starts a session. Resolves once the agent's process runs.
   * @throws VP_SPAWN_REFUSED by a hook, VP_CWD_INVALID, VP_CLAUDE_MISSING, VP_CLAUDE_UNFIT (the canary failed).
   */
  spawnSession(config: SessionConfig): Promise<SpawnResult>;
  getSessionStatus(sessionId: string): SessionRow | null;
  getActiveSessions(): SessionRow[];
  /** Active and ended ones that are still kept. */
  listSessions(): SessionRow[];
  /** Ends a session: `graceful` (default) climbs the stop ladder, otherwise SIGKILL at once. Resolves when the end is proved. */
  terminateSession(sessionId: string, graceful?: boolean): Promise<void>;
  /** Sends a further message to the agent. */
  sendInput(sessionId: string, input: string): void;
  /** Stops the turn; the session lives on. */
  interrupt(sessionId: string): Promise<void>;
  /** Says that no more input comes: the session ends when its work is done. */
  closeInput(sessionId: string): void;
  /** Removes the folders of ended sessions. Gives their number. */
  cleanupCompletedSessions(): number;
  getCrashReports(): SessionCrashReport[];
  getMetricsSummary(): SessionMetricsSummary;
}

/** A verdict on one tool call. */
export interface VerdictEvent {
  readonly sessionId: string;
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly verdict: Level;
  /** Name of the rule that decided; null where nothing objected. */
  readonly rule: string | null;
  readonly reason: string | null;
  readonly findings: readonly Attributed<Finding>[];
  /** Time taken to decide, microseconds. */
  readonly micros: number;
}

/** Events of the service. */
export interface SessionEvents {
  'session-spawned': { readonly sessionId: string; readonly pid: number; readonly row: SessionRow };
  'session-output': { readonly sessionId: string; readonly events: readonly AgentEvent[]; readonly replayed: boolean };
  'session-state': { readonly sessionId: string; readonly state: SessionState; readonly previous: SessionState };
  'session-timeout': { readonly sessionId: string };
  'session-ended': { readonly sessionId: string; readonly status: SessionRow };
  verdict: VerdictEvent;
}

export const sessions: ServiceRef<Sessions, SessionEvents> = defineService<Sessions, SessionEvents>('sessions', {
  version: 1,
  methods: {
    spawnSession: {},
    getSessionStatus: { sandbox: 'sessions:read' },
    getActiveSessions: { sandbox: 'sessions:read' },
    listSessions: { sandbox: 'sessions:read' },
    terminateSession: { sandbox: 'sessions:stop' },
    sendInput: {},
    interrupt: { sandbox: 'sessions:stop' },
    closeInput: {},
    cleanupCompletedSessions: {},
    getCrashReports: { sandbox: 'sessions:read' },
    getMetricsSummary: { sandbox: 'sessions:read' },
  },
  events: ['session-spawned', 'session-output', 'session-state', 'session-timeout', 'session-ended', 'verdict'],
});
