/** From files to a running plugin: what is bundled, what stays outside, what is kept, and where errors point. */
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundle, stopCompiler } from '../../../kernel/loader/bundle.ts';
import { evaluate } from '../../../kernel/loader/evaluate.ts';
import { kernelUrl, runNode, thrown, world } from '../support.ts';

async function run(file: string): Promise<unknown> {
  return evaluate((await bundle(file, 'p')).code, file, 'p');
}

describe('a bundle', () => {
  it("has the plugin's own files in it, and lists them", async () => {
    const here = world();
    here.write('lib/b.ts', `import data from '../data.json' with { type: 'json' }; export const b: number = data.n;`);
    here.write('data.json', '{ "n": 5 }');
    const file = here.write(
      'a.ts',
      `import { b } from './lib/b.ts'; import type { T } from './types.ts'; export default { b, later: () => import('./late.ts') };`,
    );
    here.write('types.ts', 'export type T = 1;');
    here.write('late.ts', 'export const late = 7;');
    const { inputs } = await bundle(file, 'p');
    expect(inputs.toSorted()).toEqual(['a.ts', 'data.json', 'late.ts', 'lib/b.ts'].map((name) => here.path(name)));
    const { b, later } = (await run(file)) as { b: number; later: () => Promise<{ late: number }> };
    expect([b, (await later()).late]).toEqual([5, 7]);
  });

  it('leaves packages outside, whether imported or asked for later, and finds them from the plugin', async () => {
    const here = world();
    rmSync(here.path('node_modules'));
    mkdirSync(here.path('node_modules'));
    here.write('node_modules/esm/package.json', '{ "name": "esm", "type": "module", "exports": "./index.js", "version": "1.0.0" }');
    here.write('node_modules/esm/index.js', 'export const where = import.meta.filename; export default 1;');
    here.write('node_modules/cjs/package.json', '{ "name": "cjs", "main": "index.js" }');
    here.write('node_modules/cjs/index.js', 'exports.where = __filename;');
    const file = here.write(
      'sub/a.ts',
      `import { where } from 'esm'; import cjs from 'cjs'; import { sep } from 'node:path'; export default { where, cjs: cjs.where, sep, later: async () => (await import('esm')).where };`,
    );
    const { inputs } = await bundle(file, 'p');
    expect(inputs).toEqual([file]);
    const made = (await run(file)) as { where: string; cjs: string; later: () => Promise<string> };
    expect([made.where, made.cjs, await made.later()]).toEqual([
      here.path('node_modules/esm/index.js'),
      here.path('node_modules/cjs/index.js'),
      here.path('node_modules/esm/index.js'),
    ]);
  });

  it('gives each file its own import.meta, and leaves the words alone in text', async () => {
    const here = world();
    here.write('lib/b.ts', `export const b = [import.meta.filename, import.meta.dirname, import.meta.url, 'import.meta.url'];`);
    const file = here.write('a.ts', `import { b } from './lib/b.ts'; export default [...b, import.meta.filename];`);
    expect(await run(file)).toEqual([
      here.path('lib/b.ts'),
      here.path('lib'),
      new URL(`file://${here.path('lib/b.ts')}`).href,
      'import.meta.url',
      file,
    ]);
  });

  it('of broken code names file, line and column', async () => {
    const here = world();
    const file = here.write('a.ts', `import './b.ts';`);
    here.write('b.ts', `const a = 1;\nconst a = 2;`);
    const error = await thrown(() => bundle(file, 'p'));
    expect(error).toMatchObject({
      code: 'VP_PLUGIN_SYNTAX',
      file: here.path('b.ts'),
      plugin: 'p',
      message: expect.stringContaining(`${here.path('b.ts')}:2:7`),
    });
  });
});

