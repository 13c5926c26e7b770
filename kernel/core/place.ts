/** Which plugins have a place among the others, and in which order they start. */
import { isVpError } from '@vp/sdk';
import type { Config } from '../loader/config.ts';
import type { Loaded } from '../loader/load.ts';
import { misplaced } from '../loader/sandboxed.ts';
import { kernelError, placed } from './errors.ts';
import { orderPlugins } from './graph.ts';

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
export function located(error: unknown, loaded: readonly Loaded[], configFile?: string): unknown {
  const file = loaded.find((one) => isVpError(error) && one.name === error.plugin)?.located.entry ?? configFile;
  return placed(error, file === undefined ? {} : { file });
}

/**
 * The same plugins, where a sandboxed one that has no place among the others is put aside: its name is taken, or a service that it needs
 * is not there. Those of the kernel's trust come first.
 */
export function putAside(loaded: readonly Loaded[]): Loaded[] {
  const fitting = loaded.filter((one) => one.tier !== 'sandboxed');
  return loaded.map((one) => {
    if (one.tier !== 'sandboxed') return one;
    try {
      check([...fitting, one], []);
      fitting.push(one);
      return one;
    } catch (error) {
      return misplaced(one, located(error, loaded));
    }
  });
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
  // One that could not be loaded may bear the name: the hooks are closed until it is known.
  const isComplete = loaded.every((one) => one.refused === undefined);
  if (unknown !== undefined && isComplete)
    throw kernelError('VP_REQUIRED_UNKNOWN', { plugin: unknown }, { plugin: unknown, path: '/required' });
  return orderPlugins(loaded);
}
