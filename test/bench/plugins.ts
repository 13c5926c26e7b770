/** Kernels for benches: plugins written as files, as users have them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@vp/kernel';
import { defineService, type PluginContext } from '@vp/sdk';
import { repository } from '../support/api/index.ts';

/** The kernel's own tapable and esbuild: the yardsticks are what it is built on. */
export const kernelRequire = createRequire(join(repository, 'kernel', 'index.ts'));

export const TAPS = 10;

/** Ten plugins that tap one hook and do what `body` says. Gives their entries in a config. */
export function writeTaps(folder: string, hook: string, body: string): { use: string; trust: 'kernel' }[] {
  return Array.from({ length: TAPS }, (_, n) => {
    const name = `tap-${hook}-${n}`;
    writeFileSync(join(folder, `${name}.ts`), `export default { name: '${name}', hooks: { '${hook}'(payload) { ${body} } } };\n`);
    return { use: `./${name}.ts`, trust: 'kernel' as const };
  });
}

/** Fires hooks for a bench: a plugin like any other, since only a plugin may fire. */
const FIRER = `
import { defineService } from '@vp/sdk';
const bench = defineService('bench', { version: 1, methods: { context: {} } });
export default {
  name: 'firer', fires: ['on-output', 'pre-command'], provides: ['bench@1'],
  setup(ctx) { ctx.provide(bench, { context: () => ctx }); },
};
`;
const bench = defineService<{ context(): PluginContext }>('bench', { version: 1, methods: { context: {} } });

/** Writes the plugin that fires. Gives its entry in a config. */
export function writeFirer(folder: string): { use: string; trust: 'kernel' } {
  writeFileSync(join(folder, 'firer.ts'), FIRER);
  return { use: './firer.ts', trust: 'kernel' };
}

/** The context of the plugin that fires. */
export function firing(kernel: Kernel): PluginContext {
  return kernel.use(bench).context();
}

/** A folder for plugins that can import the SDK. */
export function pluginFolder(folder: string): string {
  const plugins = join(folder, 'plugins');
  mkdirSync(plugins);
  symlinkSync(join(repository, 'node_modules'), join(plugins, 'node_modules'));
  return plugins;
}

/** Starts a kernel, hands it over, and stops it. */
export async function withKernel<T>(
  folder: string,
  baseDir: string,
  plugins: readonly (string | readonly [string, Record<string, unknown>] | { use: string; trust: 'kernel' })[],
  env: Readonly<Record<string, string | undefined>>,
  act: (kernel: Kernel) => Promise<T>,
): Promise<T> {
  const kernel = createKernel({ plugins: [...plugins], reload: { watch: false } }, { home: join(folder, 'state'), baseDir, env });
  await kernel.start();
  try {
    return await act(kernel);
  } finally {
    await kernel.stop();
  }
}
