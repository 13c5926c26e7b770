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
export { charters, type Charter, type Charters, type CharterEvents, type CompiledCharter } from './services/charters.ts';
export {
  sessions,
  type SessionRow,
  type SessionConfig,
  type Sessions,
  type SpawnResult,
  type SessionMetrics,
  type SessionMetricsSummary,
  type SessionCrashReport,
  type SessionEvents,
  type VerdictEvent,
} from './services/sessions.ts';
export { defineErrors, isVpError, reasonOf, VpError, type ErrorDetails, type ErrorFactory, type ErrorRow } from './error.ts';
export type { CheckResult, Checks, Command, CommandContext, Remote } from './command.ts';
export type * from '@vp/schemas/types';
