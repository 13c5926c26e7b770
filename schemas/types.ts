/** The generated types, and nothing that runs. */
export type * from './generated/config.ts';
export type * from './generated/manifest.ts';
export type * from './generated/charter.ts';
export type {
  AgentEvent,
  BudgetQuestion,
  CrashReport,
  Effect,
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
  SpawnChange,
  SpawnLimits,
  SpawnSpec,
  Usage,
} from './generated/hooks.ts';
