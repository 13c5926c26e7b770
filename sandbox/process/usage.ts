/** What a process uses, as the system knows it. */
import { darwinUsage } from './usage-darwin.ts';
import { linuxUsage } from './usage-linux.ts';

/** One look at a process. */
export interface Sample {
  /** Resident memory, in bytes. */
  readonly rssBytes: number;
  /** CPU time of all its threads so far, in milliseconds. */
  readonly cpuMs: number;
  /** Whether its main thread runs or waits for a processor or the disk, and so may not be to blame for its silence. */
  readonly busy: boolean;
}

/** Looks at one process. */
export interface Usage {
  /** Undefined where the process is gone or nothing is known yet. Takes some microseconds; never waits. */
  read(): Sample | undefined;
  /** Whether any of its threads runs or could run. */
  runnable(): boolean;
  /** Gives back what looking needs. */
  close(): void;
}

/** Looks at the process with this id for as long as it is the caller's child. */
export function usageOf(pid: number): Usage {
  if (process.platform === 'linux') return linuxUsage(pid);
  return darwinUsage(pid);
}
