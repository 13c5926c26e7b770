/** The bounds of one sandboxed plugin, each a setting. */
import type { SandboxLimits } from '@vp/schemas';

/** All of them, defaults filled in. Meaning and units are in `config.schema.json`. */
export type Limits = Required<SandboxLimits>;

export const DEFAULT_LIMITS: Limits = {
  isolateMb: 32,
  processMb: 256,
  loadMs: 1_000,
  sliceMs: 1_000,
  cpuMs: 500,
  messageBytes: 262_144,
  payloadBytes: 4_194_304,
  messages: 20_000,
  logLines: 500,
  inFlight: 64,
  timers: 256,
  kvBytes: 1_048_576,
  bodyBytes: 1_048_576,
  fetchMs: 30_000,
  queuedEvents: 10_000,
};

/** Messages and log lines are counted within windows of this length. */
export const WINDOW_MS = 10_000;

/** The limits of a plugin of the config. */
export function limitsOf(given: SandboxLimits = {}): Limits {
  return { ...DEFAULT_LIMITS, ...given };
}
