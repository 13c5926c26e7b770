/** Ended requests are kept for a while only. */
import { reasonOf } from '@vp/sdk';
import { forget, type Ended, type Ledger } from './ledger.ts';
import type { Tools } from './tools.ts';

/** Removed at least so many at a time: a write for each would double the cost of an end. */
const BATCH = 100;
const MOST = 500;
const DAY_MS = 86_400_000;

const running = new WeakSet<Ledger>();

/** Removes ended requests beyond the limits, the oldest first; the counts keep what they added. */
export async function prune(tools: Tools, atLeast = BATCH): Promise<void> {
  const { ledger, journal, log } = tools;
  const old = overdue(tools);
  if (running.has(ledger) || old.length === 0 || old.length < atLeast) return;
  running.add(ledger);
  try {
    ledger.base = await journal.remove(old, ledger.base);
    for (const one of old) forget(ledger, one);
  } catch (error) {
    log.warn({ error: reasonOf(error) }, 'old requests could not be removed; it is tried again');
  } finally {
    running.delete(ledger);
  }
}

function overdue({ ledger, config }: Tools): Ended[] {
  const before = Date.now() - config.keepDays * DAY_MS;
  const old: Ended[] = [];
  // In the order in which they ended.
  for (const one of ledger.ended.values()) {
    if (old.length >= MOST || (ledger.ended.size - old.length <= config.keepRequests && one.endedAt >= before)) break;
    old.push(one);
  }
  return old;
}
