/** The plugin's options, as `plugin.json` validates them and fills in the defaults. */
import type { Priority } from '@vp/sdk';

/** The options. Times in milliseconds, memory in megabytes (10^6 bytes). */
export interface Options {
  readonly maxConcurrentSessions: number;
  readonly maxQueueSize: number;
  readonly weights: Readonly<Record<Priority, number>>;
  readonly agingMs: number;
  readonly maxStarting?: number;
  readonly minFreeMemoryMb: number;
  readonly perOrchestrator?: number;
  readonly autoRecovery: boolean;
  readonly wakeMs: number;
  readonly keepRequests: number;
  readonly keepDays: number;
  readonly preemption: boolean;
}
