/* Generated from ../hooks.schema.json by `npm run generate`. Do not edit. */

export type Priority = ("critical" | "high" | "medium" | "low")
export type SessionState = ("queued" | "initializing" | "running" | "waiting" | "completed" | "failed" | "crashed" | "timeout" | "terminated")
export type EffectKind = ("delete" | "write" | "read" | "exec" | "net" | "git" | "publish" | "deploy" | "migrate" | "privilege" | "process" | "container" | "secret" | "guard")

/**
 * What each hook hands to a tap. Times are epoch milliseconds.
 */
export interface HookPayloads {

}
/**
 * Which session a moment belongs to.
 */
export interface SessionInfo {
id: string
/**
 * Name in the session's charter.
 */
orchestrator: string
cwd: string
charterHash: string
/**
 * Id of the charter in force: its file, or `default`.
 */
charter?: string
}
/**
 * Tokens, as the agent reports them.
 */
export interface Usage {
inputTokens: number
outputTokens: number
cacheReadTokens: number
cacheCreationTokens: number
}
/**
 * `pre-spawn`: a session about to start. The gate's launch flags are added after this hook and are not in it.
 */
export interface SpawnSpec {
id: string
at: number
session: SessionInfo
type: ("claude-code" | "claude-flow" | "command")
prompt: string
priority: Priority
/**
 * Somebody is there to answer a question.
 */
attended: boolean
model?: string
labels: {
[k: string]: string
}
/**
 * Variables added to the session's environment; for guards, the whole of it.
 */
env: {
[k: string]: string
}
limits: SpawnLimits
/**
 * Set for guards only: the final program and arguments.
 */
argv?: string[]
}
export interface SpawnLimits {
/**
 * Wall-clock time after which the session ends as `timeout`.
 */
timeoutMs?: number
maxTurns?: number
maxCostUsd?: number
}
/**
 * What a `pre-spawn` tap may answer: each key given replaces (`labels`, `env`, `limits` are merged).
 */
export interface SpawnChange {
prompt?: string
/**
 * Text put after the prompt.
 */
addPrompt?: string
priority?: Priority
model?: string
labels?: {
[k: string]: string
}
env?: {
[k: string]: string
}
limits?: SpawnLimits
}
/**
 * A part of the analysed text: UTF-16 units, `end` is behind the last.
 */
export interface Span {
start: number
end: number
}
/**
 * One thing a tool call would do, from the service `policy`.
 */
export interface Effect {
kind: EffectKind
/**
 * What exactly, such as `git.push-force`, `delete.recursive`, `write.append`, `exec.unknown`, `net.upload`.
 */
op: string
/**
 * What it is done to: an absolute path, a host, a branch, a process; null where that cannot be told.
 */
target: (string | null)
/**
 * Where a path lies, symbolic links followed. `root`: the workspace itself.
 */
scope?: ("workspace" | "root" | "temp" | "home" | "system" | "outside" | "device" | "unknown")
/**
 * False where it may happen, depending on what cannot be told.
 */
certain: boolean
/**
 * The effect in a few words for a person.
 */
words: string
/**
 * Index of the simple command in `commands` that does it.
 */
command?: number
span?: Span
}
/**
 * One program that would run, wrappers seen through.
 */
export interface SimpleCommand {
/**
 * The program's name without its directory; null where it cannot be told.
 */
name: (string | null)
/**
 * Program and arguments; null where a word cannot be told.
 */
argv: (string | null)[]
/**
 * Where it runs; null where that cannot be told.
 */
cwd: (string | null)
/**
 * What it was found in, from the outside in, such as `sudo`, `bash -c`, `xargs`.
 */
via: string[]
span?: Span
}
/**
 * What the analysis of a call found.
 */
export interface Facts {
effects: Effect[]
commands: SimpleCommand[]
/**
 * What could not be told: a word, a target, a text that does not parse.
 */
unknowns: {
what: ("unparsed" | "too-large" | "too-deep" | "command-word" | "target" | "script" | "hidden-characters" | "shape" | "tool" | "cwd")
why: string
span?: Span
}[]
}
/**
 * `pre-command`: a tool call that waits for its verdict. `pre-edit` observes the same shape.
 */
