/** The service `sessions`: supervised runs of an agent. Method and event names are those of `ClaudeSessionSpawner`. */
import type { AgentEvent, Priority, SessionState, SpawnLimits, Usage } from '@vp/schemas/types';
import type { Attributed } from '../hooks.ts';
import { defineService, type ServiceRef } from '../service.ts';
import type { SessionCrashReport } from './crash.ts';
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
  /** The session's id, a UUID that no session has had. Default: a new one. */
  readonly sessionId?: string;
  /** The request that it serves. Its session is kept, also once it has ended, until `releaseSession`. */
  readonly requestId?: string;
}

/** How a session that has ended goes on. */
export interface RestartPlan {
  /** `resume`: the agent's own conversation. `anew`: a fresh conversation, with the first prompt. */
  readonly mode: 'resume' | 'anew';
  /** Said to the agent: by itself in a conversation that goes on, after the prompt in a fresh one. */
  readonly note: string;
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
  /**
   * Starts a further attempt of a session that has ended: same id, folder, directory and charter file; `attempts` grows.
   * @throws what `spawnSession` throws, VP_SESSION_RUNNING
   */
  restartSession(sessionId: string, plan: RestartPlan): Promise<SpawnResult>;
  /** Resolves once what an earlier kernel left has been taken up. */
  adopted(): Promise<void>;
  /** Checks a request as `spawnSession` would, and starts nothing. @throws VP_CWD_INVALID, VP_PROMPT_EMPTY, VP_UNGOVERNED, VP_COMMAND_MISSING */
  checkConfig(config: SessionConfig): void;
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
  /** No attempt follows: from here on the session is kept no longer than others that have ended. Does nothing where it is unknown. */
  releaseSession(sessionId: string): void;
  /** Removes the folders of ended sessions that nothing keeps. Gives their number. */
  cleanupCompletedSessions(): number;
  /** Of the newest sessions whose last attempt crashed or failed. */
  getCrashReports(): SessionCrashReport[];
  /** Of a session whose last attempt crashed or failed; null for others. */
  getCrashReport(sessionId: string): SessionCrashReport | null;
  /** What the agent has said, oldest first, from byte `after` of its output on. */
  readOutput(sessionId: string, after?: number, limit?: number): Promise<OutputPage>;
  getMetricsSummary(): SessionMetricsSummary;
}

/** A part of a session's output. */
export interface OutputPage {
  readonly events: readonly AgentEvent[];
  /** Where to read on. */
  readonly next: number;
  /** There is more already. */
  readonly more: boolean;
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
  /** An attempt has ended. Where it crashed or failed another may follow: a request's end is told by the service `pool`. */
  'session-ended': { readonly sessionId: string; readonly status: SessionRow; readonly crash: SessionCrashReport | null };
  verdict: VerdictEvent;
}

const id = { type: 'string', minLength: 1 } as const;

export const sessions: ServiceRef<Sessions, SessionEvents> = defineService<Sessions, SessionEvents>('sessions', {
  version: 1,
  methods: {
    // Not from outside: requests go through the pool.
    spawnSession: {},
    restartSession: {},
    adopted: {},
    checkConfig: {},
    releaseSession: {},
    getSessionStatus: { remote: true, params: [id], sandbox: 'sessions:output' },
    getActiveSessions: { remote: true, params: [], sandbox: 'sessions:output' },
    listSessions: { remote: true, params: [], sandbox: 'sessions:output' },
    terminateSession: { remote: true, params: [id, { type: 'boolean' }], required: 1, sandbox: 'sessions:stop' },
    sendInput: { remote: true, params: [id, { type: 'string', minLength: 1 }] },
    interrupt: { remote: true, params: [id], sandbox: 'sessions:stop' },
    closeInput: { remote: true, params: [id] },
    cleanupCompletedSessions: { remote: true, params: [] },
    getCrashReports: { remote: true, params: [], sandbox: 'sessions:output' },
    getCrashReport: { remote: true, params: [id], sandbox: 'sessions:output' },
    readOutput: {
      remote: true,
      params: [id, { type: 'integer', minimum: 0 }, { type: 'integer', minimum: 1, maximum: 5000 }],
      required: 1,
      sandbox: 'sessions:output',
    },
    getMetricsSummary: { remote: true, params: [], sandbox: 'sessions:read' },
  },
  events: ['session-spawned', 'session-output', 'session-state', 'session-timeout', 'session-ended', 'verdict'],
});
