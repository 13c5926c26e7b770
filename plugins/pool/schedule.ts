/** Who is next. Pure: no clock, no state. */
import type { Priority } from '@vp/sdk';

/** A request that could start. */
export interface Candidate {
  readonly priority: Priority;
  /** How long it has waited, milliseconds. */
  readonly waitedMs: number;
  readonly orchestrator: string;
  /** Grows from one accepted request to the next. */
  readonly order: number;
}

/** What the choice depends on beside the candidates. */
export interface Scene {
  readonly weights: Readonly<Record<Priority, number>>;
  /** Waiting this long is worth one point of weight. */
  readonly agingMs: number;
  /** Sessions that hold a slot, by orchestrator. */
  readonly running: ReadonlyMap<string, number>;
  /** A number that grows with each start, by orchestrator: that of its newest. */
  readonly served: ReadonlyMap<string, number>;
  /** The weight alone counts first, as after a limit that all have waited for. */
  readonly byWeight?: boolean;
}

/**
 * Compares two candidates: below zero where `a` is first. The highest whole score comes first; among equals the orchestrator with the
 * fewest sessions, then the one that was served least recently, then the oldest request. Whole scores, so that fairness among
 * orchestrators is not decided by milliseconds.
 */
export function compare(a: Candidate, b: Candidate, scene: Scene): number {
  const weight = scene.byWeight ? scene.weights[b.priority] - scene.weights[a.priority] : 0;
  return (
    weight ||
    scoreOf(b, scene) - scoreOf(a, scene) ||
    (scene.running.get(a.orchestrator) ?? 0) - (scene.running.get(b.orchestrator) ?? 0) ||
    (scene.served.get(a.orchestrator) ?? 0) - (scene.served.get(b.orchestrator) ?? 0) ||
    a.order - b.order
  );
}

/** The next one to start; undefined where there is none. Takes time in proportion to their number. */
export function pick<C extends Candidate>(candidates: Iterable<C>, scene: Scene): C | undefined {
  let best: C | undefined;
  for (const candidate of candidates) if (best === undefined || compare(candidate, best, scene) < 0) best = candidate;
  return best;
}

function scoreOf({ priority, waitedMs }: Candidate, { weights, agingMs }: Scene): number {
  return Math.floor(weights[priority] + waitedMs / agingMs);
}
