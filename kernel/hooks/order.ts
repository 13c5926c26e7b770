/** In which order the taps of one hook run: by band, then `after`, then the order in which their plugins were started. */
import type { HookName } from '@vp/sdk';
import { kernelError } from '../core/errors.ts';
import type { Entry } from './hook.ts';

const BANDS = { pre: 0, normal: 1, post: 2 } as const;

/**
 * Sorts entries that come in the order of their plugins.
 * @throws VP_AFTER_UNKNOWN, VP_AFTER_CYCLE
 */
export function sortEntries(hook: HookName, entries: readonly Entry[], known: ReadonlySet<string>): Entry[] {
  for (const entry of entries) {
    const after = entry.after.find((name) => !known.has(name));
    if (after !== undefined) throw kernelError('VP_AFTER_UNKNOWN', { hook, plugin: entry.plugin, after }, { plugin: entry.plugin });
  }
  const banded = entries.toSorted((a, b) => BANDS[a.order] - BANDS[b.order]);
  return banded.some((entry) => entry.after.length > 0) ? settleAfter(hook, banded) : banded;
}

function settleAfter(hook: HookName, entries: readonly Entry[]): Entry[] {
  const sorted: Entry[] = [];
  const open: Entry[] = [];
  const visit = (entry: Entry): void => {
    if (sorted.includes(entry)) return;
    if (open.includes(entry)) {
      const cycle = [...open.slice(open.indexOf(entry)), entry].map((one) => one.plugin).join(' -> ');
      throw kernelError('VP_AFTER_CYCLE', { hook, cycle }, { plugin: entry.plugin });
    }
    open.push(entry);
    for (const other of entries) if (other.order === entry.order && entry.after.includes(other.plugin)) visit(other);
    open.pop();
    sorted.push(entry);
  };
  entries.forEach(visit);
  return sorted;
}
