/** What the service `sessions` tells of an attempt that crashed or failed. */
import type { AgentEvent, SessionInfo } from '@vp/schemas/types';
import type { RestartPlan } from './sessions.ts';

/** The agent's own record of a conversation. */
export interface ConversationState {
  /** The agent's id of it; null where it never said one. */
  readonly id: string | null;
  /** `absent`: nothing to go on with. `damaged`: it can be read in part. */
  readonly transcript: 'whole' | 'damaged' | 'absent';
  /** The first prompt, or what was said last, is in it. */
  readonly hasPrompt: boolean;
  /** What was found in it, in words. */
  readonly evidence: readonly string[];
}

/** An attempt that crashed or failed, for who recovers. */
export interface SessionCrashReport {
  readonly sessionId: string;
  readonly requestId: string | null;
  readonly session: SessionInfo;
  /** Its charter, as the service `charters` names it; absent where that is not known. */
  readonly charterId?: string;
  /** Number of the attempt that ended, from 1. */
  readonly attempt: number;
  /** How the attempt was begun. */
  readonly mode: 'first' | RestartPlan['mode'];
  readonly at: string;
  readonly state: 'crashed' | 'failed';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string | null;
  readonly stderrTail: string;
  readonly lastEvents: readonly AgentEvent[];
  /** Text and sub-type of the attempt's last result. */
  readonly result: string | null;
  readonly resultSubtype: string | null;
  /** The agent's word for why its last turn ended, such as `prompt_too_long`. */
  readonly terminalReason: string | null;
  /** HTTP status and error of the API as the agent reported them last. */
  readonly apiStatus: number | null;
  readonly apiError: string | null;
  /** A limit that the API says is used up; `resetsAt` in epoch milliseconds. */
  readonly rateLimit: { readonly resetsAt: number | null; readonly type: string | null } | null;
  /** Calls that were running: what they did is not known. */
  readonly inFlight: readonly { readonly toolUseId: string; readonly tool: string; readonly input: Readonly<Record<string, unknown>> }[];
  /** Turns that ended in this attempt. */
  readonly turns: number;
  /** Milliseconds that the attempt ran. */
  readonly runMs: number;
  readonly conversation: ConversationState;
  /** The kernel of the operating system ended a process for want of memory while the attempt ran, as far as it tells. */
  readonly oomKills: number;
}
