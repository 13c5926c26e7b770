/** The sandbox's errors: one table. `{plugin}` is its name, or what the config says where the name is not known yet. */
import { defineErrors, type ErrorRow } from '@vp/sdk';

export const SANDBOX_ERRORS = {
  VP_SANDBOX_MANIFEST: {
    message: 'the manifest of plugin "{plugin}" is not valid:\n{problems}',
    hint: 'Mend plugin.json or the argument of definePlugin; what is asked for must be written there as plain values.',
  },
  VP_SANDBOX_NO_PLUGIN: {
    message: 'plugin "{plugin}" has no plugin as its default export that can be read without running it',
    hint: 'Write `export default definePlugin({ name: "…", … })` at the end of the entry file.',
  },
  VP_SANDBOX_SYNTAX: { message: 'plugin "{plugin}" does not compile: {why}', hint: 'Mend the line named above and save.' },
  VP_SANDBOX_BUILTIN: {
    message: 'plugin "{plugin}" imports {module}, which a sandboxed plugin does not have: {chain}',
    hint: 'Use ctx.fs, ctx.fetch, ctx.kv or ctx.env instead, or a package that works without Node; or read the code and trust it: { use: "{use}", trust: "kernel" }.',
  },
  VP_SANDBOX_SIZE: {
    message: 'plugin "{plugin}" is {megabytes} MB of code, more than the {limit} MB that are loaded',
    hint: 'Leave out what it does not need, such as data or whole packages.',
  },
  VP_SANDBOX_SDK: {
    message: 'plugin "{plugin}" needs version {wanted} of the SDK; this is {have}',
    hint: 'Update VP, or use an older version of the plugin.',
  },
  VP_PERMISSION_INVALID: {
    message: 'the permissions of plugin "{plugin}" are not valid:\n{problems}',
    hint: 'Mend the lines named above.',
  },
  VP_GRANT_INVALID: {
    message: 'the grant of plugin "{plugin}" in the config is not valid:\n{problems}',
    hint: 'Mend `grant`; `vp plugin check {use}` prints what to write.',
  },
  VP_GRANT_MISSING: {
    message: 'plugin "{plugin}" asks for more than it is granted: it {words}',
    hint: 'If that is right, run `vp plugin grant {plugin}`, or write what `vp plugin check {use}` prints into the config.',
  },
  VP_GRANT_REVOKED: {
    message: 'the grant of plugin "{plugin}" was revoked at {at} by {by}',
    hint: 'Take the plugin out of the config, or give the grant again: `vp plugin grant {plugin}`.',
  },
  VP_GRANT_CHANGED: {
    message: 'the files of plugin "{plugin}" have changed, but its version is still {version}',
    hint: 'Find out who changed them: a release never does that. If you have read the change, run `vp plugin grant {plugin}`.',
  },
  VP_GRANTS_UNREADABLE: {
    message: 'the grants cannot be read: {why}',
    hint: 'Mend or remove the file; without it every package must be granted again.',
  },
  VP_SANDBOX_START: { message: 'the process for plugin "{plugin}" cannot be started: {why}', hint: 'Run `vp doctor`.' },
  VP_SANDBOX_FAILED: { message: 'plugin "{plugin}" threw: {why}', hint: 'Mend the plugin.' },
  VP_SANDBOX_KILLED: { message: 'plugin "{plugin}" was ended ({reason}): {detail}', hint: 'See `vp plugins`.' },
  VP_SANDBOX_QUARANTINED: {
    message: 'plugin "{plugin}" was ended {count} times and is not started again; the last time: {reason}',
    hint: 'Mend it; then, or to try it as it is, run `vp reload {plugin}`.',
  },
  VP_SANDBOX_LATE: { message: 'plugin "{plugin}" did not answer {what} within {ms} ms', hint: 'Do less in it, or raise the deadline.' },
  VP_SANDBOX_PAYLOAD: {
    message: 'what plugin "{plugin}" would be told is {bytes} bytes, more than {limit}',
    hint: 'Raise limits.payloadBytes of the plugin.',
  },
  VP_PERMISSION_DENIED: {
    message: '{what} is not permitted: {why}',
    hint: 'Ask for it under `permissions` in the manifest and grant it in the config.',
  },
  VP_SERVICE_UNAVAILABLE: {
    message: 'nobody provides the service {service} now, or the manifest does not name it',
    hint: 'Name it as id@major, such as sessions@1, under `needs` or `wants`; see `vp plugins` for its provider.',
  },
  VP_SANDBOX_BUSY: { message: 'more than {limit} requests at once', hint: 'Wait for the answers before asking more.' },
  VP_SANDBOX_ARGUMENT: { message: '{what}', hint: 'See the SDK for what the method takes.' },
  VP_SANDBOX_LIMIT: { message: '{what}', hint: 'The limits of a plugin are set in the config, under `limits`.' },
  VP_FETCH_FAILED: { message: '{what} failed: {why}', hint: 'Try again later, or find out whether the address is right.' },
  VP_REQUEST_FAILED: { message: '{what} failed inside the kernel; its log says why', hint: 'See `vp.log` in the folder `logs`.' },
} as const satisfies Record<string, ErrorRow>;

/** Makes an error of the table. */
export const sandboxError = defineErrors<keyof typeof SANDBOX_ERRORS>(SANDBOX_ERRORS);
