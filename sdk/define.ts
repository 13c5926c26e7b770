/** Constructors: they give back what they were given, typed. */
import type { CharterInput, PluginManifest, VpConfig } from '@vp/schemas/types';
import type { PluginContext } from './context.ts';
import type { HookName, Tap, TapOptions } from './hooks.ts';

/** Runs once per generation. What it causes through `ctx` is undone when the generation ends, also where it throws half-way. */
export type Setup<C> = (ctx: PluginContext<C>) => void | Promise<void>;

/**
 * A plugin: its manifest, the hooks it taps, and `setup` for all else. A package may carry the manifest as `plugin.json`; then only
 * `name` is repeated here.
 */
export interface PluginDefinition<C = Record<string, unknown>> extends Omit<
  PluginManifest,
  'entry' | 'commands' | 'checks' | 'offline' | '$schema'
> {
  readonly hooks?: { readonly [H in HookName]?: Tap<H> | (TapOptions & { readonly handler: Tap<H> }) };
  readonly setup?: Setup<C>;
}

/** A plugin, the default export of its module. */
export function definePlugin<C = Record<string, unknown>>(definition: PluginDefinition<C>): PluginDefinition<C> {
  return definition;
}

/** The default export of `vp.config.ts`. */
export function defineConfig(config: VpConfig): VpConfig {
  return config;
}

/** The default export of a charter written in TypeScript. */
export function defineCharter(charter: CharterInput): CharterInput {
  return charter;
}
