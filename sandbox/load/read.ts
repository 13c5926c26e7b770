/** Reads a plugin without running it: what it says of itself, whether that can be, and its code as one script. */
import type { HookName, PluginManifest } from '@vp/schemas';
import type { RuntimeRequest } from '@vp/sdk/runtime';
import { bundleGuest, type GuestBundle } from './bundle.ts';
import { checkSandboxed } from './checks.ts';
import type { Ask } from './compiler/compiler.ts';
import { readInlineManifest } from './manifest.ts';
import { checkSdk } from './sdk.ts';

export type ReadRequest = Pick<RuntimeRequest, 'use' | 'kind' | 'entry' | 'manifestFile' | 'manifest' | 'version' | 'cacheDir'>;

/** A plugin that was read; none of it has run. */
export interface ReadPlugin {
  readonly manifest: PluginManifest;
  /** Hooks that a manifest inside the code names beside it; none for a plugin with plugin.json. */
  readonly declaredHooks: readonly HookName[];
  readonly version: string;
  readonly bundle: GuestBundle;
  /** Of the bundle, for grants. */
  readonly sourceHash: string;
  /** Absolute paths whose change means a new version. */
  readonly inputs: readonly string[];
}

/**
 * Reads a plugin. What of it is not in the cache is read by the compiler's process, which `ask` reaches.
 * @throws VP_SANDBOX_MANIFEST, VP_SANDBOX_NO_PLUGIN, VP_PERMISSION_INVALID, VP_SANDBOX_SDK, VP_SANDBOX_SIZE, VP_SANDBOX_BUILTIN,
 * VP_SANDBOX_SYNTAX
 */
export async function readPlugin(request: ReadRequest, ask: Ask): Promise<ReadPlugin> {
  const { use, entry, manifestFile, manifest: given, cacheDir } = request;
  const inline = given === undefined ? await readInlineManifest(entry, use, ask, cacheDir) : undefined;
  const manifest = inline ? inline.manifest : checkSandboxed(given, use, manifestFile ?? entry);
  checkSdk(manifest, manifestFile ?? entry);
  const bundle = await bundleGuest(entry, {
    plugin: manifest.name,
    use,
    ask,
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(manifestFile === undefined ? {} : { manifestFile }),
  });
  return {
    manifest,
    declaredHooks: inline?.hooks ?? [],
    version: manifest.version ?? request.version ?? '0.0.0',
    bundle,
    sourceHash: bundle.sourceHash,
    inputs: manifestFile === undefined ? bundle.inputs : [...bundle.inputs, manifestFile],
  };
}
