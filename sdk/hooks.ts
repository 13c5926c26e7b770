/**
 * The hooks as types: what each hands to a tap, what a tap may answer, and what the plugin that fires it gets back.
 * When each one fires and what a late or throwing tap means is in the kernel's table, `kernel/hooks/table.ts`.
 */
import type {
  BudgetQuestion,
  CrashReport,
  OutputBatch,
  PostCommandCall,
  PreCommandCall,
  RecoveryPlan,
  SessionEnd,
  SessionStart,
  SpawnChange,
  SpawnSpec,
} from '@vp/schemas/types';
import type { PluginContext } from './context.ts';
import type { Allow, Deny, Finding } from './verdict.ts';

/** From nothing to say to a refusal. */
export type Severity = 'ok' | 'warn' | 'throttle' | 'deny';

/** What a `budget-check` tap may answer. */
export interface BudgetAnswer {
  readonly severity: Severity;
  readonly reason: string;
}

/** Something that a named plugin said. */
export type Attributed<T> = T & { readonly plugin: string };

/** What `pre-spawn` comes to: the final spec, or who refused it and why. */
export type SpawnOutcome =
  | { readonly spec: SpawnSpec; readonly refused?: undefined }
  | { readonly spec?: undefined; readonly refused: Attributed<Deny> };

/** What `budget-check` comes to: the highest severity and all who raised it. */
export interface BudgetOutcome {
  readonly severity: Severity;
  readonly reasons: readonly Attributed<BudgetAnswer>[];
}

/** For each hook: its payload, what a tap may return, and what firing it gives back. */
export interface HookTypes {
  'pre-spawn': { payload: SpawnSpec; returns: void | SpawnChange | Deny; result: Promise<SpawnOutcome> };
  'pre-command': {
    payload: PreCommandCall;
    returns: void | Allow | Finding | readonly Finding[];
    result: Promise<readonly Attributed<Finding>[]>;
  };
  'budget-check': { payload: BudgetQuestion; returns: void | Severity | BudgetAnswer; result: Promise<BudgetOutcome> };
  'on-crash': { payload: CrashReport; returns: void | RecoveryPlan; result: Promise<Attributed<RecoveryPlan> | undefined> };
  'on-output': { payload: OutputBatch; returns: void; result: void };
  'session-start': { payload: SessionStart; returns: void; result: void };
  'session-end': { payload: SessionEnd; returns: void; result: void };
  'pre-edit': { payload: PreCommandCall; returns: void; result: void };
  'post-edit': { payload: PostCommandCall; returns: void; result: void };
  'post-command': { payload: PostCommandCall; returns: void; result: void };
}

export type HookName = keyof HookTypes;

/** What `ctx.fire` gives back, by hook. */
export type HookResults = { [H in HookName]: HookTypes[H]['result'] };

/** Hooks that may take their time; the others only look and must return at once. */
type AsyncHook = 'pre-spawn' | 'pre-command' | 'budget-check' | 'on-crash';

/** A handler of one hook. The payload is frozen. */
export type Tap<H extends HookName> = (
  payload: HookTypes[H]['payload'],
  ctx: PluginContext,
) => H extends AsyncHook ? HookTypes[H]['returns'] | Promise<HookTypes[H]['returns']> : void;

/** Where a tap stands among the others. Order cannot weaken a policy: taps only add. */
export interface TapOptions {
  /** Default `normal`. */
  readonly order?: 'pre' | 'normal' | 'post';
  /** Names of plugins whose taps of the same order run first. An unknown name is an error. */
  readonly after?: readonly string[];
  /** `pre-spawn` only: run on the final value, when nothing can change it any more; may only deny. */
  readonly guard?: boolean;
  /** Run and recorded, never counted. */
  readonly shadow?: boolean;
}
