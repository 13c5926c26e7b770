/** Options of the plugin; `plugin.json` has their defaults. */

/** How long a delayed retry waits. */
export interface Backoff {
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Share of the delay, 0 to 1. */
  readonly jitter: number;
}

/** What `decide` needs of the options. */
export interface Policy {
  readonly maxRetries: number;
  readonly maxRecoveries: number;
  readonly stableMs: number;
  readonly backoff: Backoff;
  readonly intensity: { readonly max: number; readonly windowMs: number };
  readonly rateLimit: { readonly wait: boolean; readonly maxWaitMs: number; readonly fallbackMs: number; readonly jitterMs: number };
}

/** Which crash dumps are kept. */
export interface Retention {
  readonly keepDays: number;
  readonly maxMb: number;
  readonly maxCount: number;
}

export interface Options extends Policy {
  readonly dumps: Retention;
}
