/** The service `recovery`: what to do after a session has crashed or failed. Method and event names are those of `SessionRecoveryManager`. */
import { defineService, type ServiceRef } from '../service.ts';
import type { SessionCrashReport } from './crash.ts';

/** What kind of end it was. */
export type CrashType =
  | 'oom'
  | 'timeout'
  | 'segfault'
  | 'network'
  | 'permission'
  | 'rate_limit'
  | 'overloaded'
  | 'auth'
  | 'billing'
  | 'context_overflow'
  | 'limit_reached'
  | 'config'
  | 'resume_failed'
  | 'killed'
  | 'unknown';

/** `immediate`: at once. `delayed`: after a time. `manual`: a person has to decide. */
export type RecoveryStrategy = 'immediate' | 'delayed' | 'manual';

/** Why a session ended, as far as can be told. */
export interface CrashAnalysis {
  readonly type: CrashType;
  /** In one sentence, for a person. */
  readonly rootCause: string;
  /** From 0 to 1. */
  readonly confidence: number;
  /** What was seen that speaks for it. */
  readonly evidence: readonly string[];
  readonly strategy: RecoveryStrategy;
  /** What the user can do, most useful first. */
  readonly suggestedFixes: readonly string[];
}

/** What is to be done with a session that crashed or failed. */
export type RecoveryDecision =
  | {
      readonly action: 'retry';
      readonly attemptNumber: number;
      /** `resume`: the same conversation. `anew`: a fresh conversation with the first prompt. */
      readonly mode: 'resume' | 'anew';
      /** Not before this time, epoch milliseconds … */
      readonly notBefore: number;
      /** … nor, should the clock have been set, later than this many milliseconds from the decision. */
      readonly delayMs: number;
      /** What the agent is told. */
      readonly note: string;
      readonly reason: string;
      readonly analysis: CrashAnalysis;
    }
  | { readonly action: 'stop'; readonly reason: string; readonly analysis: CrashAnalysis };

/** How far the recovery of one session is. */
export interface RecoveryState {
  readonly sessionId: string;
  /** `waiting`: a retry is due later. `running`: the new attempt runs. */
  readonly status: 'waiting' | 'running' | 'succeeded' | 'failed' | 'abandoned';
  /** Retries so far. */
  readonly attempts: number;
  readonly analysis: CrashAnalysis;
  readonly decision: RecoveryDecision;
  /** ISO 8601. */
  readonly crashedAt: string;
  readonly nextAttemptAt: string | null;
  /** Path of the newest crash dump; null where none could be written. */
  readonly dump: string | null;
}

/** Counts over the life of the state folder. */
export interface RecoveryStatistics {
  readonly totalCrashes: number;
  readonly recoveryAttempts: number;
  readonly successfulRecoveries: number;
  readonly failedRecoveries: number;
  readonly abandonedRecoveries: number;
  /** Successful of all that have ended, 0 to 1; null where none has. */
  readonly successRate: number | null;
  readonly averageAttempts: number | null;
  readonly byType: Readonly<Partial<Record<CrashType, number>>>;
}

/** Nothing new is started until a limit of the API has been reset. */
export interface Park {
  /** Epoch milliseconds. */
  readonly until: number;
  /** When it was decided; with `until` it gives the longest wait, should the clock have been set. */
  readonly since: number;
  readonly reason: string;
  /** The agent's name of the limit, such as `five_hour`. */
  readonly limit: string | null;
}

/** Methods of the service. */
export interface Recovery {
  /**
   * Analyses an end and decides. The same for the same attempt of the same session, however often it is asked, also after a restart.
   */
  handleCrash(sessionId: string, crashReport: SessionCrashReport): Promise<RecoveryDecision>;
  getRecoveryStatus(sessionId: string): Promise<RecoveryState | null>;
  /** Those that wait or run. */
  getActiveRecoveries(): Promise<readonly RecoveryState[]>;
  getRecoveryStats(): Promise<RecoveryStatistics>;
  /** Lets a session that has ended unsuccessfully, or that waits, go on at once. False where there is nothing to recover. */
  triggerManualRecovery(sessionId: string): Promise<boolean>;
  /** Retries no more: a session that waits ends as it crashed; the next crash of a running one is final. */
  abandonRecovery(sessionId: string): Promise<void>;
  /** The limit that all wait for, or null. */
  getPark(): Park | null;
  /** Waits no more. */
  unpark(): Promise<void>;
}

/** Events of the service. */
export interface RecoveryEvents {
  'crash-detected': { readonly sessionId: string; readonly crashReport: SessionCrashReport };
  'crash-analyzed': { readonly sessionId: string; readonly analysis: CrashAnalysis };
  'crash-dump-saved': { readonly sessionId: string; readonly path: string };
  'recovery-attempt': { readonly sessionId: string; readonly attemptNumber: number; readonly analysis: CrashAnalysis };
  'recovery-succeeded': { readonly sessionId: string; readonly attemptNumber: number };
  'recovery-failed': { readonly sessionId: string; readonly reason: string };
  /** A person wants a session to go on now: the pool queues it. */
  'recovery-wanted': { readonly sessionId: string; readonly decision: Extract<RecoveryDecision, { action: 'retry' }> };
  /** The pool gives a waiting request up. */
  'recovery-abandoned': { readonly sessionId: string };
  parked: Park;
  unparked: Record<string, never>;
}

const id = { type: 'string', minLength: 1 } as const;

export const recovery: ServiceRef<Recovery, RecoveryEvents> = defineService<Recovery, RecoveryEvents>('recovery', {
  version: 1,
  methods: {
    handleCrash: {},
    getRecoveryStatus: { remote: true, params: [id], sandbox: 'sessions:output' },
    getActiveRecoveries: { remote: true, params: [], sandbox: 'sessions:output' },
    getRecoveryStats: { remote: true, params: [], sandbox: 'sessions:read' },
    triggerManualRecovery: { remote: true, params: [id] },
    abandonRecovery: { remote: true, params: [id] },
    getPark: { remote: true, params: [], sandbox: 'sessions:read' },
    unpark: { remote: true, params: [] },
  },
  events: [
    'crash-detected',
    'crash-analyzed',
    'crash-dump-saved',
    'recovery-attempt',
    'recovery-succeeded',
    'recovery-failed',
    'recovery-wanted',
    'recovery-abandoned',
    'parked',
    'unparked',
  ],
});
