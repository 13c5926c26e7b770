/** In which order the taps of one hook run: by band, then `after`, then the order in which their plugins were started. */
import type { HookName } from '@vp/sdk';
import { kernelError } from '../core/errors.ts';
import type { Entry } from './hook.ts';

const BANDS = { pre: 0, normal: 1, post: 2 } as const;

/**
 * Whether entries can take their places.
 * @throws VP_AFTER_UNKNOWN, VP_AFTER_CYCLE
 */
export function checkEntries(hook: HookName, entries: readonly Entry[], known: ReadonlySet<string>): void {
  for (const entry of entries) {
    const after = entry.after.find((name) => !known.has(name));
    if (after !== undefined) throw kernelError('VP_AFTER_UNKNOWN', { hook, plugin: entry.plugin, after }, { plugin: entry.plugin });
  }
  settleAfter(entries, (circle) => {
    const cycle = circle.map((one) => one.plugin).join(' -> ');
    throw kernelError('VP_AFTER_CYCLE', { hook, cycle }, { plugin: circle[0]?.plugin ?? '' });
  });
}

/** Sorts entries that come in the order of their plugins. Never throws: what cannot be met is `checkEntries`'s matter. */
export function sortEntries(entries: readonly Entry[]): Entry[] {
  const banded = entries.toSorted((a, b) => BANDS[a.order] - BANDS[b.order]);
  return banded.some((entry) => entry.after.length > 0) ? settleAfter(banded, () => undefined) : banded;
}

function settleAfter(entries: readonly Entry[], onCycle: (circle: readonly Entry[]) => void): Entry[] {
  const sorted: Entry[] = [];
  const open: Entry[] = [];
  const visit = (entry: Entry): void => {
    if (sorted.includes(entry)) return;
    if (open.includes(entry)) return onCycle([...open.slice(open.indexOf(entry)), entry]);
    open.push(entry);
    for (const other of entries) if (other.order === entry.order && entry.after.includes(other.plugin)) visit(other);
    open.pop();
    sorted.push(entry);
  };
  entries.forEach(visit);
  return sorted;
}
