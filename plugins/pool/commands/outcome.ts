/** From a request's end to an exit code. */
import { VpError, type PoolRow } from '@vp/sdk';

/** 0 completed, 124 timeout, 1 any other end. @throws what kept its session from starting */
export function exitCodeOf({ state, error }: PoolRow): number {
  if (error !== null) throw new VpError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint });
  switch (state) {
    case 'completed':
      return 0;
    case 'timeout':
      return 124;
    default:
      return 1;
  }
}
