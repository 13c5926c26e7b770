/** One script for an isolate: what is in it, what is refused, what is kept. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleGuest, type BundleOptions, type GuestBundle } from '../../../sandbox/load/bundle.ts';
import { Compiler, type Ask } from '../../../sandbox/load/compiler/compiler.ts';
import { folder, thrown, type Folder } from './folder.ts';

const compiler = new Compiler();
const never: Ask = () => Promise.reject(new Error('the compiler is not needed'));
afterAll(() => compiler.close());

function bundle(file: string, more: Partial<BundleOptions> = {}): Promise<GuestBundle> {
  return bundleGuest(file, { plugin: 'p', use: './a.ts', ask: compiler.ask, ...more });
}

/** Evaluates a bundle with nothing of Node's around it, as in an isolate. */
function run({ code }: GuestBundle): unknown {
  return runInContext(`${code}; __vp_plugin.default`, createContext({})) as unknown;
}

async function failure(file: string): Promise<{ code: string; message: string; hint: string; file: string }> {
  return (await thrown(() => bundle(file))) as never;
}

function plugin(text: string): [Folder, string] {
  const at = folder();
  return [at, at.write('a.ts', text)];
}

describe('a bundle', () => {
  it('has own files, packages and the SDK in it, and lists all but the SDK', async () => {
    const [at, file] = plugin(`
      import { definePlugin, deny } from '@vp/sdk';
      import type { Unused } from './types.ts';
      import { twice } from './lib/twice.ts';
      import esm from 'esm';
      import cjs from 'cjs/sub';
      import data from './data.json' with { type: 'json' };
      export default definePlugin({ name: 'p', values: [twice(data.n), esm, cjs.name, deny('no').level] });`);
    at.write('lib/twice.ts', 'export const twice = (n: number): number => n * 2;');
    at.write('data.json', '{ "n": 21 }');
    at.install(
      'esm',
      { 'index.js': 'export { default } from "inner";' },
      { type: 'module', exports: { node: './node.js', default: './index.js' } },
    );
    at.install(
      'inner',
      { 'index.js': 'import fs from "node:fs"; export default fs', 'browser.js': 'export default "browser"' },
      { browser: 'browser.js' },
    );
    at.install('cjs', { 'sub.js': 'const a = require("./a"); exports.name = a.name + typeof process;', 'a.js': 'exports.name = "cjs ";' });
    const made = await bundle(file);
    expect(run(made)).toEqual({ name: 'p', values: [42, 'browser', 'cjs undefined', 'deny'] });
    expect(made.inputs.toSorted()).toEqual(
      [
        'a.ts',
        'data.json',
        'lib/twice.ts',
        'node_modules/cjs/a.js',
        'node_modules/cjs/sub.js',
        'node_modules/esm/index.js',
        'node_modules/inner/browser.js',
      ].map((name) => at.path(name)),
    );
    expect(made.bytes).toBe(Buffer.byteLength(made.code));
  });

  it('has the SDK of this installation, whatever the plugin brings along', async () => {
    const [at, file] = plugin(`import { definePlugin } from '@vp/sdk';\nexport default definePlugin({ name: 'p' });`);
    at.install('@vp/sdk', { 'index.js': 'export const definePlugin = () => ({ name: "another" });' }, { type: 'module' });
    expect(run(await bundle(file))).toEqual({ name: 'p' });
  });

  it('loads what is imported later, and packages that bear the name of a module of Node', async () => {
    const [at, file] = plugin(
      `import { EventEmitter } from 'events';\nexport default { EventEmitter, later: async () => (await import('./late.ts')).late };`,
    );
    at.write('late.ts', 'export const late: number = 7;');
    at.install('events', { 'index.js': 'exports.EventEmitter = "a package";' });
    const made = run(await bundle(file)) as { EventEmitter: string; later: () => Promise<number> };
    expect([made.EventEmitter, await made.later()]).toEqual(['a package', 7]);
  });

  it('takes no notice of a tsconfig.json that lies about', async () => {
    const [at, file] = plugin(`import { a } from 'alias';\nexport default a;`);
    at.write('tsconfig.json', `{ "compilerOptions": { "paths": { "alias": ["./evil.ts"] } } }`);
    at.write('evil.ts', 'export const a = 1;');
    expect(await failure(file)).toMatchObject({ code: 'VP_SANDBOX_SYNTAX', message: expect.stringContaining('Could not resolve "alias"') });
  });
});

