/** The errors of @vp/recovery. */
import { defineErrors, type ErrorRow } from '@vp/sdk';

export const RECOVERY_ERRORS = {
  VP_RECOVERY_UNKNOWN: { message: 'there is no session {id}', hint: '`vp sessions` lists those that are known.' },
} as const satisfies Record<string, ErrorRow>;

export const errors = defineErrors<keyof typeof RECOVERY_ERRORS>(RECOVERY_ERRORS);
