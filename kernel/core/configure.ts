/** From one config to the next while plugins run: all of it or nothing. */
import type { Config, PluginEntry } from '../loader/config.ts';
import { load, withOptions, type Loaded, type LoadContext } from '../loader/load.ts';
import { isVpError } from '@vp/sdk';
import { kernelError, placed } from './errors.ts';
import type { Generation } from './generation.ts';
import { orderPlugins } from './graph.ts';
import type { Host } from './host.ts';
import { retire, stage, swap, takeDown } from './lifecycle.ts';
import { PluginRecord } from './plugin.ts';
import { replacePlugin } from './reload.ts';

/**
 * The plugins in the order in which they start.
 * @throws VP_PLUGIN_DUPLICATE, VP_REQUIRED_UNKNOWN, and what `orderPlugins` throws; the file is the plugin's, else the config's
 */
export function checkPlugins(loaded: readonly Loaded[], config: Pick<Config, 'required' | 'file'>): Loaded[] {
  try {
    return check(loaded, config.required);
  } catch (error) {
    throw located(error, loaded, config.file);
  }
}

/** The same error, with the file of the plugin that it names, else of the config. */
function located(error: unknown, loaded: readonly Loaded[], configFile?: string): unknown {
  const file = loaded.find((one) => isVpError(error) && one.name === error.plugin)?.located.entry ?? configFile;
  return placed(error, file === undefined ? {} : { file });
}

function check(loaded: readonly Loaded[], required: readonly string[]): Loaded[] {
  const names = new Map<string, Loaded>();
  for (const one of loaded) {
    const other = names.get(one.name);
    const places = { plugin: one.name, first: other?.located.entry ?? '', second: one.located.entry };
    if (other) throw kernelError('VP_PLUGIN_DUPLICATE', places, { plugin: one.name, file: one.located.entry });
    names.set(one.name, one);
  }
  const unknown = required.find((name) => !names.has(name));
  if (unknown !== undefined) throw kernelError('VP_REQUIRED_UNKNOWN', { plugin: unknown }, { plugin: unknown, path: '/required' });
  return orderPlugins(loaded);
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
  const changes = await Promise.all(loads);
  const order = checkPlugins(
    changes.map((change) => change.loaded),
    next,
  );
  const sorted = order.flatMap((loaded) => changes.filter((change) => change.loaded === loaded));
  const overlapping = sorted.filter(({ record, loaded }) => isChanged(record, loaded) && !mustRestart(record, loaded));
  const staged = await stageAll(overlapping, order, host);

  const removed = [...records.values()].filter((record) => !sorted.some((change) => change.record === record));
  records.clear();
  for (const { record, entry } of sorted) {
    record.entry = entry;
    records.set(record.name, record);
  }
  commit();
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
  if (record && isSameTrust) return { record, entry, loaded: withOptions(record.loaded, entry, context.env) };
  const loaded = await load(entry, context);
  return { record: record ?? new PluginRecord(loaded, entry), entry, loaded };
}

function isChanged(record: PluginRecord, loaded: Loaded): boolean {
  return record.current?.loaded.hash !== loaded.hash;
}

function mustRestart(record: PluginRecord, loaded: Loaded): boolean {
  return record.current !== undefined && isChanged(record, loaded) && loaded.manifest.reload === 'restart';
}

/** Stages all or none. `all` are the plugins that there will be. */
async function stageAll(
  changes: readonly Change[],
  all: readonly Loaded[],
  host: Host,
): Promise<{ record: PluginRecord; generation: Generation }[]> {
  const staged: { record: PluginRecord; generation: Generation }[] = [];
  try {
    for (const { record, loaded, entry } of changes) {
      staged.push({ record, generation: await stage(record, loaded, host, { shadow: entry.shadow, check: () => undefined }) });
    }
    const taps = new Map(staged.map(({ record, generation }) => [record.name, generation.taps]));
    host.taps.check(
      taps,
      all.map((one) => one.name),
    );
    return staged;
  } catch (error) {
    for (const { generation } of staged.reverse()) await generation.scope.dispose(host.deadlineMs('dispose'));
    throw located(error, all);
  }
}
