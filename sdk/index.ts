/** @vp/sdk: what the author of a plugin imports. Types and tiny constructors; nothing here runs the plugin. */
export { defineCharter, defineConfig, definePlugin, type PluginDefinition, type Setup } from './define.ts';
export { allow, ask, deny, isDeny, type Allow, type Deny, type Finding, type Level, type Objection } from './verdict.ts';
export type {
  Attributed,
  BudgetAnswer,
  BudgetOutcome,
  HookName,
  HookResults,
  HookTypes,
  Severity,
  SpawnOutcome,
  Tap,
  TapOptions,
} from './hooks.ts';
export type { Disposable, Env, Files, KeyValue, Logger, PluginContext, Previous, Undo } from './context.ts';
export { defineService, serviceName, type MethodSpec, type ServiceEvents, type ServiceRef, type Facade } from './service.ts';
export {
  charters,
  type Charter,
  type Charters,
  type CharterEvents,
  type CharterExample,
  type CompiledCharter,
} from './services/charters.ts';
export {
  sessions,
  type SessionRow,
  type SessionConfig,
  type Sessions,
  type SpawnResult,
  type SessionMetrics,
  type SessionMetricsSummary,
  type SessionEvents,
  type VerdictEvent,
  type RestartPlan,
  type OutputPage,
} from './services/sessions.ts';
export type { ConversationState, SessionCrashReport } from './services/crash.ts';
export {
  store,
  type DocumentQuery,
  type EventQuery,
  type NewStoredEvent,
  type Store,
  type StoredDocument,
  type StoredEvent,
  type StoreEvents,
  type StoreInfo,
  type StoreOperation,
} from './services/store.ts';
export {
  pool,
  type Accepted,
  type Pool,
  type PooledSessionRequest,
  type PoolEvents,
  type PoolMetrics,
  type PoolRow,
  type PoolStatus,
  type RowQuery,
} from './services/pool.ts';
export {
  recovery,
  type CrashAnalysis,
  type CrashType,
  type Park,
  type Recovery,
  type RecoveryDecision,
  type RecoveryEvents,
  type RecoveryState,
  type RecoveryStatistics,
  type RecoveryStrategy,
} from './services/recovery.ts';
export {
  policy,
  type ExampleFault,
  type Explanation,
  type JudgedFinding,
  type Judgement,
  type JudgeRequest,
  type Policy,
  type PolicyCall,
} from './services/policy.ts';
export { repository, type Repository, type Stored } from './repository.ts';
export { defineErrors, isVpError, reasonOf, VpError, type ErrorDetails, type ErrorFactory, type ErrorRow } from './error.ts';
export type { CheckResult, Checks, Command, CommandContext, FoundPlugin, Offline, ReloadAnswer, Remote } from './command.ts';
export type * from '@vp/schemas/types';
