/**
 * What is known of each session, as plain data that lies outside any one version of the plugin. When a new version takes over, it
 * takes each session's owner token in one step; whoever does not hold the token reads and writes nothing more.
 */
import type { CompiledCharter, Priority, SessionConfig, SessionCrashReport, SessionRow, SessionState, SpawnLimits } from '@vp/sdk';
import type { Attempt } from './attempts.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Moment } from './clock.ts';
import type { SessionFolder } from '../holder/folder.ts';
import type { ProcessName } from '../holder/holder.ts';
import type { Question } from '../protocol/question.ts';
import type { Progress } from './state.ts';

/** What the newest attempt of a session was started with. Kept in `spec.json`. */
export interface StoredSpec {
  readonly id: string;
  readonly type: 'claude-code' | 'claude-flow' | 'command';
  readonly governed: boolean;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The first prompt as it is said, with what `pre-spawn` taps have added. */
  readonly prompt: string;
  /** What was asked for, for a further attempt; its prompt only where taps have changed it. */
  readonly config: SessionConfig;
  readonly requestId: string | null;
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
  /** Where the agent keeps its transcripts; null for programs that keep none. */
  readonly configDir: string | null;
}

/** Why VP ends a session, and how far it has come. */
export interface Stop {
  readonly outcome: 'timeout' | 'terminated' | 'failed';
  readonly reason: string | null;
  readonly force: boolean;
  step: 'interrupt' | 'eof' | 'term' | 'kill';
  /** When the step was taken. */
  since: Moment;
}

/** A transition that the event log may not have yet. */
export interface Unlogged {
  readonly type: 'session-state' | 'session-ended';
  readonly at: number;
  /** Unique in the session: tried again, it is not logged twice. */
  readonly key: string;
  readonly data: unknown;
}

/** What is journaled in `state.json`, before it is acted on. */
export interface Journal {
  state: SessionState;
  attempts: Attempt[];
  /** Counts the transitions, for their keys in the event log. */
  transitions: number;
  unlogged: Unlogged[];
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
  /** Ids of the first and of the newest message that were said in the conversation. */
  said: { first: string | null; last: string | null };
  /** Messages that wait for the end of the opening. */
  backlog: string[];
  /** A state that the output has been read up to, so that it need not be read from the start. */
  checkpoint: Checkpoint | null;
  /** The last row, once ended. */
  row: SessionRow | null;
  /** Of the last attempt, once it has crashed or failed. */
  crash: SessionCrashReport | null;
  /** A further attempt may follow: it is not removed. */
  kept: boolean;
  /** The state to go back to should the attempt that is being started never begin. */
  before: Journal | null;
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
  /** The same for standard error. */
  readonly errQuietUntil: number;
  readonly errReplayUntil: number;
  readonly pending: Map<string, Question>;
  /** Questions that an earlier kernel answered, as the spool tells. */
  readonly answered: ReadonlyMap<string, 'denied' | 'not denied'>;
  /** Calls that VP refused, until their result is seen. */
  readonly denied: Set<string>;
  /** Messages of the user that the agent has not taken up yet. */
  readonly unread: Set<string>;
  /** Number of the next message in the spool. */
  nextMessage: number;
  /** VP's own requests that wait for a response. */
  readonly requests: Map<string, PromiseWithResolvers<void>>;
  readonly ended: PromiseWithResolvers<SessionRow>;
  /** Bytes that the folder of an ended session takes; null before they have been counted. */
  bytes: number | null;
  /** The agent has answered the opening as it must: it may have its prompt. */
  agreed: boolean;
  /** The agent is held up; null where that is not known. */
  paused: boolean | null;
  /** `session-start` has been fired in this kernel. */
  announced: boolean;
  /** Who may read and write. */
  owner: object | null;
}

/** All sessions of a kernel. */
export interface Registry {
  readonly sessions: Map<string, Held>;
  /** Sessions of which an attempt is being started. */
  readonly starting: Set<string>;
  /** Conversations that are being resumed: one writer each. */
  readonly resuming: Set<string>;
  /** Settled once the folders of an earlier kernel have been taken up; null before that has begun. */
  adoption: Promise<void> | null;
  /** Gives a session to the version of the plugin that is in force. */
  take: (held: Held) => void;
}

/** An empty registry. */
export function createRegistry(): Registry {
  return { sessions: new Map(), starting: new Set(), resuming: new Set(), adoption: null, take: () => undefined };
}

/** A journal before anything has happened. */
export function newJournal(): Journal {
  return {
    state: 'initializing',
    attempts: [],
    transitions: 0,
    unlogged: [],
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
    said: { first: null, last: null },
    backlog: [],
    checkpoint: null,
    row: null,
    crash: null,
    kept: false,
    before: null,
  };
}

const ENDED: ReadonlySet<SessionState> = new Set(['completed', 'failed', 'crashed', 'timeout', 'terminated']);

/** Whether a state is final. */
export function isEnded(state: SessionState): boolean {
  return ENDED.has(state);
}
