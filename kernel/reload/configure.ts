/** From one config to the next while plugins run: all of it or nothing. */
import type { Config, PluginEntry } from '../loader/config.ts';
import { loadOrRefuse, withOptions, type Loaded, type LoadContext } from '../loader/load.ts';
import type { Generation } from '../core/generation.ts';
import { checkPlugins, located, putAside } from '../core/place.ts';
import type { Host } from '../core/host.ts';
import { retire, stage, swap, takeDown } from '../core/lifecycle.ts';
import { PluginRecord } from '../core/plugin.ts';
import { replacePlugin } from './replace.ts';

interface Staged {
  readonly record: PluginRecord;
  readonly generation: Generation;
}

interface Refused {
  readonly record: PluginRecord;
  readonly loaded: Loaded;
  readonly error: unknown;
}

interface Change {
  readonly record: PluginRecord;
  readonly loaded: Loaded;
  readonly entry: PluginEntry;
}

/**
 * Puts a new config in force. The code of plugins that run already is not read again, only their options.
 * `commit` is called in the step that swaps.
 * @throws where any part of the new config cannot work; then nothing has changed
 */
export async function applyConfig(
  next: Config,
  records: Map<string, PluginRecord>,
  context: LoadContext,
  host: Host,
  commit: () => void,
): Promise<void> {
  const byUse = new Map([...records.values()].map((record) => [record.entry.use, record]));
  const loads = next.plugins.map((entry) => changeOf(entry, byUse.get(entry.use), context));
  await Promise.allSettled(loads);
  const made = await Promise.all(loads);
  const fitting = putAside(made.map((change) => change.loaded));
  const changes = made.map((change, index) => inPlace(change, fitting[index] ?? change.loaded));
  const order = checkPlugins(
    changes.map((change) => change.loaded),
    next,
  );
  const sorted = order.flatMap((loaded) => changes.filter((change) => change.loaded === loaded));
  const overlapping = sorted.filter(({ record, loaded }) => isChanged(record, loaded) && !mustRestart(record, loaded));
  const { staged, refused } = await stageAll(overlapping, order, host);

  const removed = [...records.values()].filter((record) => !sorted.some((change) => change.record === record));
  records.clear();
  for (const { record, entry } of sorted) {
    record.entry = entry;
    records.set(record.name, record);
  }
  commit();
  for (const { record, loaded, error } of refused) record.refuse(loaded, error);
  const old = staged.map(({ record, generation }) => swap(record, generation, host));
  for (const record of removed.reverse()) {
    record.state = 'stopped';
    await takeDown(record, host);
  }
  await Promise.all(old.map((generation) => (generation ? retire(generation, host) : Promise.resolve())));
  for (const { record, loaded } of sorted) if (mustRestart(record, loaded)) await replacePlugin(record, loaded, host);
}

async function changeOf(entry: PluginEntry, record: PluginRecord | undefined, context: LoadContext): Promise<Change> {
  const isSameTrust = record?.entry.trust === entry.trust;
  if (record && isSameTrust && record.loaded.tier !== 'sandboxed')
    return { record, entry, loaded: withOptions(record.loaded, entry, context.env) };
  const loaded = await loadOrRefuse(entry, context);
  return { record: record ?? new PluginRecord(loaded, entry), entry, loaded };
}

/** A change as it was loaded, or as it was put aside; a record bears the name of its plugin. */
function inPlace(change: Change, loaded: Loaded): Change {
  const { record, entry } = change;
  if (loaded.name === record.name || record.current !== undefined) return { record, entry, loaded };
  return { record: new PluginRecord(loaded, entry), entry, loaded };
}

function isChanged(record: PluginRecord, loaded: Loaded): boolean {
  return record.current?.loaded.hash !== loaded.hash;
}

function mustRestart(record: PluginRecord, loaded: Loaded): boolean {
  return record.current !== undefined && isChanged(record, loaded) && loaded.manifest.reload === 'restart';
}

/** Stages all or none, but for sandboxed ones that cannot be set up: they are told apart. `all` are the plugins that there will be. */
async function stageAll(changes: readonly Change[], all: readonly Loaded[], host: Host): Promise<{ staged: Staged[]; refused: Refused[] }> {
  const staged: Staged[] = [];
  const refused: Refused[] = [];
  try {
    for (const { record, loaded, entry } of changes) {
      try {
        staged.push({ record, generation: await stage(record, loaded, host, { shadow: entry.shadow, check: () => undefined }) });
      } catch (error) {
        if (loaded.tier !== 'sandboxed') throw error;
        refused.push({ record, loaded, error });
      }
    }
    const taps = new Map(staged.map(({ record, generation }) => [record.name, generation.taps]));
    host.taps.check(
      taps,
      all.map((one) => one.name),
    );
    return { staged, refused };
  } catch (error) {
    for (const { generation } of staged.reverse()) await generation.scope.dispose(host.deadlineMs('dispose'));
    throw located(error, all);
  }
}
