/** Errors about one host. */
import type { VpError } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import type { HostEnd } from '../kills.ts';
import type { GuestError } from '../protocol.ts';
import type { HostSettings } from './settings.ts';

/** An error of the guest's, as an object of this realm. */
class GuestFailure extends Error {
  declare readonly code?: string;

  constructor(error: GuestError, stack: string) {
    super(error.message);
    this.name = error.name;
    this.stack = stack;
    if (error.code !== undefined) this.code = error.code;
  }
}

/** VP_SANDBOX_FAILED, with the guest's own error as `cause`, its stack mapped. */
export function failed({ plugin, mapStack = String }: Pick<HostSettings, 'plugin' | 'mapStack'>, error: GuestError): VpError {
  let { stack } = error;
  try {
    stack = mapStack(stack);
  } catch {
    // A stack is the guest's text, and a map may not know what to make of it.
  }
  return sandboxError('VP_SANDBOX_FAILED', { plugin, why: error.message || error.name }, { plugin, cause: new GuestFailure(error, stack) });
}

/** VP_SANDBOX_KILLED, with the end as `cause`. */
export function killed(plugin: string, end: HostEnd): VpError {
  return sandboxError('VP_SANDBOX_KILLED', { plugin, reason: end.reason ?? 'asked', detail: end.detail }, { plugin, cause: end });
}

/** How a host ended, where an error says so. */
export function endOf(error: unknown): HostEnd | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const isEnd = typeof cause === 'object' && cause !== null && !(cause instanceof Error) && 'reason' in cause && 'detail' in cause;
  return isEnd ? (cause as HostEnd) : undefined;
}

/** Whether what a process said last is that it had no memory left. */
export function outOfMemory(tail: string): boolean {
  return /out of memory|heap limit|allocation failed/i.test(tail);
}