describe('the cache', () => {
  it('is used where no file has changed, and not where one has', async () => {
    const here = world();
    const file = here.write('a.ts', `import { b } from './b.ts'; export default b;`);
    here.write('b.ts', 'export const b = 1;');
    const cache = here.path('cache');
    const first = await bundle(file, 'p', cache);
    const [name = ''] = readdirSync(cache);
    const kept = JSON.parse(readFileSync(here.path(`cache/${name}`), 'utf8')) as { code: string };
    // Marked, so that one can see where the code comes from.
    writeFileSync(here.path(`cache/${name}`), JSON.stringify({ ...kept, code: `/* kept */${kept.code}` }));
    expect((await bundle(file, 'p', cache)).code).toMatch(/^\/\* kept \*\//);
    here.write('b.ts', 'export const b = 2;');
    const fresh = await bundle(file, 'p', cache);
    expect(fresh.code).not.toMatch(/kept/);
    expect(fresh.hash).not.toBe(first.hash);
    expect(readdirSync(cache)).toEqual([name]);
  });

  it('goes by what files hold, not by their times', async () => {
    const here = world();
    const file = here.write('a.ts', 'export default 1;');
    await bundle(file, 'p', here.path('cache'));
    here.write('a.ts', 'export default 2;');
    utimesSync(file, 0, 0);
    expect(evaluate((await bundle(file, 'p', here.path('cache'))).code, file, 'p')).toBe(2);
  });

  it('never holds older code than it says: saves during a build are seen', async () => {
    const here = world();
    const file = here.path('a.ts');
    for (let n = 0; n < 40; n += 1) {
      here.write('a.ts', `export default ${n};`);
      const building = bundle(file, 'p', here.path('cache'));
      await new Promise((resolve) => (n % 2 ? setImmediate(resolve) : setTimeout(resolve, n % 5)));
      here.write('a.ts', `export default 'after ${n}';`);
      await building;
      expect(evaluate((await bundle(file, 'p', here.path('cache'))).code, file, 'p')).toBe(`after ${n}`);
    }
  });

  it('that is torn or cannot be written does no harm', async () => {
    const here = world();
    const file = here.write('a.ts', 'export default 1;');
    await bundle(file, 'p', here.path('cache'));
    const [name = ''] = readdirSync(here.path('cache'));
    here.write(`cache/${name}`, '{"format":1,');
    expect(evaluate((await bundle(file, 'p', here.path('cache'))).code, file, 'p')).toBe(1);
    here.write('blocked', 'a file where the folder should be');
    expect((await bundle(file, 'p', here.path('blocked'))).inputs).toEqual([file]);
  });
});

describe('the compiler', () => {
  it('is not stopped while it builds', async () => {
    const here = world();
    const files = [1, 2, 3, 4].map((n) => here.write(`f${n}.ts`, `export default ${n};`));
    const building = files.map((file) => bundle(file, 'p'));
    const stops = [stopCompiler(), stopCompiler()];
    await Promise.all(stops);
    expect(await Promise.all(building)).toHaveLength(4);
  });
});

describe('a process of its own', () => {
  const script = (lines: string): string =>
    `import { createKernel } from ${JSON.stringify(kernelUrl())};\nconst dir = process.argv[2];\n${lines}`;
  const KERNEL = `const kernel = createKernel({ plugins: [{ use: './p.ts', trust: 'kernel' }] }, { home: dir + '/.home', baseDir: dir, env: {} });`;

  it('shows errors at the lines of the sources, in deep files, after a reload too', async () => {
    const here = world();
    here.write(
      'lib/deep.ts',
      `interface Unused { a: 1 }\n\nexport function fail(here: string): never {\n  // a remark\n  throw new Error(here + import.meta.filename);\n}\n`,
    );
    here.plugin(
      'p',
      `setup(ctx) { ctx.onReady(() => { try { fail('x'); } catch (error) { console.log(error.stack); } }); }`,
      `import { fail } from './lib/deep.ts';`,
    );
    const main = here.write(
      'main.mts',
      script(`${KERNEL}
      const { readFileSync, writeFileSync } = await import('node:fs');
      await kernel.start();
      console.log('--');
      writeFileSync(dir + '/lib/deep.ts', '\\n\\n' + readFileSync(dir + '/lib/deep.ts', 'utf8'));
      await kernel.reload('p');
      await kernel.stop();`),
    );
    const { code, out, err } = await runNode([main, here.dir], here.dir);
    expect([code, err]).toEqual([0, '']);
    const [first, second] = out.split('--');
    expect(first).toContain(`${here.path('lib/deep.ts')}:5:`);
    expect(first).toContain(`${here.path('p.ts')}:4:`);
    expect(second).toContain(`${here.path('lib/deep.ts')}:7:`);
  });

  it('ends by itself after the kernel has stopped: no watcher, timer or compiler is left', async () => {
    const here = world();
    here.write('lib/a.ts', 'export const a = 1;');
    here.plugin('p', `setup(ctx) { ctx.setInterval(() => a, 10); }`, `import { a } from './lib/a.ts';`);
    const main = here.write(
      'main.mts',
      script(`${KERNEL}
      const { writeFileSync } = await import('node:fs');
      await kernel.start();
      const reloaded = new Promise((resolve) => kernel.on('reload', resolve));
      writeFileSync(dir + '/lib/a.ts', 'export const a = 2;');
      await reloaded;
      await kernel.stop();
      const left = () => process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe|FSReq)/.test(kind));
      // Handles are closed a turn or two later.
      for (let turn = 0; turn < 1000 && left().length > 0; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify(left()));
      process.on('exit', () => console.log('exit'));`),
    );
    const { code, out, err } = await runNode([main, here.dir], here.dir);
    expect([code, err]).toEqual([0, '']);
    expect(out.trim().split('\n')).toEqual(['[]', 'exit']);
  });

  it('ends by itself after a start that failed', async () => {
    const here = world();
    here.plugin('p', `setup() { throw new Error('no'); }`);
    const main = here.write('main.mts', script(`${KERNEL}\nawait kernel.start().catch((error) => console.log(error.code));`));
    expect(await runNode([main, here.dir], here.dir)).toMatchObject({ code: 0, out: 'VP_SETUP_FAILED\n', err: '' });
  });

  it.skipIf(process.platform !== 'linux')(
    'keeps no compiler running while nothing is saved, nor after the kernel has stopped',
    async () => {
      const here = world();
      here.plugin('p', '');
      const main = here.write(
        'main.mts',
        script(`${KERNEL}
      const { readdirSync, readFileSync, writeFileSync } = await import('node:fs');
      const parentOf = (pid) => { try { return Number(readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ').at(-1).split(' ')[1]); } catch { return 0; } };
      const children = () => readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && parentOf(name) === process.pid).length;
      await kernel.start();
      console.log(children());
      while (children() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      const reloaded = new Promise((resolve) => kernel.on('reload', resolve));
      writeFileSync(dir + '/p.ts', readFileSync(dir + '/p.ts', 'utf8') + 'export const more = 1;');
      await reloaded;
      console.log(children());
      await kernel.stop();
      for (let turn = 0; turn < 100 && children() > 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(children());`),
      );
      const { code, out } = await runNode([main, here.dir], here.dir);
      expect([code, out.trim().split('\n')]).toEqual([0, ['1', '1', '0']]);
    },
  );
});
