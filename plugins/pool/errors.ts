/** What can go wrong with requests: one row each. */
import { defineErrors, isVpError, reasonOf, type PoolRow } from '@vp/sdk';

/** Makes an error of this plugin. */
export const errors = defineErrors({
  VP_QUEUE_FULL: {
    message: '{max} requests wait, which is the limit',
    hint: 'Submit again when some have ended, or raise "maxQueueSize" of @vp/pool.',
  },
  VP_POOL_DRAINING: {
    message: 'The pool takes no new requests: it is being drained',
    hint: 'Submit again once it has been resumed or the service has been started again.',
  },
  VP_POOL_STOPPED: {
    message: 'The service stopped before the session of request {id} ran',
    hint: 'The request is kept: it goes on when the service is started again.',
  },
  VP_KEY_REUSED: {
    message: '{what} "{key}" is that of request {id}, which asks for something else',
    hint: 'Use another key for another prompt, directory or charter.',
  },
  VP_REQUEST_UNKNOWN: { message: 'There is no request or session {id}', hint: '`vp sessions --all` lists those that are known.' },
  VP_REQUEST_ENDED: { message: 'Request {id} has {state} already', hint: 'Submit a new one.' },
});

/** An error as a row carries it. */
export function plainError(error: unknown): NonNullable<PoolRow['error']> {
  if (!isVpError(error)) return { code: 'VP_INTERNAL', message: reasonOf(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
