/** The errors of @vp/charter. */
import { defineErrors, type ErrorRow } from '@vp/sdk';

export const CHARTER_ERRORS = {
  VP_CHARTER_MISSING: {
    message: 'there is no charter file {file}',
    hint: 'Give the path of an existing file, or leave the charter out to use the built-in one.',
  },
  VP_CHARTER_UNREADABLE: { message: 'the charter {file} cannot be read: {why}', hint: 'Make it a readable file of at most 1 MB.' },
  VP_CHARTER_FORMAT: {
    message: 'the charter {file} has an ending that VP does not know',
    hint: 'Use .yaml, .yml, .json, .ts, .mts, .js or .mjs.',
  },
  VP_CHARTER_INVALID: {
    message: 'the charter is not valid:\n{problems}',
    hint: 'Mend the lines named above. `vp charter check {file}` checks it again.',
  },
  VP_CHARTER_UNSTEADY: {
    message: 'the charter {file} kept changing while it was read',
    hint: 'Wait until nothing writes to it any more, then try again.',
  },
  VP_CHARTER_UNKNOWN: { message: 'no charter {id} is in force', hint: 'Resolve the file first; `resolve` gives the id.' },
} as const satisfies Record<string, ErrorRow>;

/** Codes of this plugin's errors. */
export type CharterErrorCode = keyof typeof CHARTER_ERRORS;

/** Makes an error of the table. */
export const charterError = defineErrors<CharterErrorCode>(CHARTER_ERRORS);