describe('imports that an isolate does not have', () => {
  it.each(['node:fs', 'fs', 'node:fs/promises', 'node:sqlite', 'child_process', 'node:made-up'])(
    '%s is refused with the way to it',
    async (name) => {
      const [at, file] = plugin(`import { a } from './own.ts';\nexport default a;`);
      at.write('own.ts', `export { a } from '@scope/dep';`);
      at.install('@scope/dep', { 'index.js': 'exports.a = require("./lib/inner");' });
      at.install('@scope/dep', { 'lib/inner.js': `try { module.exports = require(${JSON.stringify(name)}) } catch {}` });
      const error = await failure(file);
      const module = `node:${name.replace('node:', '')}`;
      expect(error).toMatchObject({
        code: 'VP_SANDBOX_BUILTIN',
        file,
        hint: expect.stringContaining(`{ use: "./a.ts", trust: "kernel" }`),
      });
      expect(error.message).toContain(`${module}, which`);
      expect(error.message).toContain(`a.ts → own.ts → @scope/dep/index.js → @scope/dep/lib/inner.js → ${module}`);
    },
  );

  it('is refused too where a pattern of names leads to it', async () => {
    const [at, file] = plugin('export default (name: string) => import(`./parts/${name}.ts`);');
    at.write('parts/a.ts', `import 'node:fs';`);
    expect(await failure(file)).toMatchObject({ code: 'VP_SANDBOX_BUILTIN', message: expect.stringContaining('parts/a.ts → node:fs') });
  });

  it('is not refused where a package says that browsers do without it', async () => {
    const [at, file] = plugin(`import { a } from 'dep';\nexport default a;`);
    at.install('dep', { 'index.js': 'const fs = require("fs"); exports.a = Object.keys(fs).length;' }, { browser: { fs: false } });
    expect(run(await bundle(file))).toBe(0);
  });

  it.each([
    ['an await at the top level', 'const a = await fetch("x");\nexport default a;', /a\.ts:1:11: .*move the await into setup/],
    ['an endless one', 'await new Promise(() => {});\nexport default {};', /move the await into setup/],
    ['import() of a variable', 'export default (name: string) => import(name);', /a\.ts:1:34: import\(\) of what is known only/],
    [
      'require of a variable',
      'declare const require: any;\nexport default (name: string) => require(name);',
      /a\.ts:2:\d+: require\(\) of what/,
    ],
    ['a file that is not there', `import './b.ts';`, /a\.ts:1:8: Could not resolve "\.\/b\.ts"/],
    ['the test kit', `import '@vp/sdk/testing';`, /a\.ts:1:8: "@vp\/sdk\/testing" is not for sandboxed plugins/],
    ['the runtime of the kernel', `import '@vp/sdk/runtime';`, /is not for sandboxed plugins/],
    ['the network', `import 'https://x.dev/a.js';`, /a\.ts:1:8: "https:\/\/x\.dev\/a\.js" is on the network/],
    ['native code', `import './a.node';`, /a\.node cannot be loaded/],
    ['WebAssembly', `import './a.wasm';`, /a\.wasm cannot be loaded/],
    ['a style sheet', `import './a.css';`, /a\.css cannot be loaded/],
    ['an error of syntax', `const a = 1;\nconst a = 2;`, /a\.ts:2:7: /],
  ])('%s is refused with words', async (_what, text, words) => {
    const [at, file] = plugin(text);
    for (const name of ['a.node', 'a.wasm', 'a.css']) at.write(name, '{}');
    const error = await failure(file);
    expect(error.code).toBe('VP_SANDBOX_SYNTAX');
    expect(error.message).toMatch(words);
  });

  it('a pipe is refused, not waited for', async () => {
    const [at, file] = plugin(`import './b.ts';`);
    expect(spawnSync('mkfifo', [at.path('b.ts')]).status).toBe(0);
    expect(await failure(file)).toMatchObject({ code: 'VP_SANDBOX_SYNTAX', message: expect.stringContaining('b.ts') });
  });
});