export interface PreCommandCall {
/**
 * The agent's id of the call.
 */
id: string
at: number
session: SessionInfo
/**
 * The agent's name of the tool, such as `Bash`.
 */
tool: string
/**
 * The tool's input, as it is about to run.
 */
input: {
[k: string]: unknown
}
/**
 * Set when a sub-agent asks.
 */
agentId?: string
/**
 * Where the call would run, where that is not the session's folder.
 */
cwd?: string
facts?: Facts
}
/**
 * `post-command` and `post-edit`: a tool call that has ended.
 */
export interface PostCommandCall {
id: string
at: number
session: SessionInfo
tool: string
input: {
[k: string]: unknown
}
isError: boolean
/**
 * First 4,096 characters of the result.
 */
output: string
}
/**
 * `budget-check`: may this be spent?
 */
export interface BudgetQuestion {
at: number
session: SessionInfo
moment: ("spawn" | "tool")
usage: Usage
/**
 * Spent by the session so far.
 */
costUsd: number
}
/**
 * `on-crash`: a session ended without being asked to.
 */
export interface CrashReport {
at: number
session: SessionInfo
exitCode: (number | null)
signal: (string | null)
attempt: number
stderrTail: string
lastEventId: (string | null)
state?: ("crashed" | "failed")
/**
 * How the attempt was begun.
 */
mode?: ("first" | "resume" | "anew")
/**
 * Why it ended, in words.
 */
reason?: (string | null)
/**
 * HTTP status that the API answered last with.
 */
apiStatus?: (number | null)
/**
 * What kind of end recovery takes it for, such as `oom`.
 */
crashType?: string
rootCause?: string
/**
 * 0 to 1.
 */
confidence?: number
/**
 * What is done where nobody proposes anything.
 */
strategy?: ("immediate" | "delayed" | "manual")
/**
 * Retries since the session last got further.
 */
retries?: number
}
/**
 * What an `on-crash` tap may propose.
 */
export interface RecoveryPlan {
strategy: ("immediate" | "delayed" | "manual")
delayMs?: number
reason: string
}
/**
 * `session-start`: the agent's process runs.
 */
export interface SessionStart {
at: number
session: SessionInfo
pid: number
/**
 * Taken up from an earlier kernel.
 */
adopted: boolean
}
/**
 * `session-end`: the end is proved.
 */
export interface SessionEnd {
at: number
session: SessionInfo
state: SessionState
exitCode: (number | null)
signal: (string | null)
result: (string | null)
usage: Usage
costUsd: (number | null)
}
/**
 * `on-output`: what one session said since the last batch, in order.
 */
export interface OutputBatch {
session: SessionInfo
events: AgentEvent[]
/**
 * Read again after a restart: a tap may have seen these before.
 */
replayed: boolean
}
/**
 * One thing an agent did or said. `id` is session:byte offset, with :n where one line holds several.
 */
export interface AgentEvent {
id: string
at: number
/**
 * `lost`: complete lines that do not parse, so events are missing. `other`: a line VP has no use for.
 */
type: ("ready" | "text" | "thinking" | "tool-call" | "tool-result" | "retry" | "rate-limit" | "usage" | "result" | "status" | "stderr" | "lost" | "other")
/**
 * text, thinking, tool-result, stderr, lost, and the result's text.
 */
text?: string
toolUseId?: string
tool?: string
input?: {
[k: string]: unknown
}
isError?: boolean
/**
 * Set for what a sub-agent does.
 */
parentToolUseId?: string
agentSessionId?: string
model?: string
/**
 * The agent program's version (ready).
 */
version?: string
tools?: string[]
/**
 * The agent's own sub-type of a result, status or other line.
 */
subtype?: string
usage?: Usage
costUsd?: number
turns?: number
durationMs?: number
attempt?: number
maxRetries?: number
delayMs?: number
/**
 * HTTP status of a failed request, or null where there was none.
 */
status?: (number | null)
error?: string
resetsAt?: number
}
