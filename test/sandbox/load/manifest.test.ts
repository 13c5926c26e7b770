/** Manifests inside code are read without running it, and say nothing that the code decides later. */
import { afterAll, describe, expect, it } from 'vitest';
import { Compiler } from '../../../sandbox/load/compiler/compiler.ts';
import { readInlineManifest, type InlineManifest } from '../../../sandbox/load/manifest.ts';
import { folder, thrown } from './folder.ts';

const compiler = new Compiler();
afterAll(() => compiler.close());

const IMPORT = `import { definePlugin } from '@vp/sdk';\n`;

async function read(text: string, name = 'a.ts'): Promise<InlineManifest> {
  return readInlineManifest(folder().write(name, text), `./${name}`, compiler.ask);
}

async function failure(
  text: string,
  name = 'a.ts',
): Promise<{ code: string; message: string; hint: string; file: string; plugin: string }> {
  return (await thrown(() => read(text, name))) as never;
}

describe('the manifest in the code', () => {
  it('is the argument of definePlugin, with types, constants and functions around it, none of which run', async () => {
    const { manifest, hooks } = await read(`
      import { definePlugin as make, type PluginContext } from '@vp/sdk';
      globalThis.process.exit(9);
      const ORIGINS = ['https://api.acme.dev'] as const;
      const permissions = { net: ORIGINS, hooks: ['pre-command'], kv: true, fs: { read: [\`data\`] } };
      interface Options { readonly depth: number }
      export default make<Options>({
        name: 'acme',
        version: '1.2.3',
        "permissions": permissions,
        config: { type: 'object', properties: { depth: { type: 'integer', minimum: -1, default: -1 } } },
        hooks: { 'pre-command'(call) { return; }, 'on-output': { order: 'post', handler: () => undefined } },
        async setup(ctx: PluginContext<Options>) { throw new Error(ctx.name); },
      } satisfies object);
    `);
    expect(manifest).toEqual({
      name: 'acme',
      version: '1.2.3',
      permissions: { net: ['https://api.acme.dev'], hooks: ['pre-command'], kv: true, fs: { read: ['data'] } },
      config: { type: 'object', properties: { depth: { type: 'integer', minimum: -1, default: -1 } } },
    });
    expect(hooks).toEqual(['pre-command', 'on-output']);
  });

  it.each([
    ['a plain object', `export default { name: 'p' };`],
    ['a constant', `const p = { name: 'p' };\nexport default p;`],
    ['a constant that was made by definePlugin', `${IMPORT}const p = definePlugin({ name: 'p' });\nexport { p as default };`],
    ['given by the name of a constant', `${IMPORT}const d = { name: 'p' };\nexport default definePlugin(d);`],
    ['reached through the whole SDK', `import * as sdk from '@vp/sdk';\nexport default sdk.definePlugin({ name: 'p' });`],
    ['JavaScript', `${IMPORT}export default definePlugin({ name: 'p' });`],
  ])('is found where it is %s', async (_what, text) => {
    expect((await read(text, _what === 'JavaScript' ? 'a.mjs' : 'a.ts')).manifest).toEqual({ name: 'p' });
  });

  it('knows no hooks where they are made when the code runs', async () => {
    expect((await read(`${IMPORT}const hooks = make();\nexport default definePlugin({ name: 'p', hooks });`)).hooks).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['a call', `permissions: { net: origins() }`, 'permissions is a call'],
    ['a variable of the environment', `version: process.env.V`, 'version is a member expression'],
    ['a filled-in template', 'version: `${1}`', 'version is a template'],
    ['a name of another file', `permissions: { net }`, 'permissions is net, which is no constant'],
    ['a variable that can change', `version: changing`, 'version is changing, which is no constant'],
    ['a getter', `get version() { return '1'; }`, 'version is a function'],
    ['a function', `version() { return '1'; }`, 'version is a function'],
    ['a spread list', `permissions: { net: [...list] }`, 'permissions is spread'],
    ['a spread object', `...rest`, 'the manifest is spread'],
    ['a computed key', `[changing]: '1'`, 'the manifest is a computed key'],
    ['a sum', `version: '1' + changing`, 'version is a binary expression'],
    ['a circle', `version: round`, 'version is a value nested'],
    ['an expression of a pattern', `version: /a/`, 'version is no value of JSON'],
  ])('%s is refused with key and place', async (_what, line, words) => {
    const head = `${IMPORT}import { net } from './net.ts';\nlet changing = '1';\nconst list = ['a'];\nconst rest = {};\nconst round = [round];`;
    const text = `${head}\nexport default definePlugin({\n  name: 'p',\n  ${line},\n});`;
    const error = await failure(text);
    expect(error).toMatchObject({ code: 'VP_SANDBOX_MANIFEST', plugin: './a.ts', file: expect.stringContaining('a.ts') });
    expect(error.message).toContain(words);
    expect(error.message).toMatch(_what === 'a circle' ? /a\.ts:6:\d+: / : /a\.ts:9:\d+: /);
  });

  it('small constants that stand for a huge value end at a bound', async () => {
    const names = Array.from({ length: 10 }, (_, n) => `const a${n + 1} = [a${n}, a${n}, a${n}, a${n}];`);
    const error = await failure(`const a0 = 'x';\n${names.join('\n')}\nexport default { name: 'p', config: { default: a10 } };`);
    expect(error.message).toContain('more than 10000 parts');
  });

  it.each([
    ['nothing', `export const a = 1;`],
    ['a call of something else', `import { other } from 'x';\nexport default other({ name: 'p' });`],
    ['a definePlugin that is not of the SDK', `import { definePlugin } from './mine.ts';\nexport default definePlugin({ name: 'p' });`],
    ['a class', `export default class {}`],
    ['a promise', `export default await Promise.resolve({ name: 'p' });`],
  ])('%s as default export is no plugin', async (_what, text) => {
    expect(await failure(text)).toMatchObject({
      code: 'VP_SANDBOX_NO_PLUGIN',
      hint: expect.stringContaining('export default definePlugin'),
    });
  });

  it('broken code names line and column', async () => {
    const error = await failure(`${IMPORT}const a = ;`);
    expect(error).toMatchObject({ code: 'VP_SANDBOX_SYNTAX', message: expect.stringMatching(/a\.ts:2:11: /) });
  });

  it('code nested too deeply for the parser is an error like others', async () => {
    const error = await failure(`export default ${'['.repeat(20_000)}${']'.repeat(20_000)};`);
    expect(error.code).toBe('VP_SANDBOX_SYNTAX');
  });

  it('code that ends the compiler is an error like others, and the next plugin is read', async () => {
    const at = folder();
    const deep = at.write('deep.ts', `export default ${'('.repeat(400_000)}1${')'.repeat(400_000)};`);
    const good = at.write('good.ts', `export default { name: 'p' };`);
    const names = [deep, good].map((file) =>
      readInlineManifest(file, file, compiler.ask).then(
        ({ manifest }) => manifest.name,
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    expect(await Promise.all(names)).toEqual(['VP_SANDBOX_SYNTAX', 'p']);
  });

  it('a file of 50 MB is not read', async () => {
    expect(await failure(`export default { name: 'p' };${' '.repeat(50 * 1024 * 1024)}`)).toMatchObject({
      code: 'VP_SANDBOX_SIZE',
      message: expect.stringContaining('50 MB'),
    });
  });

  it('a long file is told to carry a plugin.json', async () => {
    const error = await failure(`const text = '${'x'.repeat(300_000)}';\nexport default { name: 'p', setup() { return text; } };`);
    expect(error.message).toContain('write it into plugin.json');
  });
});

describe('what a sandboxed plugin cannot say', () => {
  it('all problems are named at once', async () => {
    const error = await failure(
      `export default { name: 'p', fires: ['pre-spawn'], provides: ['a@1'], discovers: true, commands: [], checks: './c.ts', offline: {} };`,
    );
    expect(error.code).toBe('VP_SANDBOX_MANIFEST');
    for (const key of ['fires', 'provides', 'discovers', 'commands', 'checks', 'offline']) expect(error.message).toContain(`/${key}: `);
  });

  it.each([
    [`{ name: 'P' }`, 'VP_SANDBOX_MANIFEST', '/name'],
    [`{ name: 'p', permisions: {} }`, 'VP_SANDBOX_MANIFEST', '/permisions'],
    [`{ name: 'p', sdk: 'latest' }`, 'VP_SANDBOX_MANIFEST', '/sdk'],
    [`{ name: 'p', permissions: { disk: true } }`, 'VP_PERMISSION_INVALID', '/permissions/disk'],
    [`{ name: 'p', permissions: { hooks: ['before'] } }`, 'VP_PERMISSION_INVALID', '/permissions/hooks/0'],
    [`{ name: 'p', optionalPermissions: { net: ['https://*'] } }`, 'VP_PERMISSION_INVALID', 'name each origin'],
    [`{ name: 'p', permissions: { fs: { read: ['../x'] } } }`, 'VP_PERMISSION_INVALID', '/permissions/fs/read/0'],
    [`{ name: 'p', hooks: { 'pre-comand'() {} } }`, 'VP_SANDBOX_MANIFEST', '/hooks/pre-comand'],
    [`{ name: 'p', env: { HOME: '/home' } }`, 'VP_SANDBOX_MANIFEST', 'permissions.env'],
    [`{ name: 'p', permissions: { env: ['HOME'] }, env: { HOME: '/__proto__/polluted' } }`, 'VP_SANDBOX_MANIFEST', '/env/HOME'],
    [`{ name: 'p', config: { properties: { constructor: { default: 1 } } } }`, 'VP_SANDBOX_MANIFEST', '/config/properties/constructor'],
    [`{ name: 'p', config: { "__proto__": { default: 1 } } }`, 'VP_SANDBOX_MANIFEST', '/config/__proto__'],
    [`{ name: 'p', permissions: { net: [${"'a',".repeat(300)}] } }`, 'VP_SANDBOX_MANIFEST', 'at most 256 entries'],
    [`{ name: '\\u001b[2Jp' }`, 'VP_SANDBOX_MANIFEST', '/name'],
  ])('%s', async (text, code, words) => {
    const error = await failure(`export default ${text};`);
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toMatch(/[^\P{C}\n]/u);
  });
});
