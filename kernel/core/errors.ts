/** The kernel's errors: one table, so that a code can be looked up and every message says what to do next. */
import { defineErrors, isVpError, reasonOf, VpError, type ErrorDetails, type ErrorRow } from '@vp/sdk';

export const KERNEL_ERRORS = {
  VP_CONFIG_MISSING: {
    message: 'no such config file',
    hint: 'Give the path of an existing file, or leave --config out to use the nearest vp.config.ts.',
  },
  VP_CONFIG_UNREADABLE: { message: 'the config cannot be loaded: {why}', hint: 'Mend the file; nothing was started or changed.' },
  VP_CONFIG_INVALID: {
    message: 'the config is not valid:\n{problems}',
    hint: 'Mend the lines named above; nothing was started or changed.',
  },
  VP_PLUGIN_NOT_FOUND: {
    message: 'plugin "{plugin}" cannot be found',
    hint: 'For a package: install it beside the config. For a file: write its path relative to the config file, starting with ./',
  },
  VP_PLUGIN_DUPLICATE: {
    message: 'two plugins are named "{plugin}": {first} and {second}',
    hint: 'Keep one of them, or rename the other.',
  },
  VP_PLUGIN_SYNTAX: { message: 'plugin "{plugin}" does not compile: {why}', hint: 'Mend the line named above and save.' },
  VP_PLUGIN_EVALUATION: {
    message: 'plugin "{plugin}" throws while its module is loaded: {why}',
    hint: 'Move work out of the top level of the module into setup.',
  },
  VP_PLUGIN_NO_DEFAULT: {
    message: 'plugin "{plugin}" has no plugin as its default export',
    hint: 'Write `export default definePlugin({ name, … })`.',
  },
  VP_MANIFEST_INVALID: {
    message: 'the manifest of plugin "{plugin}" is not valid:\n{problems}',
    hint: 'Mend plugin.json or the argument of definePlugin.',
  },
  VP_MANIFEST_NAME: {
    message: 'the manifest says "{manifest}", the code says "{code}"',
    hint: 'Use the same name in plugin.json and definePlugin.',
  },
  VP_OPTIONS_INVALID: {
    message: 'the options of plugin "{plugin}" are not valid:\n{problems}',
    hint: "Mend the plugin's options in the config.",
  },
  VP_TRUST_NEEDED: {
    message: 'plugin "{plugin}" is third-party code and this installation has no sandbox to run it in',
    hint: 'Read its code; if you trust it with all that the kernel may do, write { use: "{use}", trust: "kernel" } in the config.',
  },
  VP_GRAPH_CYCLE: {
    message: 'plugins need each other in a circle: {cycle}',
    hint: 'Turn one of these needs into a want, or split a plugin.',
  },
  VP_GRAPH_MISSING: {
    message: 'plugin "{plugin}" needs the service {service}, which no plugin provides',
    hint: 'Add a plugin that provides {service} to the config.',
  },
  VP_GRAPH_PROVIDERS: {
    message: 'the service {service} has two providers: {first} and {second}',
    hint: 'Remove one of them from the config.',
  },
  VP_HOOK_FIRERS: {
    message: 'the hook {hook} would be fired by two plugins: {first} and {second}',
    hint: 'Remove one of them from the config.',
  },
  VP_REQUIRED_UNKNOWN: {
    message: '"{plugin}" is required, but no plugin in the config bears that name',
    hint: 'Add the plugin, or take the name out of `required`.',
  },
  VP_HOOK_UNKNOWN: { message: 'there is no hook "{hook}"', hint: 'The hooks are: {known}.' },
  VP_HOOK_NOT_FIRED: { message: 'plugin "{plugin}" fires {hook} without saying so', hint: 'Add "{hook}" to `fires` in its manifest.' },
  VP_HOOK_NOT_FUNCTION: {
    message: 'the tap of {hook} in plugin "{plugin}" is not a function',
    hint: 'Give a function, or { handler, order, after }.',
  },
  VP_AFTER_UNKNOWN: {
    message: 'a tap of {hook} in plugin "{plugin}" comes after "{after}", but no plugin bears that name',
    hint: 'Use the name of a plugin in the config.',
  },
  VP_AFTER_CYCLE: { message: 'taps of {hook} come after each other in a circle: {cycle}', hint: 'Take one `after` out.' },
  VP_SETUP_FAILED: { message: 'setup of plugin "{plugin}" failed: {why}', hint: 'Mend the plugin; everything it had started was undone.' },
  VP_SETUP_TIMEOUT: {
    message: 'setup of plugin "{plugin}" did not end within {ms} ms',
    hint: 'Let setup return and do the rest in the background, or raise deadlines.setup.',
  },
  VP_SERVICE_UNDECLARED: {
    message: 'plugin "{plugin}" uses or provides {service} without saying so',
    hint: 'Add "{service}" to `needs`, `wants` or `provides` in its manifest.',
  },
  VP_SERVICE_UNAVAILABLE: { message: 'nobody provides the service {service} now', hint: 'See `vp plugins` for the state of its provider.' },
  VP_SERVICE_INCOMPLETE: {
    message: 'plugin "{plugin}" provides {service} without the method {method}',
    hint: 'Implement every method that the contract names.',
  },
  VP_SERVICE_MISSING: {
    message: 'plugin "{plugin}" said that it provides {service}, but setup did not',
    hint: 'Call ctx.provide in setup, or take it out of `provides`.',
  },
  VP_PLUGIN_UNKNOWN: { message: 'no plugin is named "{plugin}"', hint: 'The loaded ones are: {known}.' },
  VP_KERNEL_STATE: { message: 'the kernel is {state}; it cannot {act} now', hint: 'Make a new kernel for a new start.' },
  VP_KERNEL_RUNNING: {
    message: 'a kernel already runs on this state folder (PID {pid})',
    hint: 'Use it, stop it with `vp stop`, or set VP_HOME to another folder.',
  },
  VP_NOT_RUNNING: { message: 'no VP service runs on this state folder', hint: 'Start one with `vp start`.' },
  VP_SOCKET: {
    message: 'a kernel runs, but nobody listens on its socket {path}',
    hint: 'Add @vp/gateway to the plugins of its config and run `vp reload`, or stop it with `vp stop`.',
  },
  VP_CONNECTION_LOST: {
    message: 'the kernel has closed the connection',
    hint: 'Sessions go on. Once it is back (`vp start`), `vp sessions` shows them and `vp session wait ID` waits for one.',
  },
  VP_HOME_UNUSABLE: {
    message: 'the state folder cannot be used: {why}',
    hint: 'Make it writable for this user, or set VP_HOME to another folder.',
  },
  VP_KV_UNREADABLE: {
    message: 'the stored values of plugin "{plugin}" cannot be read: {why}',
    hint: 'Mend or remove the file; it is plain JSON.',
  },
} as const satisfies Record<string, ErrorRow>;

/** Codes of the kernel's own errors. */
export type KernelErrorCode = keyof typeof KERNEL_ERRORS;

/** Makes an error of the table. */
export const kernelError = defineErrors<KernelErrorCode>(KERNEL_ERRORS);

/** The same error, with the place where it does not name one. What is no error of VP's stays as it is. */
export function placed(error: unknown, place: ErrorDetails): unknown {
  if (!isVpError(error) || (error.file !== undefined && error.plugin !== undefined)) return error;
  const { code, message, file, path, hint, plugin, cause } = error;
  const own = Object.entries({ file, path, hint, plugin, cause }).filter(([, value]) => value !== undefined);
  return new VpError(code, message, { ...place, ...Object.fromEntries(own) });
}

/** An error in one piece, for a person who must do something about it: what it is, in which file, and the remedy. */
export function withRemedy(error: unknown): string {
  if (!isVpError(error)) return reasonOf(error);
  const { message, file, hint } = error;
  const place = file === undefined || message.includes(file) ? '' : ` (${file})`;
  return `${message}${place}${hint === undefined ? '' : `. ${hint}`}`;
}

export { reasonOf };
