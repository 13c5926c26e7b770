/* Generated from ../config.schema.json by `npm run generate`. Do not edit. */

/**
 * A package name, a path relative to the config file, a pair [name, options], or the long form.
 */
export type PluginEntry = (string | readonly [string, PluginOptions] | PluginEntryObject)
export type Milliseconds = number
export type LogLevel = ("trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent")

/**
 * What vp.config.ts (or .js .mjs .json .yaml, or package.json#vp) may say.
 */
export interface VpConfig {
$schema?: string
/**
 * The plugins to load, in any order: the kernel starts them by what they need.
 */
plugins?: PluginEntry[]
/**
 * Plugins whose guard hooks deny while they are failed, stopped or absent. Each must be named in `plugins`.
 */
required?: string[]
deadlines?: Deadlines
reload?: ReloadOptions
log?: LogOptions
health?: HealthOptions
}
export interface PluginEntryObject {
/**
 * Package name, or path relative to the config file.
 */
use: string
config?: PluginOptions
/**
 * `kernel` runs third-party code inside the kernel process, with all that the kernel may do.
 */
trust?: ("kernel" | "sandbox")
/**
 * What a sandboxed plugin may do; never more than it asks for. A file named in the config has hooks, log, timers and kv without it.
 */
grant?: import('./manifest.ts').Permissions
limits?: SandboxLimits
/**
 * Run and record the plugin's taps, but never let them decide.
 */
shadow?: boolean
enabled?: boolean
}
/**
 * The plugin's own options; its manifest says what they may be.
 */
export interface PluginOptions {
[k: string]: unknown
}
/**
 * Bounds of one sandboxed plugin.
 */
export interface SandboxLimits {
/**
 * Megabytes of its heap. Default 32.
 */
isolateMb?: number
/**
 * Megabytes of its process in all; above, it is killed. Default 256.
 */
processMb?: number
/**
 * Milliseconds for the evaluation of its module. Default 1000.
 */
loadMs?: number
/**
 * Milliseconds that it may run without a pause, outside hooks with a deadline of their own. Default 1000.
 */
sliceMs?: number
/**
 * Milliseconds of CPU time within any second in which nothing was asked of it. Default 500.
 */
cpuMs?: number
/**
 * Bytes of one message from it. Default 262144.
 */
messageBytes?: number
/**
 * Bytes of one message to it; a guard that cannot be told of a call denies it. Default 4194304.
 */
payloadBytes?: number
/**
 * Messages from it within 10 seconds; above, it is killed. Default 20000.
 */
messages?: number
/**
 * Log lines within 10 seconds; further ones are counted and dropped. Default 500.
 */
logLines?: number
/**
 * Requests of its own that it may wait for at once. Default 64.
 */
inFlight?: number
/**
 * Timers at once. Default 256.
 */
timers?: number
/**
 * Bytes of its stored values in all. Default 1048576.
 */
kvBytes?: number
/**
 * Bytes of one file read or written, or of one answer fetched. Default 1048576.
 */
bodyBytes?: number
/**
 * Milliseconds of one fetch. Default 30000.
 */
fetchMs?: number
/**
 * Output events that wait for a slow observer; the oldest are dropped and counted. Default 10000.
 */
queuedEvents?: number
}
/**
 * Milliseconds after which a pass or a step counts as failed.
 */
export interface Deadlines {
"pre-spawn"?: Milliseconds
"pre-command"?: Milliseconds
"budget-check"?: Milliseconds
"on-crash"?: Milliseconds
setup?: Milliseconds
drain?: Milliseconds
dispose?: Milliseconds
}
export interface ReloadOptions {
/**
 * Watch plugin files and the config. Default true.
 */
watch?: boolean
/**
 * Apply changes of kernel-trust code by themselves. `never` stages each for `vp reload`; that is the rule in service mode. Default `outside-workspaces`.
 */
auto?: ("outside-workspaces" | "never")
/**
 * Quiet time after a save before it is applied. Default 60.
 */
debounceMs?: number
}
export interface LogOptions {
level?: LogLevel
/**
 * Level by plugin name.
 */
levels?: {
[k: string]: LogLevel
}
/**
 * Further paths to redact, in the path syntax of pino.
 */
redact?: string[]
rotate?: {
/**
 * Megabytes of one log file. Default 20.
 */
sizeMb?: number
/**
 * How many old files are kept. Default 5.
 */
files?: number
}
}
export interface HealthOptions {
/**
 * Time between two heartbeats. Default 30000.
 */
heartbeatMs?: number
}
