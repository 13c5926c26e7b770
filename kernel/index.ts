/** @vp/kernel: make a kernel, start it, stop it. */
export { createKernel, type Kernel, type KernelOptions, type KernelStatus } from './core/kernel.ts';
export { homeOf } from './core/home.ts';
export type { KernelEvents, KernelState } from './core/events.ts';
export type { PluginState, PluginStatus } from './core/plugin.ts';
export type { Outcome } from './core/reload.ts';
