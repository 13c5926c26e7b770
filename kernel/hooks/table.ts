/**
 * The hooks: one table. When each fires, who fires it, how the answers of its taps become one result, how long a pass may take, and
 * what a tap that throws, hangs or answers nonsense means. Payload types are in `sdk/hooks.ts`.
 */
import type { HookName } from '@vp/sdk';

/**
 * How answers become one result:
 * - `transform`: each tap may change the value the next one sees; then guards see the final value. A refusal ends the pass.
 * - `findings`: all objections are gathered.
 * - `severity`: the highest one wins.
 * - `plan`: the first proposal wins.
 * - `look`: nothing comes back; taps run at once, one after the other.
 */
export type Fold = 'transform' | 'findings' | 'severity' | 'plan' | 'look';

/** One row of the table. */
export interface HookSpec {
  readonly fold: Fold;
  /** When it fires. */
  readonly when: string;
  /** How many plugins may fire it. */
  readonly firers: 1 | 2;
  /** Milliseconds of one pass; taps of `look` hooks are synchronous and have none. */
  readonly deadlineMs?: number;
  /** What a failing tap means. `skipped`: counted, the others go on. */
  readonly onFailure: 'refused' | 'denied' | 'ignored' | 'skipped';
  /** Whether a required plugin that is not up closes this hook. */
  readonly guards: boolean;
}

export const HOOKS: Readonly<Record<HookName, HookSpec>> = {
  'pre-spawn': {
    fold: 'transform',
    when: 'a session is about to start; a second time with argv, for guards',
    firers: 1,
    deadlineMs: 5_000,
    onFailure: 'refused',
    guards: true,
  },
  'pre-command': {
    fold: 'findings',
    when: 'an agent asks to run a tool; nothing runs before the verdict',
    firers: 1,
    deadlineMs: 250,
    onFailure: 'denied',
    guards: true,
  },
  'budget-check': {
    fold: 'severity',
    when: 'before a spawn and before a tool call',
    firers: 2,
    deadlineMs: 100,
    onFailure: 'denied',
    guards: true,
  },
  'on-crash': {
    fold: 'plan',
    when: 'a session ended without being asked to',
    firers: 1,
    deadlineMs: 1_000,
    onFailure: 'ignored',
    guards: false,
  },
  'on-output': { fold: 'look', when: 'a session said something; in batches', firers: 1, onFailure: 'skipped', guards: false },
  'session-start': {
    fold: 'look',
    when: "the agent's process runs, or was taken up from an earlier kernel",
    firers: 1,
    onFailure: 'skipped',
    guards: false,
  },
  'session-end': { fold: 'look', when: 'the end of a session is proved', firers: 1, onFailure: 'skipped', guards: false },
  'pre-edit': { fold: 'look', when: 'an agent asks to edit a file', firers: 1, onFailure: 'skipped', guards: false },
  'post-edit': { fold: 'look', when: 'an edit has ended', firers: 1, onFailure: 'skipped', guards: false },
  'post-command': { fold: 'look', when: 'a tool call has ended', firers: 1, onFailure: 'skipped', guards: false },
};

export const HOOK_NAMES = Object.keys(HOOKS) as readonly HookName[];

/** Whether this is the name of a hook. */
export function isHookName(name: string): name is HookName {
  return Object.hasOwn(HOOKS, name);
}
