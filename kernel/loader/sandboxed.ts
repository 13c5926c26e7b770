/** Plugins that nobody trusts: loaded by the runtime that the process around the kernel gives it. */
import { basename } from 'node:path';
import type { PluginManifest } from '@vp/schemas';
import type { PluginRuntime, RuntimePlugin } from '@vp/sdk/runtime';
import { kernelError, placed } from '../core/errors.ts';
import { filesOf } from './bundle.ts';
import type { PluginEntry } from './config.ts';
import type { LoadContext, Loaded } from './load.ts';
import { isPath, type Located } from './resolve.ts';

/** Reads a plugin for the sandbox; none of its code runs. @throws VP_TRUST_NEEDED where there is no runtime, and what the runtime throws */
export async function loadSandboxed(
  entry: PluginEntry,
  located: Located,
  context: LoadContext,
): Promise<{ plugin: RuntimePlugin; runtime: PluginRuntime }> {
  const runtime = await context.runtime?.();
  if (runtime === undefined) throw kernelError('VP_TRUST_NEEDED', { plugin: entry.use, use: entry.use }, { plugin: entry.use });
  const { entry: file, manifestFile, manifest, version } = located;
  const { use, origin, grant, limits } = entry;
  const optional = Object.entries({ manifestFile, manifest, version, origin, grant, limits, cacheDir: context.cacheDir });
  const plugin = await runtime.load({
    use,
    kind: isPath(use) ? 'file' : 'package',
    entry: file,
    baseDir: context.baseDir,
    deadlineMs: context.deadlineMs,
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined)),
  });
  return { plugin, runtime };
}

/**
 * What stands in the place of a sandboxed plugin that cannot be loaded: its setup throws the reason. So the plugin shows as failed, a
 * change in its files is tried, and all else runs.
 */
export function failedLoad(entry: PluginEntry, located: Located | undefined, error: unknown): Loaded {
  const reason = placed(error, { plugin: entry.use, ...(entry.origin === undefined ? {} : { file: entry.origin }) });
  const named = (error as { plugin?: unknown } | null)?.plugin;
  const name = located?.manifest?.name ?? (typeof named === 'string' && named !== entry.use ? named : nameOf(entry.use));
  const place = (error as { file?: unknown } | null)?.file;
  const read = (error as { files?: readonly string[] } | null)?.files ?? [];
  const files = [...filesOf(error), ...read, located?.entry, located?.manifestFile, place];
  const manifest: PluginManifest = { name };
  const setup = (): never => {
    throw reason;
  };
  return {
    name,
    version: located?.version ?? '0.0.0',
    tier: 'sandboxed',
    needs: [],
    wants: [],
    provides: [],
    fires: [],
    located: located ?? { use: entry.use, entry: entry.use, tier: 'third-party' },
    manifest,
    definition: { name, setup },
    options: {},
    codeHash: '',
    hash: '',
    inputs: [...new Set(files.filter((file) => typeof file === 'string'))],
    refused: reason,
  };
}

/** A plugin that could be loaded, but has no place among the others: it bears what the config calls it, since its name may be taken. */
export function misplaced(loaded: Loaded, error: unknown): Loaded {
  const { use } = loaded.located;
  const refused = failedLoad({ use, config: {}, shadow: false }, loaded.located, error);
  const isTaken = (error as { code?: unknown } | null)?.code === 'VP_PLUGIN_DUPLICATE';
  return { ...refused, name: isTaken ? use : loaded.name, inputs: loaded.inputs };
}

/** The name that a plugin bears until its own is known: its file's, without folder and ending, or its package's. */
function nameOf(use: string): string {
  return isPath(use) ? basename(use).replace(/\.[cm]?[jt]s$/, '') : use;
}
