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
