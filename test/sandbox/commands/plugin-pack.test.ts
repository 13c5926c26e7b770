/** What `vp plugin pack` makes is installed and granted as a package, and does there what it did here. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desk, json, packageFiles, type Desk } from './support.ts';

let at: Desk;
beforeAll(async () => {
  at = await desk();
});
afterAll(() => at.remove());

interface Packed {
  readonly path: string;
  readonly sha256: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(path: string): Promise<Packed> {
  const { code, out, err } = await at.plugin('pack', path, '--json', '--out', 'out');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return json(out) as unknown as Packed;
}

/** Puts a tarball where npm would. */
function install({ path }: Packed, name: string): string {
  const folder = join(at.desk, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['xzf', path, '-C', folder, '--strip-components=1']);
  return folder;
}

describe('pack', () => {
  it('puts all code into one file, dependencies too, and asks for the hooks that the code taps', async () => {
    await at.lay({
      'node_modules/words/package.json': '{"name":"words","version":"1.0.0","main":"index.js"}',
      'node_modules/words/index.js': "module.exports = { bad: 'shutdown' };",
      'wordy/plugin.ts': `import { definePlugin, deny } from '@vp/sdk';
        import { bad } from 'words';
        import { isBad } from './is-bad.ts';
        export default definePlugin({ name: 'wordy', version: '2.1.0', hooks: {
          'pre-command': ({ input }) => (isBad(String(input['command']), bad) ? deny('a bad word') : undefined),
        } });`,
      'wordy/is-bad.ts': 'export const isBad = (text: string, bad: string): boolean => text.includes(bad);',
      'wordy/README.md': '# wordy',
      'wordy/cases.jsonl': '{"command":"shutdown now","expected":"deny"}',
      'wordy/secret.env': 'TOKEN=x',
    });
    const packed = await pack('./wordy');
    expect(packed.files.map((file) => file.path).toSorted()).toEqual(['README.md', 'index.js', 'package.json', 'plugin.json']);
    expect(createHash('sha256').update(readFileSync(packed.path)).digest('hex')).toBe(packed.sha256);

    const folder = install(packed, 'wordy');
    const manifest = json(readFileSync(join(folder, 'plugin.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'wordy', version: '2.1.0', entry: './index.js', permissions: { hooks: ['pre-command'] } });
    const checked = json((await at.plugin('check', 'wordy', '--json')).out);
    expect(checked).toMatchObject({ kind: 'package', version: '2.1.0', grant: { state: 'missing' } });
    const tested = await at.plugin('test', 'wordy', '--cases', 'wordy/cases.jsonl', '--json');
    expect(json(tested.out)).toMatchObject({ missed: 0, cases: [{ outcome: 'deny', reason: 'a bad word' }] });
  });

  it('keeps the package’s own words, its licence file, and nothing that runs at installation', async () => {
    const files = packageFiles('kept', '1.2.3', { hooks: ['session-end'] });
    const own = {
      name: 'acme-notifier',
      version: '1.2.3',
      license: 'MIT',
      author: 'Ann',
      scripts: { postinstall: 'x' },
      dependencies: { a: '1' },
    };
    await at.lay({ ...files, 'kept/package.json': JSON.stringify(own), 'kept/LICENSE': 'MIT' });
    const folder = install(await pack('./kept'), 'acme-notifier');
    const described = json(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(described).toMatchObject({ name: 'acme-notifier', version: '1.2.3', license: 'MIT', author: 'Ann' });
    expect(described).not.toHaveProperty('scripts');
    expect(described).not.toHaveProperty('dependencies');
    expect(existsSync(join(folder, 'LICENSE'))).toBe(true);
  });

  it('makes the same bytes twice', async () => {
    await at.lay({ 'twice/plugin.ts': "export default { name: 'twice', version: '1.0.0', hooks: {} };" });
    expect((await pack('./twice')).sha256).toBe((await pack('./twice')).sha256);
  });

  it.each([
    ['has no version', "export default { name: 'versionless', hooks: {} };", 'it has no version'],
    ['has a version that npm does not take', "export default { name: 'odd', version: 'one', hooks: {} };", '"one"'],
    ['would not pass the check', "import 'node:net';\nexport default { name: 'net', version: '1.0.0' };", 'node:net'],
  ])('refuses a plugin that %s', async (_what, code, says) => {
    const name = `refused-${createHash('sha256').update(code).digest('hex').slice(0, 8)}`;
    await at.lay({ [`${name}/plugin.ts`]: code });
    const ran = await at.plugin('pack', `./${name}`, '--out', name);
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
  });
});
