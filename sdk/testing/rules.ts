/** The rule of each hook, as the kernel's table has it, for the fake kernel. A test compares the two. */
import { findings, guard, isFinalSpec, plan, severity, transform, type FoldRule } from '../folds.ts';
import type { HookName } from '../hooks.ts';

/** Milliseconds of one pass. */
export const DEADLINES_MS: Readonly<Partial<Record<HookName, number>>> = {
  'pre-spawn': 5_000,
  'pre-command': 250,
  'budget-check': 100,
  'on-crash': 1_000,
};

/** The rule of a hook; `undefined` for one whose taps only look. A spawn spec with `argv` goes to guards. */
export function ruleOf(hook: HookName, payload: unknown): FoldRule<never> | undefined {
  switch (hook) {
    case 'pre-spawn':
      return (isFinalSpec(payload) ? guard : transform) as FoldRule<never>;
    case 'pre-command':
      return findings as FoldRule<never>;
    case 'budget-check':
      return severity as FoldRule<never>;
    case 'on-crash':
      return plan as FoldRule<never>;
    case 'on-output':
    case 'session-start':
    case 'session-end':
    case 'pre-edit':
    case 'post-edit':
    case 'post-command':
      return undefined;
    default:
      return hook satisfies never;
  }
}
