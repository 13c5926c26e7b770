/** Kernels with sandboxed plugins for the benches of this folder. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, type Kernel, type KernelOptions } from '@vp/kernel';
import type { PluginContext, VpConfig } from '@vp/sdk';
import { firing, pluginFolder, writeFirer } from '../plugins.ts';

/** A kernel that runs, with plugins in files. */
export interface Stage {
  readonly kernel: Kernel;
  /** Of the plugin that fires hooks; to be asked for only where there is one. */
  ctx(): PluginContext;
  /** Saves a plugin's file the way editors do: all at once. */
  save(name: string, source: string): void;
}

/** What differs from an ordinary stage. */
export interface StageOptions {
  readonly log?: KernelOptions['log'];
  /** Whether a saved file is put in force by itself. */
  readonly watch?: boolean;
  /** Default true: a plugin that fires hooks runs beside. */
  readonly firer?: boolean;
}

/** A busy machine makes a bench slow, not wrong. */
const DEADLINES = { 'pre-command': 20_000, setup: 20_000 };

/** Writes `sources`, by file name, starts a kernel with `plugins`, and stops it after `act`. @throws Error where a plugin does not start */
export async function withStage<T>(
  folder: string,
  sources: Readonly<Record<string, string>>,
  plugins: NonNullable<VpConfig['plugins']>,
  act: (stage: Stage) => Promise<T>,
  { log, watch = false, firer = true }: StageOptions = {},
): Promise<T> {
  const baseDir = pluginFolder(folder);
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(baseDir, name), source);
  const kernel = createKernel(
    { plugins: [...(firer ? [writeFirer(baseDir)] : []), ...plugins], reload: { watch }, deadlines: DEADLINES },
    { home: join(folder, 'state'), baseDir, env: process.env, ...(log === undefined ? {} : { log }) },
  );
  await kernel.start();
  try {
    const failed = kernel.status().plugins.find(({ state }) => state !== 'active');
    if (failed !== undefined) throw new Error(`${failed.name} did not start: ${failed.lastError ?? ''}`);
    const save = (name: string, source: string): void => {
      // No file that a kernel watches for.
      const half = join(baseDir, `${name}.half`);
      writeFileSync(half, source);
      renameSync(half, join(baseDir, name));
    };
    return await act({ kernel, ctx: () => firing(kernel), save });
  } finally {
    await kernel.stop();
  }
}

/** A policy as a user writes one; it says `version` in what it refuses. */
export function policy(name: string, version = 0): string {
  return `import { definePlugin, deny } from '@vp/sdk';
export default definePlugin({
  name: '${name}',
  hooks: {
    'pre-command': ({ tool, input }) => {
      if (tool !== 'Bash') return undefined;
      const command = String(input['command']).trim();
      return command === 'reboot' || command.startsWith('reboot ') ? deny('version ${version}') : undefined;
    },
  },
});
`;
}

/** A tool call as an agent's session asks about it. */
export const call = (n: number) => ({
  id: `toolu_${n}`,
  at: n,
  session: { id: 's', orchestrator: 'default', cwd: '/', charterHash: 'h' },
  tool: 'Bash',
  input: { command: 'reboot now', description: 'start the machine anew' },
});

/** The value that so large a part of the values lies below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
