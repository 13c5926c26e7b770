/** Requests as `vp sessions` lists them. Pure. */
import type { PoolRow, SessionRow } from '@vp/sdk';
import { isEnded, type RequestDocument } from './request.ts';

/** Where a waiting request stands. */
export interface Place {
  readonly position: number;
  readonly estimatedWaitMs: number | null;
  /** Epoch milliseconds. */
  readonly waitsUntil: number | null;
}

/** The row of a request. `live` is its session's row now, where the session is known. */
export function rowOf(request: RequestDocument, live: SessionRow | null, place: Place | null): PoolRow {
  const base = live ?? request.row ?? blank(request);
  return {
    ...base,
    ...stateOf(request, live),
    requestId: request.requestId,
    sessionId: request.sessionId,
    orchestrator: request.orchestrator,
    priority: request.priority,
    createdAt: iso(request.createdAt),
    attempts: request.state === 'starting' ? request.attempts : Math.max(request.attempts, live?.attempts ?? 0),
    position: place?.position ?? null,
    estimatedWaitMs: place?.estimatedWaitMs ?? null,
    waitsUntil: place === null || place.waitsUntil === null ? null : iso(place.waitsUntil),
    error: request.error,
  };
}

const BRIEF = 1_000;

/** A row as one of many: a thousand of them must fit into one message. */
export function brief(row: PoolRow): PoolRow {
  return { ...row, recentOutput: '', result: row.result === null ? null : row.result.slice(0, BRIEF) };
}

type Stated = Pick<SessionRow, 'state' | 'reason'> & Partial<Pick<SessionRow, 'endedAt' | 'pid'>>;

function stateOf(request: RequestDocument, live: SessionRow | null): Stated {
  switch (request.state) {
    case 'queued':
      return { state: 'queued', reason: request.plan?.reason ?? null, endedAt: null, pid: null };
    case 'starting':
      return { state: 'initializing', reason: null, endedAt: null };
    case 'running':
      // What follows the end of an attempt is decided and written down first.
      return { state: live === null ? 'initializing' : isEnded(live.state) ? 'running' : live.state, reason: null, endedAt: null };
    case 'ended':
      return {
        state: request.outcome ?? 'failed',
        reason: request.reason,
        endedAt: request.endedAt === null ? null : iso(request.endedAt),
        pid: null,
      };
    default:
      return never(request.state);
  }
}

/** The row of a session that has not begun. */
function blank(request: RequestDocument): SessionRow {
  return {
    sessionId: request.sessionId,
    requestId: request.requestId,
    orchestrator: request.orchestrator,
    state: 'queued',
    type: request.type,
    governed: request.type === 'claude-code',
    cwd: request.cwd,
    priority: request.priority,
    attempts: 0,
    pid: null,
    createdAt: iso(request.createdAt),
    startedAt: null,
    endedAt: null,
    exitCode: null,
    signal: null,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 },
    costUsd: null,
    result: null,
    reason: null,
    agentSessionId: null,
    metrics: { commandsExecuted: 0, filesModified: 0, approvalsRequested: 0, denials: 0, errors: 0, turns: 0, executionTime: 0 },
    recentOutput: '',
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function never(value: never): never {
  throw new TypeError(`no state of a request: ${String(value)}`);
}
