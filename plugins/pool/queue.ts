/** The queue as it is now: who may start, who is next, and where each one stands. */
import { waits, type Entry } from './ledger.ts';
import type { Place } from './rows.ts';
import { compare, pick, type Candidate, type Scene } from './schedule.ts';
import type { Tools } from './tools.ts';

/** A request in the queue. */
interface Waiting extends Candidate {
  readonly entry: Entry;
  readonly isDue: boolean;
}

/** Who has slots and who waits. */
export interface Look {
  readonly opening: number;
  /** Those whose time has come, also where their orchestrator has as many sessions as it may. */
  readonly due: readonly Waiting[];
  /** Milliseconds until a further one is due; null where none waits for that. */
  readonly nextDueMs: number | null;
  readonly scene: Scene;
}

/** Looks at all requests. */
export function look(tools: Tools): Look {
  const { ledger, config } = tools;
  const mono = performance.now();
  const now = Date.now();
  const running = new Map<string, number>();
  const due: Waiting[] = [];
  let opening = 0;
  let nextDueMs: number | null = null;
  for (const entry of ledger.entries.values()) {
    const { orchestrator } = entry.request;
    if (entry.slot) {
      if (entry.openingUntil > mono) opening += 1;
      running.set(orchestrator, (running.get(orchestrator) ?? 0) + 1);
    } else if (waits(entry)) {
      const waiting = waitingOf(entry, mono, now);
      if (waiting.isDue) due.push(waiting);
      else nextDueMs = Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, entry.dueAt - mono);
    }
  }
  const { weights, agingMs } = config;
  return { opening, due, nextDueMs, scene: { weights, agingMs, running, served: ledger.served, byWeight: ledger.waking } };
}

/** The next one to start; undefined where each that waits belongs to an orchestrator that has as many sessions as it may. */
export function next(tools: Tools, now: Look): Entry | undefined {
  return pick(free(tools, now), now.scene)?.entry;
}

/** Those whose orchestrator may have a further session. */
function free(tools: Tools, { due, scene }: Look): readonly Waiting[] {
  const limits = new Map<string, number>();
  const limitOf = (charterId: string): number => {
    const known = limits.get(charterId) ?? limit(tools, charterId);
    limits.set(charterId, known);
    return known;
  };
  return due.filter(({ entry, orchestrator }) => (scene.running.get(orchestrator) ?? 0) < limitOf(entry.request.charterId));
}

/** The running session that gives way to a critical request that waits; undefined where none has to. */
export function victim(tools: Tools, now: Look): Entry | undefined {
  if (!free(tools, now).some(({ priority }) => priority === 'critical')) return undefined;
  const held = [...tools.ledger.entries.values()].filter((entry) => entry.slot);
  const isLeaving = ({ request, stop, settling }: Entry): boolean => settling || request.preempted === request.attempts || stop !== null;
  if (held.some(isLeaving) || now.opening > 0) return undefined;
  const weight = ({ request }: Entry): number => now.scene.weights[request.priority];
  return held
    .filter(({ request }) => request.state === 'running' && request.priority !== 'critical' && request.type === 'claude-code')
    .toSorted((a, b) => weight(a) - weight(b) || b.request.order - a.request.order)[0];
}

/** Where a request stands; null where it does not wait. Takes time in proportion to their number. */
export function placeOf(tools: Tools, entry: Entry): Place | null {
  if (!waits(entry)) return null;
  const mono = performance.now();
  const now = Date.now();
  const { scene } = look(tools);
  const own = waitingOf(entry, mono, now);
  let position = 1;
  for (const other of tools.ledger.entries.values())
    if (other !== entry && waits(other) && order(waitingOf(other, mono, now), own, scene) < 0) position += 1;
  return place(tools, entry, position);
}

/** Where all of them stand. */
export function places(tools: Tools): Map<Entry, Place> {
  const mono = performance.now();
  const now = Date.now();
  const { scene } = look(tools);
  const waiting = [...tools.ledger.entries.values()].filter(waits).map((entry) => waitingOf(entry, mono, now));
  const sorted = waiting.toSorted((a, b) => order(a, b, scene));
  return new Map(sorted.map(({ entry }, n) => [entry, place(tools, entry, n + 1)]));
}

/** Those that wait for a retry come after all that are due. */
function order(a: Waiting, b: Waiting, scene: Scene): number {
  if (a.isDue !== b.isDue) return a.isDue ? -1 : 1;
  return a.isDue ? compare(a, b, scene) : a.entry.dueAt - b.entry.dueAt;
}

function place({ ledger, config }: Tools, entry: Entry, position: number): Place {
  const mean = ledger.times.meanRun;
  const dueMs = Math.max(0, entry.dueAt - performance.now());
  const { plan } = entry.request;
  return {
    position,
    // With all slots in use one frees after `mean / slots` on average.
    estimatedWaitMs: mean === null ? null : Math.max(dueMs, Math.round((position * mean) / config.maxConcurrentSessions)),
    waitsUntil: plan === null || dueMs === 0 ? null : plan.notBefore,
  };
}

function waitingOf(entry: Entry, mono: number, now: number): Waiting {
  const { priority, orchestrator, order: at, plan } = entry.request;
  // The clock of the day as well, since the other one may stand still while the machine sleeps.
  const isDue = entry.dueAt <= mono || (entry.failures === 0 && plan !== null && plan.notBefore <= now);
  const waitedMs = Math.max(0, mono - Math.max(entry.waitingSince, entry.dueAt));
  return { entry, isDue, priority, orchestrator, order: at, waitedMs };
}

function limit({ config, charters }: Tools, charterId: string): number {
  const { maxSessions } = charters.current(charterId)?.charter.resources ?? {};
  return Math.min(config.perOrchestrator ?? Number.POSITIVE_INFINITY, maxSessions ?? Number.POSITIVE_INFINITY);
}
