/** Reading whole plugins: of one file and with plugin.json, the SDK they need, and where their errors point. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { Compiler, type Ask } from '../../../sandbox/load/compiler/compiler.ts';
import { readPlugin, type ReadPlugin, type ReadRequest } from '../../../sandbox/load/read.ts';
import { checkSdk, sdkVersion } from '../../../sandbox/load/sdk.ts';
import { mapStack } from '../../../sandbox/load/stack.ts';
import { folder, thrown } from './folder.ts';

const compiler = new Compiler();
afterAll(() => compiler.close());

const read = (entry: string, more: Partial<ReadRequest> = {}): Promise<ReadPlugin> =>
  readPlugin({ use: './a.ts', kind: 'file', entry, ...more }, compiler.ask);

describe('a plugin', () => {
  it('of one file is read from it', async () => {
    const at = folder();
    const file = at.write(
      'a.ts',
      `import { definePlugin } from '@vp/sdk';\nexport default definePlugin({ name: 'p', sdk: '0.1', hooks: { 'on-output'() {} } });`,
    );
    const plugin = await read(file);
    expect(plugin).toMatchObject({ manifest: { name: 'p', sdk: '0.1' }, declaredHooks: ['on-output'], version: '0.0.0', inputs: [file] });
    expect(plugin.sourceHash).toBe(plugin.bundle.sourceHash);
  });

  it('with plugin.json is what that says, whatever the code claims', async () => {
    const at = folder();
    const entry = at.write('index.js', `export default { name: 'another', permissions: { env: ['HOME'] }, hooks: {} };`);
    const manifestFile = at.write('plugin.json', '{}');
    const manifest = { name: 'p', permissions: { kv: true } };
    const plugin = await read(entry, { manifestFile, manifest, version: '2.0.0', kind: 'package', use: 'p' });
    expect(plugin).toMatchObject({ manifest, declaredHooks: [], version: '2.0.0', inputs: [entry, manifestFile] });
  });

  it('that does not fit is refused before its code is bundled', async () => {
    const at = folder();
    const broken = `import 'node:fs'; const = ;`;
    const entry = at.write('index.js', broken);
    const manifestFile = at.write('plugin.json', '{}');
    for (const [manifest, code] of [
      [{ name: 'p', provides: ['a@1'] }, 'VP_SANDBOX_MANIFEST'],
      [{ name: 'p', permissions: { net: ['https://*'] } }, 'VP_PERMISSION_INVALID'],
      [{ name: 'p', sdk: '9.0' }, 'VP_SANDBOX_SDK'],
      [{ name: 'p' }, 'VP_SANDBOX_SYNTAX'],
    ] as const) {
      const error = await thrown(() => read(entry, { manifestFile, manifest: manifest as never }));
      expect(error).toMatchObject({
        code,
        plugin: expect.any(String),
        file: code === 'VP_SANDBOX_SYNTAX' ? entry : manifestFile,
        hint: expect.any(String),
      });
    }
  });

  it('cannot hide a key from the check, nor nest without end', async () => {
    const at = folder();
    const entry = at.write('index.js', 'export default {};');
    const deep = JSON.parse(`${'{"properties":{"a":'.repeat(50_000)}1${'}}'.repeat(50_000)}`) as object;
    for (const text of ['{ "name": "p", "__proto__": { "provides": [] } }', '{ "name": "p", "config": { "__proto__": {} } }']) {
      expect(await thrown(() => read(entry, { manifest: JSON.parse(text) as never }))).toMatchObject({ code: 'VP_SANDBOX_MANIFEST' });
    }
    expect(await thrown(() => read(entry, { manifest: { name: 'p', config: deep } }))).toMatchObject({ code: 'VP_SANDBOX_MANIFEST' });
  });
});

describe('a plugin that was read before', () => {
  it('needs no compiler, and is checked again all the same', async () => {
    const at = folder();
    const file = at.write('a.ts', `export default { name: 'p', permissions: { kv: true }, hooks: { 'on-output'() {} } };`);
    const cacheDir = at.path('cache');
    const first = await read(file, { cacheDir });
    const never: Ask = () => Promise.reject(new Error('the compiler is not needed'));
    const again = (): Promise<ReadPlugin> => readPlugin({ use: './a.ts', kind: 'file', entry: file, cacheDir }, never);
    expect(await again()).toEqual(first);

    const kept = at.path(`cache/${readdirSync(cacheDir).find((name) => name.startsWith('manifest-'))}`);
    writeFileSync(kept, readFileSync(kept, 'utf8').replace('"kv":true', '"net":["https://*"]'));
    expect(await thrown(again)).toMatchObject({ code: 'VP_PERMISSION_INVALID' });
    at.write('a.ts', `export default { name: 'q' };`);
    expect((await read(file, { cacheDir })).manifest).toEqual({ name: 'q' });
  });
});

describe('the SDK', () => {
  it('is one with a version', () => expect(sdkVersion()).toMatch(/^\d+\.\d+\.\d+/));

  it.each([
    ['1.4', '1.4.0', true],
    ['1.3', '1.4.9', true],
    ['1.5', '1.4.9', false],
    ['0.4', '1.4.0', false],
    ['2.0', '1.4.0', false],
    ['0.1', '0.3.0', true],
    ['0.4', '0.3.0', false],
    ['1.10', '1.9.0', false],
  ])('asked for as %s is there in %s: %s', async (sdk, have, fits) => {
    const error = await thrown(() => checkSdk({ name: 'p', sdk }, '/a/plugin.json', have));
    expect(error).toEqual(fits ? undefined : expect.objectContaining({ code: 'VP_SANDBOX_SDK', file: '/a/plugin.json' }));
  });
});

describe('a stack', () => {
  it('points at lines of the sources, in packages too, without frames of the prelude', async () => {
    const at = folder();
    at.install('dep', { 'index.js': '// a comment\n\nexports.fail = function fail(n) {\n  throw new Error("a" + n);\n};' });
    const file = at.write(
      'a.ts',
      `import { fail } from 'dep';\ninterface Long {\n  a: 1;\n}\nexport default {\n  name: 'p',\n  setup(n: number): void {\n    fail(n);\n  },\n};`,
    );
    const { bundle } = await read(file);
    const stack = String(
      runInNewContext(
        `${bundle.code}\nlet stack; try { __vp_plugin.default.setup(1) } catch (error) { stack = error.stack } stack`,
        {},
        { filename: 'vp:plugin/p.js' },
      ),
    );
    const lines = mapStack(`${stack}\n    at dispatch (vp:prelude:10:4)`, bundle, 'vp:plugin/p.js').split('\n');
    expect(lines[0]).toBe('Error: a1');
    expect(lines[1]).toMatch(/at .*fail2? \(.*node_modules\/dep\/index\.js:4:9\)/);
    expect(lines[2]).toMatch(/at .*setup \(.*a\.ts:8:5\)/);
    expect(lines.join('\n')).not.toContain('vp:prelude');
  });

  it.each([
    '',
    '\n\n',
    'vp:plugin/p.js:',
    'at x (vp:plugin/p.js:999999999:999999999)',
    'at x (vp:plugin/p.js:0:0)',
    'vp:plugin/p.js:1e9:1',
  ])('that is nonsense stays as it is: %j', async (stack) => {
    const { bundle } = await read(folder().write('a.ts', `export default { name: 'p' };`));
    expect(typeof mapStack(stack, bundle, 'vp:plugin/p.js')).toBe('string');
    expect(mapStack(stack, { ...bundle, map: 'no map' }, 'vp:plugin/p.js')).toBe(stack);
  });
});