describe('size', () => {
  it('a file of 50 MB is refused without being read', async () => {
    const [at, file] = plugin(`import './big.js';`);
    truncateSync(at.write('big.js', ''), 50 * 1024 * 1024);
    expect(await failure(file)).toMatchObject({ code: 'VP_SANDBOX_SIZE', message: expect.stringContaining('50 MB') });
  });

  it('many files are refused once they are too much together', async () => {
    const [at, file] = plugin(Array.from({ length: 20 }, (_, n) => `import './${n}.js';`).join(''));
    for (let n = 0; n < 20; n += 1) at.write(`${n}.js`, `//${' '.repeat(1024 * 1024)}`);
    expect(await failure(file)).toMatchObject({ code: 'VP_SANDBOX_SIZE', message: expect.stringContaining('16 MB') });
  });

  it('a script of more than 4 MB is refused', async () => {
    const [, file] = plugin(`export default '${'x'.repeat(5 * 1024 * 1024)}';`);
    expect(await failure(file)).toMatchObject({ code: 'VP_SANDBOX_SIZE', message: expect.stringContaining('4 MB') });
  });
});

describe('the cache', () => {
  it('needs no compiler while no file has changed, and is private', async () => {
    const [at, file] = plugin(`import { n } from './n.ts';\nexport default n;`);
    at.write('n.ts', 'export const n: number = 1;');
    const cacheDir = at.path('cache');
    const first = await bundle(file, { cacheDir });
    expect(await bundle(file, { cacheDir, ask: never })).toEqual(first);
    const [name = ''] = readdirSync(cacheDir);
    expect(statSync(join(cacheDir, name)).mode & 0o777).toBe(0o600);

    at.write('n.ts', 'export const n: number = 2;');
    const second = await bundle(file, { cacheDir });
    expect(run(second)).toBe(2);
    expect(second.sourceHash).not.toBe(first.sourceHash);
  });

  it.each([
    ['half a file', (kept: string): string => kept.slice(0, kept.length / 2)],
    ['other code', (kept: string): string => kept.replace('__vp_plugin', '__vp_plugout')],
    ['nonsense', (): string => '{}'],
  ])('%s is not taken for a bundle', async (_what, spoil) => {
    const [at, file] = plugin('export default 1;');
    const cacheDir = at.path('cache');
    const made = await bundle(file, { cacheDir });
    const kept = join(cacheDir, readdirSync(cacheDir)[0] ?? '');
    writeFileSync(kept, spoil(readFileSync(kept, 'utf8')));
    expect(await bundle(file, { cacheDir })).toEqual(made);
  });

  it('is not used where a package leads elsewhere now', async () => {
    const [at, file] = plugin(`import a from 'dep';\nexport default a;`);
    const files = { 'one.js': 'module.exports = 1;', 'two.js': 'module.exports = 2;' };
    at.install('dep', files, { main: 'one.js' });
    const cacheDir = at.path('cache');
    expect(run(await bundle(file, { cacheDir }))).toBe(1);
    at.install('dep', files, { main: 'two.js' });
    expect(run(await bundle(file, { cacheDir }))).toBe(2);
  });
});

describe('the hash of the sources', () => {
  async function hashOf(at: Folder, dir: string): Promise<string> {
    return (await bundle(at.path(`${dir}/index.ts`), { manifestFile: at.path(`${dir}/plugin.json`) })).sourceHash;
  }

  it('is the same wherever the package and its packages are installed, and another where any byte is', async () => {
    const at = folder();
    at.write('one/index.ts', `import a from 'dep'; import './b.ts'; export default a;`);
    at.write('one/b.ts', '1;');
    at.write('one/plugin.json', '{ "name": "p" }');
    at.write('one/package.json', '{}');
    at.install('dep', { 'index.js': 'module.exports = 1;' });
    const hash = await hashOf(at, 'one');

    mkdirSync(at.path('node_modules/@x'), { recursive: true });
    renameSync(at.path('one'), at.path('node_modules/@x/p'));
    expect(await hashOf(at, 'node_modules/@x/p')).toBe(hash);
    renameSync(at.path('node_modules/@x/p'), at.path('one'));
    mkdirSync(at.path('one/node_modules'));
    renameSync(at.path('node_modules/dep'), at.path('one/node_modules/dep'));
    expect(await hashOf(at, 'one')).toBe(hash);

    for (const file of ['index.ts', 'b.ts', 'plugin.json', 'node_modules/dep/index.js']) {
      const before = readFileSync(at.path(`one/${file}`), 'utf8');
      at.write(`one/${file}`, `${before} `);
      expect(await hashOf(at, 'one'), file).not.toBe(hash);
      at.write(`one/${file}`, before);
    }
    expect(await hashOf(at, 'one')).toBe(hash);
  });
});
