/** The kernel's errors that the fake kernel raises too, under the same codes. */
import { defineErrors, type ErrorRow } from '../error.ts';

const ERRORS = {
  VP_GRAPH_MISSING: {
    message: 'plugin "{plugin}" needs the service {service}, which no plugin provides',
    hint: 'Give testPlugin a fake: { services: [fake({service}, …)] }, or another plugin: { beside }.',
  },
  VP_HOOK_UNKNOWN: { message: 'there is no hook "{hook}"', hint: 'The hooks are: {known}.' },
  VP_HOOK_NOT_FIRED: { message: 'plugin "{plugin}" fires {hook} without saying so', hint: 'Add "{hook}" to `fires` in its manifest.' },
  VP_HOOK_NOT_FUNCTION: {
    message: 'the tap of {hook} in plugin "{plugin}" is not a function',
    hint: 'Give a function, or { handler, order, after }.',
  },
  VP_AFTER_UNKNOWN: {
    message: 'a tap of {hook} in plugin "{plugin}" comes after "{after}", but no plugin bears that name',
    hint: 'Set that plugin up first, and this one beside it.',
  },
  VP_AFTER_CYCLE: { message: 'taps of {hook} come after each other in a circle: {cycle}', hint: 'Take one `after` out.' },
  VP_SETUP_FAILED: { message: 'setup of plugin "{plugin}" failed: {why}', hint: 'Mend the plugin; everything it had started was undone.' },
  VP_SETUP_TIMEOUT: {
    message: 'setup of plugin "{plugin}" did not end within {ms} ms',
    hint: 'Let setup return and do the rest in the background.',
  },
  VP_SERVICE_UNDECLARED: {
    message: 'plugin "{plugin}" uses or provides {service} without saying so',
    hint: 'Add "{service}" to `needs`, `wants` or `provides` in its manifest.',
  },
  VP_SERVICE_UNAVAILABLE: { message: 'nobody provides the service {service} now', hint: 'Provide a fake, or set its provider up first.' },
  VP_SERVICE_INCOMPLETE: {
    message: 'plugin "{plugin}" provides {service} without the method {method}',
    hint: 'Implement every method that the contract names.',
  },
  VP_SERVICE_MISSING: {
    message: 'plugin "{plugin}" said that it provides {service}, but setup did not',
    hint: 'Call ctx.provide in setup, or take it out of `provides`.',
  },
  VP_PLUGIN_DUPLICATE: { message: 'two plugins are named "{plugin}"', hint: 'Rename one of them.' },
} as const satisfies Record<string, ErrorRow>;

export const testError = defineErrors<keyof typeof ERRORS>(ERRORS);
