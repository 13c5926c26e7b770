/** The stop ladder, rung by rung: interrupt, end of input, SIGTERM, SIGKILL. Pure; the session climbs it. */
import type { StopTimes } from '../config.ts';
import type { Stop } from '../state/registry.ts';

/** What decides the next rung. */
export interface Standing {
  /** The agent speaks the protocol and is inside a turn. */
  readonly busy: boolean;
}

/** The rung to start with. */
export function firstStep(force: boolean, standing: Standing): Stop['step'] {
  if (force) return 'kill';
  return standing.busy ? 'interrupt' : 'eof';
}

/** The next rung after `waited` milliseconds, or undefined while this one still has time. An interrupted turn that has ended needs no waiting. */
export function nextStep(stop: Pick<Stop, 'step'>, waited: number, times: StopTimes, standing: Standing): Stop['step'] | undefined {
  switch (stop.step) {
    case 'interrupt':
      return !standing.busy || waited >= times.interruptMs ? 'eof' : undefined;
    case 'eof':
      return waited >= times.eofMs ? 'term' : undefined;
    case 'term':
      return waited >= times.termMs ? 'kill' : undefined;
    case 'kill':
      return undefined;
    default:
      return never(stop.step);
  }
}

function never(value: never): never {
  throw new TypeError(`not a rung: ${String(value)}`);
}
