/* Generated from ../charter.schema.json by `npm run generate`. Do not edit. */

/**
 * A rule, alone or with examples that are checked when the charter is loaded.
 */
export type CharterRule = string | { readonly rule: string | RegExp; readonly match?: readonly string[]; readonly notMatch?: readonly string[] }

/**
 * Who an orchestrator is and what it may do. `resources` and `resourceLimits`, `operational` and `operationalSettings` are two spellings of one section; where both are given they must agree.
 */
export interface CharterInput {
/**
 * Where an editor finds this schema. VP does not read it.
 */
$schema?: string
/**
 * The orchestrator's name. Default: `identity.name`; one of the two must be given.
 */
name?: string
/**
 * What the orchestrator is, such as `Tier1-Orchestrator`. Default: `identity.role`, else `orchestrator`.
 */
role?: string
/**
 * Rank: 1 entry, 2 middle, 3 lead. Default 1.
 */
tier?: number
identity?: CharterIdentity
/**
 * What the orchestrator can do; used to find the right one for a task.
 */
capabilities?: readonly string[]
/**
 * Standing duties. The agent reads them.
 */
responsibilities?: readonly string[]
/**
 * What its work is for. The agent reads them.
 */
objectives?: readonly string[]
constraints?: CharterConstraints
safetyHeuristics?: CharterHeuristics
resources?: CharterResources
resourceLimits?: CharterResources
operational?: CharterOperational
operationalSettings?: CharterOperational
/**
 * Short for `operational.env`.
 */
env?: readonly string[]
/**
 * Short for `operational.trustProject`.
 */
trustProject?: boolean
/**
 * Short for `operational.sshAgent`.
 */
sshAgent?: boolean
}
/**
 * How the orchestrator presents itself.
 */
export interface CharterIdentity {
/**
 * Name shown to people. Default: the charter's `name`.
 */
name?: string
/**
 * Address for commits and messages.
 */
email?: string
/**
 * Job title, told to the agent.
 */
role?: string
/**
 * A sentence or two on who this is, told to the agent.
 */
description?: string
/**
 * Manner of working and writing, told to the agent.
 */
personality?: string
}
/**
 * What must not happen, or not without a person's agreement. Takes the lists of `safetyHeuristics` too.
 */
export interface CharterConstraints {
/**
 * Commands that never run, such as `git push --force`: the program and words or options that it must have.
 */
forbiddenCommands?: readonly CharterRule[]
/**
 * What they cover never runs: phrases of the published table, such as `force push`, or regular expressions as `/source/flags`. The flags d, g and y are dropped: they have no meaning here.
 */
forbiddenPatterns?: readonly (RegExp | CharterRule)[]
/**
 * Kinds of action that a person must approve, such as `deploy`: phrases of the published table, or commands as `$ make release`.
 */
requiredApprovals?: readonly CharterRule[]
/**
 * Kinds of action that need no question. Lifts no refusal.
 */
autoApprove?: readonly CharterRule[]
/**
 * Kinds of action that need a yes first.
 */
requireConfirmation?: readonly CharterRule[]
/**
 * Kinds of action that are always refused.
 */
alwaysReject?: readonly CharterRule[]
/**
 * Kinds of action that go to a guardian.
 */
escalate?: readonly CharterRule[]
}
/**
 * Which actions run by themselves, which need a person, which never run.
 */
export interface CharterHeuristics {
/**
 * Kinds of action that need no question. Lifts no refusal.
 */
autoApprove?: readonly CharterRule[]
/**
 * Kinds of action that need a yes first.
 */
requireConfirmation?: readonly CharterRule[]
/**
 * Kinds of action that are always refused.
 */
alwaysReject?: readonly CharterRule[]
/**
 * Kinds of action that go to a guardian.
 */
escalate?: readonly CharterRule[]
}
/**
 * Upper limits. What is absent is not limited by the charter.
 */
export interface CharterResources {
/**
 * Sessions of this orchestrator at one time.
 */
maxSessions?: number
/**
 * Tasks of this orchestrator at one time.
 */
maxConcurrentTasks?: number
/**
 * Tokens of one session.
 */
maxTokens?: number
/**
 * The older spelling of `maxTokens`.
 */
maxTokensPerSession?: number
/**
 * Wall-clock milliseconds of one session.
 */
maxExecutionTime?: number
/**
 * Turns of the agent in one session.
 */
maxTurns?: number
/**
 * US dollars of one session, as the agent reports its cost.
 */
maxCostUsd?: number
/**
 * The only tools that may be used, such as `Read` or `bash`. Absent: all.
 */
allowedTools?: readonly string[]
tokenBudget?: CharterTokenBudget
}
/**
 * Budgets over all sessions of this orchestrator.
 */
export interface CharterTokenBudget {
/**
 * Tokens an hour.
 */
hourly?: number
/**
 * Tokens a day.
 */
daily?: number
/**
 * Share of the work that the subscription pays for, such as `80%`.
 */
subscription?: string
/**
 * Share of the work that the API key pays for, such as `20%`.
 */
api?: string
}
/**
 * How sessions are started.
 */
export interface CharterOperational {
/**
 * Model, as the agent program names it.
 */
model?: string
/**
 * The older spelling of `model`.
 */
defaultModel?: string
/**
 * From 0 to 2, for model calls that VP makes itself. Claude Code has no such setting.
 */
temperature?: number
/**
 * Times a crashed session is started again.
 */
maxRetries?: number
/**
 * Wall-clock milliseconds of one session. `resources.maxExecutionTime` wins where both are given.
 */
timeout?: number
/**
 * Environment variables that reach the session, beside the usual ones: names, or the start of names followed by `*`.
 */
env?: readonly string[]
/**
 * Let the project's own hooks, settings and MCP servers run. Default false.
 */
trustProject?: boolean
/**
 * Let the session use the user's SSH agent. Default false.
 */
sshAgent?: boolean
}
