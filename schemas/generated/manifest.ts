/* Generated from ../manifest.schema.json by `npm run generate`. Do not edit. */

export type HookName = ("pre-spawn" | "on-output" | "on-crash" | "pre-command" | "budget-check" | "session-start" | "session-end" | "pre-edit" | "post-edit" | "post-command")
export type ServiceName = string

/**
 * What a plugin is and needs. A package carries it as plugin.json; a plugin of one file says the same in definePlugin.
 */
export interface PluginManifest {
$schema?: string
/**
 * The plugin's name: unique among the loaded ones.
 */
name: string
version?: string
description?: string
/**
 * The module to load, relative to plugin.json.
 */
entry?: string
/**
 * Hooks that this plugin fires. Kernel trust only; one firer a hook (`budget-check` has two).
 */
fires?: HookName[]
/**
 * Services, as `id@major`.
 */
provides?: ServiceName[]
/**
 * Services it cannot start without, as `id@major`.
 */
needs?: ServiceName[]
/**
 * Services it uses when they are there; started after them.
 */
wants?: ServiceName[]
/**
 * May see every service there is, to hand calls on. Kernel trust only.
 */
discovers?: boolean
/**
 * Services that the plugin also offers to commands without a kernel: `id@major` to the module that makes one, relative to plugin.json.
 */
offline?: {
[k: string]: string
}
/**
 * `swap` (default): the new version starts beside the old one. `restart`: the old one stops first.
 */
reload?: ("swap" | "restart")
/**
 * JSON Schema of the plugin's options; defaults in it are filled in.
 */
config?: {

}
/**
 * Environment variables that override options: name to JSON pointer.
 */
env?: {
[k: string]: string
}
/**
 * The oldest SDK that it works with, as `major.minor`.
 */
sdk?: string
permissions?: Permissions
optionalPermissions?: Permissions
/**
 * A module whose checks `vp doctor` runs, relative to plugin.json.
 */
checks?: string
/**
 * Commands that the plugin adds to `vp`.
 */
commands?: Command[]
}
/**
 * What a sandboxed plugin may do. In a manifest: what it asks for; in a config: what it is granted.
 */
export interface Permissions {
/**
 * Hooks that it may tap.
 */
hooks?: HookName[]
/**
 * Text files and folders, relative to the folder of the config file; a folder stands for all that is below it.
 */
fs?: {
/**
 * @maxItems 32
 */
read?: string[]
/**
 * @maxItems 32
 */
write?: string[]
}
/**
 * Exact origins, such as `https://api.acme.dev`.
 * 
 * @maxItems 32
 */
net?: string[]
/**
 * Exact names of environment variables.
 * 
 * @maxItems 32
 */
env?: string[]
/**
 * Small stored values of its own.
 */
kv?: boolean
/**
 * What a service's methods ask of sandboxed callers, such as `sessions:read`.
 * 
 * @maxItems 32
 */
services?: string[]
timers?: boolean
log?: boolean
}
export interface Command {
/**
 * Words of the command, such as `run` or `charter check`.
 */
name: string
summary: string
/**
 * The module that runs it, relative to plugin.json; loaded only then.
 */
module: string
/**
 * `running`: the command needs the running kernel. `join`: that one, or one of its own in the foreground.
 */
kernel?: ("none" | "running" | "join")
/**
 * Refused inside a session (where VP_SESSION is set).
 */
mutates?: boolean
arguments?: {
name: string
summary: string
optional?: boolean
}[]
options?: {
/**
 * As commander reads them: `--cwd <dir>`.
 */
flags: string
summary: string
choices?: string[]
}[]
}
