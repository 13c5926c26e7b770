/** `status.json`: how the kernel is, rewritten at each change, so that it can be read without asking the kernel. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelState } from '../core/events.ts';
import type { PluginStatus } from '../core/plugin.ts';
import { runningKernel } from './lock.ts';

/** What is in the file. Times are ISO 8601. */
export interface StatusFile {
  readonly state: KernelState;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly heartbeatAt: string;
  readonly config: string | null;
  /** What waits for `vp reload`. */
  readonly staged: readonly string[];
  /** Why the newest edit of the config is not in force. */
  readonly configError: string | null;
  readonly plugins: readonly PluginStatus[];
  readonly sessions: { readonly active: number; readonly queued: number; readonly completed: number; readonly failed: number };
  readonly memoryBytes: number;
  /** By how much the newest heartbeat came late, milliseconds: how long the event loop was held. */
  readonly heartbeatLateMs: number;
  /** The newest reloads that were asked for, the last one last. */
  readonly reloads: readonly ReloadReport[];
}

/** How a reload that a person asked for went. */
export interface ReloadReport {
  readonly id: string;
  readonly plugins: readonly { readonly plugin: string; readonly result: string; readonly error?: string }[];
  /** Why the config on disk is not in force. */
  readonly configError: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string } | null;
}

/** Writes the file whole. A full disk is no reason to stop: the next change tries again. */
export function writeStatus(home: string, status: StatusFile): void {
  const file = join(home, 'status.json');
  try {
    writeFileSync(`${file}.tmp`, `${JSON.stringify(status)}\n`, { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  } catch {
    return;
  }
}

/** The status of the kernel that runs now; undefined where none does. */
export function readStatus(home: string): StatusFile | undefined {
  const running = runningKernel(home);
  if (running === undefined) return undefined;
  try {
    const status = JSON.parse(readFileSync(join(home, 'status.json'), 'utf8')) as StatusFile;
    return status.pid === running.pid ? status : undefined;
  } catch {
    return undefined;
  }
}
