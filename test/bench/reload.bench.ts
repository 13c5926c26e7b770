/** Reload of a plugin of five files, from the change being seen until the new version is in force, beside bare esbuild and eval. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, inTurns, median, report, row } from './harness.ts';
import { kernelRequire, pluginFolder, withKernel } from './plugins.ts';

const ROUNDS = 25;
const PARTS = ['words', 'paths', 'rules', 'judge'] as const;

/** A part with some code in it; each imports the one before. */
function part(name: string, n: number): string {
  const before = PARTS[n - 1];
  const lines = Array.from(
    { length: 30 },
    (_, k) => `export function ${name}${k}(text: string): boolean { return text.includes('${name}-${k}'); }`,
  );
  return `${before === undefined ? '' : `import { ${before}0 } from './${before}.ts';\n`}${lines.join('\n')}
export const version = 0;
export function ${name}(text: string): boolean { return ${name}1(text)${before === undefined ? '' : ` || ${before}0(text)`}; }
`;
}

const ENTRY = `import { definePlugin, deny } from '@vp/sdk';
import { judge, version } from './judge.ts';
export default definePlugin({
  name: 'five',
  hooks: { 'pre-command': (call) => (judge(String(call.input['command'])) ? deny('no') : undefined) },
  setup(ctx) { ctx.onActivate(() => { (globalThis as { inForce?: number }).inForce = version; }); },
});
`;

/** The part of esbuild that the yardstick needs. */
interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{ readonly outputFiles: readonly { readonly text: string }[] }>;
}

report(
  await inFolder(async (folder) => {
    const plugins = pluginFolder(folder);
    const entry = join(plugins, 'five.ts');
    const deep = join(plugins, 'judge.ts');
    for (const [n, name] of PARTS.entries()) writeFileSync(join(plugins, `${name}.ts`), part(name, n));
    writeFileSync(entry, ENTRY);
    const esbuild = kernelRequire('esbuild') as Esbuild;
    const source = readFileSync(deep, 'utf8');
    let saved = 0;
    const save = (): void => writeFileSync(deep, source.replace('version = 0', `version = ${(saved += 1)}`));

    return withKernel(folder, plugins, [{ use: './five.ts', trust: 'kernel' }], {}, async (kernel) => {
      const reload = async (): Promise<number> => {
        save();
        const started = performance.now();
        const [outcome] = await kernel.reload('five');
        const ms = performance.now() - started;
        if (outcome?.result !== 'swapped' || (globalThis as { inForce?: number }).inForce !== saved)
          throw new Error('the new version is not in force');
        return ms;
      };
      const bare = async (): Promise<number> => {
        save();
        const started = performance.now();
        const options = {
          entryPoints: [entry],
          bundle: true,
          write: false,
          format: 'cjs',
          platform: 'node',
          packages: 'external',
        };
        const built = await esbuild.build(options);
        const module: { exports: { default?: unknown } } = { exports: {} };
        // oxlint-disable-next-line no-eval -- the yardstick
        const run = (0, eval)(`(function (require, module, exports) {${built.outputFiles[0]?.text ?? ''}\n})`) as (
          ...given: unknown[]
        ) => void;
        run(kernelRequire, module, module.exports);
        const ms = performance.now() - started;
        if (module.exports.default === undefined) throw new Error('nothing was evaluated');
        return ms;
      };
      const values = await inTurns(ROUNDS, { reload, bare }, 3);
      return [
        row({
          name: 'reload of a plugin of 5 files',
          value: median(values.reload),
          unit: 'ms',
          yardstick: median(values.bare),
          beside: 'bare esbuild and eval',
          aim: ['<= 2 x', (_value, ratio) => ratio <= 2],
        }),
      ];
    });
  }),
);
