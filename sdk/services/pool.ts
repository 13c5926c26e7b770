/** The service `pool`: requests for sessions, kept until each has ended once. Method and event names are those of `SessionPool`. */
import type { Priority } from '@vp/schemas/types';
import { defineService, type ServiceRef } from '../service.ts';
import type { Park } from './recovery.ts';
import type { SessionConfig, SessionRow, SpawnResult } from './sessions.ts';

/** A request for a session. */
export interface PooledSessionRequest {
  /** Default: a new one. The same id again is the same request. */
  readonly requestId?: string;
  /** Requests with the same key are one request, as long as that one is kept. */
  readonly idempotencyKey?: string;
  /** `sessionId` and `requestId` in it are not looked at. */
  readonly config: SessionConfig;
  /** Default: the config's, else `medium`. */
  readonly priority?: Priority;
}

/** What a request got, once it is on disk. */
export interface Accepted {
  readonly requestId: string;
  /** The id that its session has or will have. */
  readonly sessionId: string;
  /** It was known already: nothing new was queued. */
  readonly existing: boolean;
  /** Place in the queue from 1; 0 where it starts at once or has started. */
  readonly position: number;
  /** Milliseconds; null where nothing has ended yet that it could be told from. */
  readonly estimatedWaitMs: number | null;
}

/** One row of `vp sessions`: a session, or a request that waits for one. */
export interface PoolRow extends SessionRow {
  readonly requestId: string;
  /** Place in the queue from 1; null where it does not wait. */
  readonly position: number | null;
  readonly estimatedWaitMs: number | null;
  /** What it waits for beside a slot: a retry, a limit. ISO 8601. */
  readonly waitsUntil: string | null;
  /** What kept its session from starting; null where nothing did. */
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string } | null;
}

/** How the pool is. */
export interface PoolStatus {
  readonly maxConcurrentSessions: number;
  /** Sessions that hold a slot, the starting ones included. */
  readonly active: number;
  readonly starting: number;
  /** Requests that wait, those that wait for a retry included. */
  readonly queued: number;
  /** Of those, the ones that wait for a retry. */
  readonly recovering: number;
  readonly maxQueueSize: number;
  /** 0 to 1. */
  readonly utilization: number;
  readonly draining: boolean;
  readonly parked: Park | null;
  /** Why nothing starts though a slot is free; null where nothing holds. */
  readonly heldBy: string | null;
}

/** Counts over the life of the state folder; times of the newest 1,000. */
export interface PoolMetrics {
  readonly totalSessions: number;
  readonly activeSessions: number;
  readonly completedSessions: number;
  readonly failedSessions: number;
  readonly crashedSessions: number;
  readonly timeoutSessions: number;
  readonly terminatedSessions: number;
  readonly cancelledRequests: number;
  readonly recoveredSessions: number;
  readonly queueLength: number;
  readonly utilization: number;
  /** Milliseconds. */
  readonly averageExecutionTime: number | null;
  readonly averageWaitTime: number | null;
  readonly maxWaitTime: number | null;
  readonly totalTokens: number;
  readonly costUsd: number;
}

/** Which rows. */
export interface RowQuery {
  /** Only those that have not ended. */
  readonly open?: boolean;
  /** Newest first; default and maximum 1,000. */
  readonly limit?: number;
}

/** Methods of the service. An `id` is that of a session or a request. Unknown ids throw VP_REQUEST_UNKNOWN, except where null is given. */
export interface Pool {
  /**
   * Takes a request. Once this has resolved, no crash of the kernel or the machine loses it.
   * @throws VP_QUEUE_FULL, VP_POOL_DRAINING, VP_KEY_REUSED (the key of another request), VP_CWD_INVALID, VP_PROMPT_EMPTY
   */
  submit(request: PooledSessionRequest): Promise<Accepted>;
  /** The same, resolving when its session runs. @throws also what keeps the session from starting */
  requestSession(request: PooledSessionRequest): Promise<SpawnResult>;
  getPoolStatus(): PoolStatus;
  getMetrics(): PoolMetrics;
  /** Takes a request back that waits. False where it is unknown, runs or has ended. */
  cancelRequest(requestId: string): Promise<boolean>;
  /** Ends a session, or cancels its request where it waits. Resolves once that is on disk. */
  stopSession(id: string, force?: boolean): Promise<PoolRow>;
  /** Takes no new requests and starts nothing; resolves once no session runs, at the latest after `timeoutMs`. Queued ones stay. */
  drain(timeoutMs?: number): Promise<void>;
  /** Takes and starts again after `drain`. */
  resume(): void;
  /** Without `recentOutput`, and with the first 1,000 characters of each `result`; `getSession` has them whole. */
  listSessions(query?: RowQuery): Promise<readonly PoolRow[]>;
  getSession(id: string): Promise<PoolRow | null>;
}

