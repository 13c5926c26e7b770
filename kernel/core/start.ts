/** The start of all plugins, in order. */
import { loadAll } from '../loader/load.ts';
import type { Config } from '../loader/config.ts';
import type { Running } from './host.ts';
import { stage, swap } from './lifecycle.ts';
import { checkPlugins, putAside } from './place.ts';
import { PluginRecord } from './plugin.ts';

/**
 * Loads every plugin of the config and starts one after the other; `proceed` is asked before each and throws where it must not go on.
 * @throws the error of the first plugin of kernel trust that fails. A sandboxed one that fails stops nobody.
 */
export async function startPlugins(running: Running, config: Config, proceed: () => void): Promise<void> {
  const { records, events } = running;
  const loaded = putAside(await loadAll(config.plugins, running.loadContext(config)));
  const entries = new Map(loaded.map((one, index) => [one, config.plugins[index]]));
  for (const one of checkPlugins(loaded, config)) {
    const entry = entries.get(one);
    if (entry) records.set(one.name, new PluginRecord(one, entry));
  }
  for (const record of records.values()) {
    proceed();
    await startPlugin(record, running);
    events.emit('plugin', record.status());
  }
}

async function startPlugin(record: PluginRecord, { host, events }: Running): Promise<void> {
  try {
    swap(record, await stage(record, record.loaded, host), host);
  } catch (error) {
    if (record.loaded.tier !== 'sandboxed') throw error;
    record.refuse(record.loaded, error);
    events.emit('plugin-failed', { plugin: record.name, error });
  }
}
