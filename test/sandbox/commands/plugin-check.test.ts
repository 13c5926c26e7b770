/** `vp plugin check` says what a plugin asks for, and runs none of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desk, json, NOTIFIER, packageFiles, type Desk } from './support.ts';

let at: Desk;
beforeAll(async () => {
  at = await desk();
  await at.lay({
    'notifier.ts': NOTIFIER,
    'vp.config.json': JSON.stringify({ plugins: ['@vp/store', { use: './notifier.ts' }, 'acme-notifier'] }),
    ...packageFiles('node_modules/acme-notifier', '1.0.0', { hooks: ['session-end'], net: ['https://api.acme.dev'] }),
  });
});
afterAll(() => at.remove());

describe('check', () => {
  it('says in words what a plugin asks for, what is broad about it, and what to write into the config', async () => {
    const { code, out } = await at.plugin('check', './notifier.ts');
    expect(code).toBe(0);
    expect(out).toContain('notifier 1.0.0');
    expect(out).toContain('- may call https://api.acme.dev');
    expect(out).toMatch(/It can do without this:\n {2}- may write/);
    expect(out).toMatch(/Look twice:\n {2}! it can send to https:\/\/api\.acme\.dev/);
    expect(out).toContain("{ use: './notifier.ts', grant: { fs: { write: ['notes'] }, net: ['https://api.acme.dev'] } }");
    expect(out).toMatch(/does not start until this is granted[\s\S]*vp plugin grant/);
  });

  it('says the same as JSON', async () => {
    const { out } = await at.plugin('check', './notifier.ts', '--json');
    expect(json(out)).toMatchObject({
      name: 'notifier',
      kind: 'file',
      use: './notifier.ts',
      hooks: ['session-end'],
      permissions: { hooks: ['session-end'], net: ['https://api.acme.dev'] },
      warnings: [expect.stringContaining('https://api.acme.dev')],
      grant: { state: 'missing', missing: { net: ['https://api.acme.dev'] } },
    });
  });

  it('finds a plugin by its own name where the config names its path, and a package by its name', async () => {
    const [own, pack] = await Promise.all([at.plugin('check', 'notifier', '--json'), at.plugin('check', 'acme-notifier', '--json')]);
    expect(json(own.out)).toMatchObject({ name: 'notifier', use: './notifier.ts', kind: 'file' });
    expect(json(pack.out)).toMatchObject({ name: 'acme-notifier', use: 'acme-notifier', kind: 'package' });
  });

  it('finds a plugin from a folder that is not the config’s', async () => {
    await at.lay({ 'elsewhere/here.txt': '' });
    const cwd = join(at.desk, 'elsewhere');
    const { out } = await at.vp(['plugin', 'check', 'notifier', '--config', '../vp.config.json', '--json'], { cwd });
    expect(json(out)).toMatchObject({ use: './notifier.ts', entry: join(at.desk, 'notifier.ts') });
  });

  it('asks for no grant where a file needs none, and then only its path is to be written', async () => {
    await at.lay({ 'plain.ts': "export default { name: 'plain', hooks: { 'pre-command'() {} } };" });
    const { out } = await at.plugin('check', './plain.ts');
    expect(out).toContain('It may start: needs no grant.');
    expect(out).toMatch(/Under `plugins` in vp\.config\.ts:\n\n {2}'\.\/plain\.ts'/);
  });

  it('runs nothing of the plugin and nothing of the config', async () => {
    const mark = (name: string): string =>
      `(globalThis as any).process?.getBuiltinModule('node:fs').writeFileSync('${join(at.desk, name)}', '');`;
    await at.lay({
      'sly/vp.config.ts': `${mark('ran-config')}\nexport default { plugins: ['./plugin.ts'] };`,
      'sly/plugin.ts': `${mark('ran-plugin')}\nexport default { name: 'sly', hooks: {} };`,
    });
    expect(await at.vp(['plugin', 'check', 'sly'], { cwd: join(at.desk, 'sly') })).toMatchObject({ code: 0 });
    expect(existsSync(join(at.desk, 'ran-config'))).toBe(false);
    expect(existsSync(join(at.desk, 'ran-plugin'))).toBe(false);
  });

  it('writes a plugin’s words on one line and without control characters', async () => {
    await at.lay({ 'loud.ts': "export default { name: 'loud', description: 'a\\u001b[2J\\n- may do nothing\\u202e', hooks: {} };" });
    const { out } = await at.plugin('check', './loud.ts');
    expect(out.split('\n')[0]).toBe('loud 0.0.0: a - may do nothing');
  });

  const faults: readonly (readonly [what: string, text: string, code: string, says: RegExp])[] = [
    [
      'a grant of every origin',
      "export default { name: 'a', permissions: { net: ['https://*'] } };",
      'VP_PERMISSION_INVALID',
      /https:\/\/\*/,
    ],
    [
      'a path out of the folder',
      "export default { name: 'a', permissions: { fs: { read: ['../x'] } } };",
      'VP_PERMISSION_INVALID',
      /\.\.\/x/,
    ],
    ['a permission that does not exist', "export default { name: 'a', permissions: { disk: true } };", 'VP_', /disk/],
    ['a builtin of Node', "import 'node:fs';\nexport default { name: 'a' };", 'VP_SANDBOX_BUILTIN', /node:fs/],
    ['a newer SDK', "export default { name: 'a', sdk: '99.0' };", 'VP_SANDBOX_SDK', /99\.0/],
    ['no plugin', 'export const a = 1;', 'VP_SANDBOX_NO_PLUGIN', /export default/],
  ];
  it.each(faults)('refuses %s with the file and what to do', async (_what, text, wanted, says) => {
    const file = `fault-${Math.random().toString(36).slice(2)}.ts`;
    await at.lay({ [file]: text });
    const { code, out, err } = await at.plugin('check', `./${file}`, '--json');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const { error } = JSON.parse(err) as { error: { code: string; message: string; hint: string; file: string } };
    expect(error.code).toContain(wanted);
    expect(`${error.message} ${error.hint}`).toMatch(says);
    expect(error.file).toContain(file);
  });

  it('says so where there is no such plugin', async () => {
    for (const name of ['./nowhere.ts', 'nobody']) {
      expect(await at.plugin('check', name)).toMatchObject({ code: 2, err: expect.stringContaining(`plugin "${name}" cannot be found`) });
    }
  });
});
