/**
 * What is known of each session, as plain data that lies outside any one version of the plugin. When a new version takes over, it
 * takes each session's owner token in one step; whoever does not hold the token reads and writes nothing more.
 */
import type { CompiledCharter, Priority, SessionCrashReport, SessionRow, SessionState, SpawnLimits } from '@vp/sdk';
import type { SessionFolder } from './folder.ts';
import type { ProcessName } from './holder.ts';
import type { Question } from './question.ts';
import { RECENT_OUTPUT, usageSoFar, type Progress } from './state.ts';

/** What a session was started with. Kept in `spec.json`. */
export interface StoredSpec {
  readonly id: string;
  readonly type: 'claude-code' | 'claude-flow' | 'command';
  readonly governed: boolean;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly prompt: string;
  readonly priority: Priority;
  readonly attended: boolean;
  /** Path of the charter's file, as it was given. */
  readonly charterFile?: string;
  /** The charter as it was at the start: what holds where it cannot be loaded any more. */
  readonly charter: CompiledCharter;
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly limits: SpawnLimits;
  readonly keepOpen: boolean;
  /** The conversation that it goes on with. */
  readonly resume?: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** The machine's boot in which it started. */
  readonly boot: string;
}

/** Why VP ends a session, and how far it has come. */
export interface Stop {
  readonly outcome: 'timeout' | 'terminated' | 'failed';
  readonly reason: string | null;
  readonly force: boolean;
  step: 'interrupt' | 'eof' | 'term' | 'kill';
  /** When the step was taken, epoch milliseconds. */
  at: number;
}

/** What is journaled in `state.json`, before it is acted on. */
export interface Journal {
  state: SessionState;
  startedAt: number | null;
  endedAt: number | null;
  /** The output before this offset has been shown to the taps. */
  offset: number;
  /** The same for what the agent wrote to standard error. */
  errOffset: number;
  /** No more input: end of input has been sent or is being sent. */
  inputClosed: boolean;
  stop: Stop | null;
  exitCode: number | null;
  signal: string | null;
  reason: string | null;
  verdicts: { approvals: number; denials: number };
  /** The last row, once ended. */
  row: SessionRow | null;
}

/** One session. */
export interface Held {
  readonly id: string;
  readonly folder: SessionFolder;
  readonly spec: StoredSpec;
  readonly journal: Journal;
  progress: Progress;
  readonly adopted: boolean;
  pid: number | null;
  /** When the agent's process started, as the platform tells it. */
  pidStart: string | null;
  /** The holder's process, where it is known to be that very one. */
  holder: ProcessName | null;
  /** Read up to here. */
  offset: number;
  errOffset: number;
  /** Before this offset lines only rebuild the state; before `replayUntil` taps are told that they may have seen them. */
  readonly quietUntil: number;
  readonly replayUntil: number;
  readonly pending: Map<string, Question>;
  /** Questions that an earlier kernel answered, as the spool tells. */
  readonly answered: ReadonlyMap<string, 'denied' | 'not denied'>;
  /** Calls that VP refused, until their result is seen. */
  readonly denied: Set<string>;
  /** Messages of the user that the agent has not taken up yet. */
  readonly unread: Set<string>;
  /** Messages that wait for the end of the opening. */
  readonly backlog: string[];
  /** Number of the next message in the spool. */
  nextMessage: number;
  /** VP's own requests that wait for a response. */
  readonly requests: Map<string, PromiseWithResolvers<void>>;
  readonly ended: PromiseWithResolvers<SessionRow>;
  /** `session-start` has been fired in this kernel. */
  announced: boolean;
  /** Who may read and write. */
  owner: object | null;
}

/** All sessions of a kernel. */
export interface Registry {
  readonly sessions: Map<string, Held>;
  readonly crashes: SessionCrashReport[];
  /** Sessions that are being started, so that the limit counts them. */
  starting: number;
  /** Conversations that are being resumed: one writer each. */
  readonly resuming: Set<string>;
  /** Whether the folders of an earlier kernel have been looked through. */
  adopted: boolean;
  /** Gives a session to the version of the plugin that is in force. */
  take: (held: Held) => void;
}

/** An empty registry. */
export function createRegistry(): Registry {
  return { sessions: new Map(), crashes: [], starting: 0, resuming: new Set(), adopted: false, take: () => undefined };
}

/** A journal before anything has happened. */
export function newJournal(): Journal {
  return {
    state: 'initializing',
    startedAt: null,
    endedAt: null,
    offset: 0,
    errOffset: 0,
    inputClosed: false,
    stop: null,
    exitCode: null,
    signal: null,
    reason: null,
    verdicts: { approvals: 0, denials: 0 },
    row: null,
  };
}

const ENDED: ReadonlySet<SessionState> = new Set(['completed', 'failed', 'crashed', 'timeout', 'terminated']);

/** Whether a state is final. */
export function isEnded(state: SessionState): boolean {
  return ENDED.has(state);
}

/** The session as others see it. */
export function rowOf(held: Held, now: number): SessionRow {
  const { spec, journal, progress } = held;
  if (journal.row !== null) return journal.row;
  const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
  return {
    sessionId: spec.id,
    requestId: null,
    orchestrator: spec.charter.charter.name,
    state: journal.state,
    type: spec.type,
    governed: spec.governed,
    cwd: spec.cwd,
    priority: spec.priority,
    attempts: 1,
    pid: held.pid,
    createdAt: new Date(spec.createdAt).toISOString(),
    startedAt: iso(journal.startedAt),
    endedAt: iso(journal.endedAt),
    exitCode: journal.exitCode,
    signal: journal.signal,
    usage: usageSoFar(progress),
    costUsd: progress.costUsd,
    result: progress.result,
    reason: journal.reason,
    agentSessionId: progress.agentSessionId,
    metrics: {
      commandsExecuted: progress.commandsExecuted,
      filesModified: progress.filesModified,
      approvalsRequested: journal.verdicts.approvals,
      denials: journal.verdicts.denials,
      errors: progress.errors,
      turns: progress.turns,
      executionTime: journal.startedAt === null ? 0 : (journal.endedAt ?? now) - journal.startedAt,
    },
    recentOutput: progress.recentOutput.slice(-RECENT_OUTPUT),
  };
}
