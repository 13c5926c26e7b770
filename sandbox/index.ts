/** @vp/sandbox: runs plugins that nobody trusts. */
import type { PluginRuntime, RuntimeOptions } from '@vp/sdk/runtime';
import { Sandbox } from './sandbox.ts';
import type { Seams } from './seams.ts';

/** Makes the runtime of a kernel. `seams` are for tests. */
export function createSandbox(options: RuntimeOptions, seams: Seams = {}): PluginRuntime {
  return new Sandbox(options, seams);
}

export { checks } from './checks.ts';
export type { Seams } from './seams.ts';
