/** The errors of @vp/policy. */
import { defineErrors, type ErrorRow } from '@vp/sdk';

export const POLICY_ERRORS = {
  VP_POLICY_INPUT: {
    message: 'the calls in {file} cannot be read:\n{problems}',
    hint: 'Mend the lines named above; README.md of @vp/policy has their shape.',
  },
  VP_POLICY_FILE: { message: '{file} cannot be read: {why}', hint: 'Give the path of a readable file, or - for standard input.' },
  VP_POLICY_OPTION: { message: 'the option {option} does not take {value}', hint: '{hint}' },
  VP_POLICY_PLUGIN: {
    message: '{file} is not a plugin that taps pre-command: {why}',
    hint: 'Give the module of a plugin, or a charter (.yaml, .yml, .json).',
  },
} as const satisfies Record<string, ErrorRow>;

/** Codes of this plugin's errors. */
export type PolicyErrorCode = keyof typeof POLICY_ERRORS;

/** Makes an error of the table. */
export const policyError = defineErrors<PolicyErrorCode>(POLICY_ERRORS);
