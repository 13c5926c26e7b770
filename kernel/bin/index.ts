/** @vp/kernel: make a kernel, start it, stop it. */
import type { VpConfig } from '@vp/schemas';
import { createKernel as createBare, type Kernel, type KernelOptions } from '../core/kernel.ts';
import { sandbox } from './sandbox.ts';

/** Makes a kernel from a config, or from the path of a config file. Nothing runs before `start`; plugins that nobody trusts run sandboxed. */
export function createKernel(config: VpConfig | string, options: KernelOptions = {}): Kernel {
  return createBare(config, { ...(sandbox.runtime === undefined ? {} : { runtime: sandbox.runtime }), ...options });
}

export type { Kernel, KernelOptions, KernelStatus } from '../core/kernel.ts';
export { homeOf } from '../core/home.ts';
export type { KernelEvents, KernelState } from '../core/events.ts';
export type { PluginState, PluginStatus } from '../core/plugin.ts';
export type { Outcome } from '../reload/replace.ts';
