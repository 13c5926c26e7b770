/** Why a host process was ended. */

export const KILL_REASONS = {
  deadline: 'it did not answer in time, or ran without a pause for too long',
  cpu: 'it used the processor and could not be interrupted, or while nothing was asked of it',
  memory: 'its heap or its process grew beyond the limit',
  heartbeat: 'its process no longer answered',
  messages: 'it sent too many messages, or one that was too long',
  protocol: 'its process said what no host says',
  crash: 'its process ended by itself, or was killed from outside',
  revoked: 'its grant was revoked',
} as const;

/** One of the reasons. */
export type KillReason = keyof typeof KILL_REASONS;

/** How a host ended. `undefined` reason: it was asked to. */
export interface HostEnd {
  readonly reason: KillReason | undefined;
  /** What was measured, in words, such as `361 MB of 256`. */
  readonly detail: string;
}
