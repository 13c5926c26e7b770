/** The generated types, and nothing that runs. */
export type * from './generated/config.ts';
export type * from './generated/manifest.ts';
export type * from './generated/charter.ts';
export type {
  AgentEvent,
  BudgetQuestion,
  CrashReport,
  Effect,
  EffectKind,
  Facts,
  OutputBatch,
  PostCommandCall,
  PreCommandCall,
  Priority,
  RecoveryPlan,
  SessionEnd,
  SessionInfo,
  SessionStart,
  SessionState,
  SimpleCommand,
  Span,
  SpawnChange,
  SpawnLimits,
  SpawnSpec,
  Usage,
} from './generated/hooks.ts';