/** Events of the service. */
export interface PoolEvents {
  'request-queued': { readonly requestId: string; readonly sessionId: string; readonly position: number; readonly queueLength: number };
  'request-cancelled': { readonly requestId: string; readonly sessionId: string };
  /** A request got a slot; its session is about to start. */
  'session-allocated': { readonly requestId: string; readonly sessionId: string };
  /** A slot is free again. */
  'session-released': { readonly requestId: string; readonly sessionId: string; readonly status: SessionRow };
  'session-recovering': {
    readonly requestId: string;
    readonly sessionId: string;
    readonly attempt: number;
    readonly mode: 'resume' | 'anew';
    readonly reason: string;
    /** ISO 8601. */
    readonly notBefore: string;
  };
  /** The end, once for each request, also of one that was cancelled or could not start. On disk before it is told. */
  'request-ended': { readonly requestId: string; readonly sessionId: string; readonly status: PoolRow };
  'pool-draining': Record<string, never>;
  'pool-drained': Record<string, never>;
}

const text = { type: 'string', minLength: 1 } as const;
const id = { type: 'string', minLength: 1, maxLength: 200 } as const;
const priority = { enum: ['critical', 'high', 'medium', 'low'] } as const;
const words = { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 10_000 } as const;

const config = {
  type: 'object',
  additionalProperties: false,
  required: ['workingDirectory', 'prompt'],
  properties: {
    workingDirectory: text,
    prompt: { type: 'string' },
    charter: text,
    type: { enum: ['claude-code', 'claude-flow', 'command'] },
    command: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 10_000 },
    priority,
    attended: { type: 'boolean' },
    timeout: { type: 'number', exclusiveMinimum: 0 },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: {
        timeoutMs: { type: 'number', exclusiveMinimum: 0 },
        maxTurns: { type: 'integer', minimum: 1 },
        maxCostUsd: { type: 'number', exclusiveMinimum: 0 },
      },
    },
    model: text,
    labels: words,
    env: words,
    memory: { type: 'string' },
    projectContext: { type: 'string' },
    resume: text,
    keepOpen: { type: 'boolean' },
    sessionId: text,
    requestId: text,
  },
} as const;

const request = {
  type: 'object',
  additionalProperties: false,
  required: ['config'],
  properties: { requestId: id, idempotencyKey: id, config, priority },
} as const;

export const pool: ServiceRef<Pool, PoolEvents> = defineService<Pool, PoolEvents>('pool', {
  version: 1,
  methods: {
    submit: { remote: true, params: [request] },
    requestSession: { remote: true, params: [request] },
    getPoolStatus: { remote: true, params: [], sandbox: 'sessions:read' },
    getMetrics: { remote: true, params: [], sandbox: 'sessions:read' },
    cancelRequest: { remote: true, params: [id] },
    stopSession: { remote: true, params: [id, { type: 'boolean' }], required: 1 },
    drain: { remote: true, params: [{ type: 'number', minimum: 0 }], required: 0 },
    resume: { remote: true, params: [] },
    listSessions: {
      remote: true,
      params: [
        {
          type: 'object',
          additionalProperties: false,
          properties: { open: { type: 'boolean' }, limit: { type: 'integer', minimum: 1, maximum: 1000 } },
        },
      ],
      required: 0,
      sandbox: 'sessions:read',
    },
    getSession: { remote: true, params: [id], sandbox: 'sessions:output' },
  },
  events: [
    'request-queued',
    'request-cancelled',
    'session-allocated',
    'session-released',
    'session-recovering',
    'request-ended',
    'pool-draining',
    'pool-drained',
  ],
});
