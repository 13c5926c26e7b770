/** What `vp plugin new` writes is a whole plugin, and it takes nobody's place. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desk, json, type Desk } from './support.ts';

let at: Desk;
beforeAll(async () => {
  at = await desk();
});
afterAll(() => at.remove());

const forms: readonly (readonly [form: string, name: string, flags: readonly string[], path: string, files: readonly string[]])[] = [
  ['a folder', 'no-force', [], './no-force', ['README.md', 'cases.jsonl', 'plugin.ts']],
  ['a single file', 'lone', ['--file', '--dir', 'files'], './files/lone.ts', ['lone.ts']],
  ['a package', '@acme/guard', ['--package'], './guard', ['README.md', 'cases.jsonl', 'package.json', 'plugin.json', 'plugin.ts']],
];

describe.each(forms)('%s', (_form, name, flags, path, files) => {
  it('is written whole, and says what to do next', async () => {
    const { code, out } = await at.plugin('new', name, ...flags);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/written[\s\S]*Next:[\s\S]*vp plugin test/) });
    const folder = join(at.desk, path.endsWith('.ts') ? 'files' : path);
    expect(readdirSync(folder).toSorted()).toEqual(files);
  });

  it('passes check, test and pack as it is', async () => {
    const [check, test, pack] = await Promise.all([
      at.plugin('check', path, '--json'),
      at.plugin('test', path, '--json'),
      at.plugin('pack', path, '--json', '--out', `out-${name.replace('/', '-')}`),
    ]);
    expect(check).toMatchObject({ code: 0, err: '' });
    expect(json(check.out)).toMatchObject({ name, version: '0.1.0', hooks: ['pre-command'] });
    expect(test).toMatchObject({ code: 0, err: '' });
    expect(json(test.out)).toMatchObject({ missed: 0 });
    expect(pack).toMatchObject({ code: 0, err: '' });
    expect(existsSync(String(json(pack.out)['path']))).toBe(true);
  });
});

describe('new', () => {
  it('refuses what is there already, and leaves it as it was', async () => {
    await at.lay({ 'taken/mine.txt': 'mine', 'own.ts': 'mine' });
    const [folder, file] = await Promise.all([at.plugin('new', 'taken'), at.plugin('new', 'own', '--file')]);
    expect(folder).toMatchObject({ code: 2, err: expect.stringContaining('VP_PLUGIN_EXISTS') });
    expect(file).toMatchObject({ code: 2, err: expect.stringContaining('VP_PLUGIN_EXISTS') });
    expect(readdirSync(join(at.desk, 'taken'))).toEqual(['mine.txt']);
    expect(readFileSync(join(at.desk, 'own.ts'), 'utf8')).toBe('mine');
  });

  it.each(['../out', 'Upper', 'a b', '@acme/', '.hidden', 'a/b', 'x'.repeat(121)])(
    'refuses the name %s and writes nothing',
    async (name) => {
      const before = readdirSync(at.desk);
      expect(await at.plugin('new', name)).toMatchObject({ code: 2, err: expect.stringContaining('VP_PLUGIN_NAME') });
      expect(readdirSync(at.desk)).toEqual(before);
    },
  );

  it('refuses a package in a single file', async () => {
    expect(await at.plugin('new', 'both', '--file', '--package')).toMatchObject({
      code: 2,
      err: expect.stringContaining('VP_PLUGIN_OPTION'),
    });
  });
});
