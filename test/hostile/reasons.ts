/** Why the processes of these programs are ended. A program that is not named here may be ended for any reason, or not at all. */
import type { KillReason } from '../../sandbox/kills.ts';

/** `null`: it need not be ended. */
export const REASONS: Readonly<Record<string, readonly (KillReason | null)[]>> = {
  'loop-sync': ['deadline'],
  'map-grow': ['memory'],
  'bigint-square': ['cpu'],
  'fill-sparse': ['memory'],
  'arraybuffer-offheap': ['memory', null],
  'redos-hook': ['deadline'],
  'microtask-storm': ['deadline'],
  'never-settles': ['deadline'],
  'log-flood': [null],
  'giant-message': ['memory', null],
};
