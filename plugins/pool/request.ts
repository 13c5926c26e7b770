/** A request as it is kept in the store. Pure. */
import { createHash } from 'node:crypto';
import type { PoolRow, Priority, SessionConfig, SessionRow, SessionState } from '@vp/sdk';

/** How the next attempt of a request begins. */
export interface Plan {
  readonly mode: 'resume' | 'anew';
  readonly note: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** The longest wait from the decision on, milliseconds. */
  readonly delayMs: number;
}

/** The document. Its config lies beside it, in a collection of its own, until the request has ended. Times in epoch milliseconds. */
export interface RequestDocument {
  readonly format: 1;
  readonly requestId: string;
  readonly sessionId: string;
  readonly key: string | null;
  /** Hash of what is asked for, to tell a repetition from another request. */
  readonly fingerprint: string;
  readonly state: 'queued' | 'starting' | 'running' | 'ended';
  readonly priority: Priority;
  readonly orchestrator: string;
  readonly charterFile: string | null;
  readonly charterId: string;
  readonly cwd: string;
  readonly type: SessionRow['type'];
  /** Grows from one accepted request to the next, also where the clock is set back. */
  readonly order: number;
  readonly createdAt: number;
  /** When it began to wait last. */
  readonly queuedAt: number;
  /** When its first attempt began. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Attempts that have been begun, that of `starting` included. */
  readonly attempts: number;
  /** Null before the first attempt. */
  readonly plan: Plan | null;
  /** The attempt that makes room for a more important request. */
  readonly preempted: number | null;
  /** The session's row when its newest attempt ended. */
  readonly row: SessionRow | null;
  /** How it ended. */
  readonly outcome: SessionState | null;
  readonly reason: string | null;
  readonly error: PoolRow['error'];
  readonly cancelled: boolean;
  /** How often it has ended: more than once where a person let it go on. */
  readonly ends: number;
}

/** What is known of a new request. */
export type NewRequest = Pick<
  RequestDocument,
  'requestId' | 'sessionId' | 'key' | 'fingerprint' | 'priority' | 'orchestrator' | 'charterFile' | 'charterId' | 'cwd' | 'type' | 'order'
>;

/** A request that waits for its first attempt. */
export function newRequest(given: NewRequest, now: number): RequestDocument {
  return {
    format: 1,
    ...given,
    state: 'queued',
    createdAt: now,
    queuedAt: now,
    startedAt: null,
    endedAt: null,
    attempts: 0,
    plan: null,
    preempted: null,
    row: null,
    outcome: null,
    reason: null,
    error: null,
    cancelled: false,
    ends: 0,
  };
}

/** A stored value as a document. @throws TypeError where it is none that this version can read */
export function readRequest(value: unknown): RequestDocument {
  const document = value as Partial<RequestDocument> | null;
  if (document?.format !== 1) throw new TypeError(`a request of format ${String(document?.format)}; this version reads format 1`);
  return document as RequestDocument;
}

/** Equal for equal work. */
export function fingerprintOf(config: SessionConfig): string {
  const { prompt, workingDirectory, charter, type, command, resume } = config;
  const asked = [prompt, workingDirectory, charter ?? null, type ?? 'claude-code', command ?? null, resume ?? null];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

const FINAL: ReadonlySet<SessionState> = new Set(['completed', 'failed', 'crashed', 'timeout', 'terminated']);

/** Whether a session's state is final. */
export function isEnded(state: SessionState): boolean {
  return FINAL.has(state);
}
