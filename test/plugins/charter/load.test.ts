import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../../../plugins/charter/evaluate.ts';
import { load } from '../../../plugins/charter/load.ts';
import { folder } from './support.ts';

async function loadText(name: string, text: string | Uint8Array) {
  const file = join(await folder(), name);
  await writeFile(file, text);
  return { file, ...(await load(file, new Evaluator({ ahead: false }))) };
}

async function complaints(name: string, text: string | Uint8Array): Promise<string[]> {
  const { problems } = await loadText(name, text);
  return problems.map(({ line, path, found }) => `${line} ${path} ${found}`);
}

describe('a charter file', () => {
  it('is read as YAML, JSON, TypeScript and JavaScript, with the same result', async () => {
    const value = { name: 'a', constraints: { forbiddenPatterns: ['/x/i'] } };
    const hashes = await Promise.all([
      loadText('c.yaml', 'name: a\nconstraints:\n  forbiddenPatterns: [ "/x/i" ]\n'),
      loadText('c.yml', JSON.stringify(value)),
      loadText('c.json', `\uFEFF${JSON.stringify(value)}`),
      loadText('c.ts', 'const name: string = "a";\nexport default { name, constraints: { forbiddenPatterns: [/x/i] } };'),
      loadText('c.mjs', 'export default { name: "a", tier: undefined, constraints: { forbiddenPatterns: [/x/i] } };'),
    ]);
    expect(new Set(hashes.map(({ compiled }) => compiled?.hash)).size).toBe(1);
    expect(hashes[0]?.compiled?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names line and path of what is wrong in YAML', async () => {
    expect(
      await complaints('c.yaml', 'name: a\nresources:\n  maxTokens: many\n  allowedTools:\n    - Read\n    - 5\nextra: true\n'),
    ).toEqual(['7 /extra true', '3 /resources/maxTokens "many"', '6 /resources/allowedTools/1 5']);
  });

  it('names line and path of what is wrong in JSON', async () => {
    expect(await complaints('c.json', '{\n\t"name": "a",\n\t"tier": "x"\n}')).toEqual(['3 /tier "x"']);
    expect((await complaints('c.json', '{\n "name": "a",\n "tier" 1\n}'))[0]).toMatch(/^3 /);
    expect((await complaints('c.json', '{\n "name": "a"'))[0]).toMatch(/^2 /);
    expect((await complaints('c.json', 'name: a'))[0]).toMatch(/^1 /);
  });

  it('names line and path of what is wrong in TypeScript', async () => {
    expect(await complaints('c.ts', 'export default {\n  name: "a",\n  resources: {\n    maxTurns: 0,\n  },\n};\n')).toEqual([
      '4 /resources/maxTurns 0',
    ]);
    expect((await complaints('c.ts', 'export default {\n  name:: "a",\n};\n'))[0]).toMatch(/^2 /);
    expect((await complaints('c.ts', '\nthrow new Error("no luck");'))[0]).toBe('2  no luck');
  });

  it('may not give a key twice: the second would silently take the place of the first', async () => {
    expect((await complaints('c.yaml', 'name: a\nname: b\n'))[0]).toMatch(/^2 .*unique/);
    expect((await complaints('c.json', '{"name": "a",\n"name": "b"}'))[0]).toMatch(/^2 .*unique/);
  });

  it.each([
    ['c.yaml', '', 'an empty file'],
    ['c.json', '  \n', 'an empty file'],
    ['c.yaml', '# only a remark\n', 'null'],
    ['c.yaml', '- a\n', '["a"]'],
    ['c.yaml', 'name: *nobody\n', 'Unresolved alias'],
    ['c.yaml', 'name: !!js/function "x"\n', 'Unresolved tag'],
    ['c.ts', 'export const charter = {};', 'no default export'],
    ['c.ts', 'export default { name: () => "a" };', '/name is a function'],
    ['c.ts', 'const a: Record<string, unknown> = {}; a["a"] = a; export default a;', 'the charter refers to itself'],
    ['c.ts', 'import "./gone.ts"; export default {};', 'gone.ts'],
  ])('%s with %j is refused', async (name, text, why) => {
    expect((await complaints(name, text)).join('\n')).toContain(why);
  });

  it('must be UTF-8, and its aliases may not blow it up', async () => {
    expect((await complaints('c.yaml', new Uint8Array([0xff, 0xfe, 0x00])))[0]).toContain('other bytes');
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`),
    ];
    expect((await complaints('c.yaml', bomb.join('\n')))[0]).toContain('alias');
  });

  it('is an error with a code where it cannot be read', async () => {
    const dir = await folder();
    const attempt = (name: string) => load(join(dir, name), new Evaluator({ ahead: false }));
    await expect(attempt('gone.yaml')).rejects.toMatchObject({ code: 'VP_CHARTER_MISSING', file: join(dir, 'gone.yaml') });
    await mkdir(join(dir, 'd.yaml'));
    await expect(attempt('d.yaml')).rejects.toMatchObject({
      code: 'VP_CHARTER_UNREADABLE',
      message: expect.stringContaining('it is a folder') as string,
    });
    await writeFile(join(dir, 'big.yaml'), `name: a\n#${'x'.repeat(1_100_000)}`);
    await expect(attempt('big.yaml')).rejects.toMatchObject({ code: 'VP_CHARTER_UNREADABLE' });
    await writeFile(join(dir, 'c.toml'), 'name = "a"');
    await expect(attempt('c.toml')).rejects.toMatchObject({ code: 'VP_CHARTER_FORMAT' });
    await writeFile(join(dir, 'closed.yaml'), 'name: a');
    await chmod(join(dir, 'closed.yaml'), 0o000);
    if (process.getuid?.() !== 0) await expect(attempt('closed.yaml')).rejects.toMatchObject({ code: 'VP_CHARTER_UNREADABLE' });
    await rm(join(dir, 'closed.yaml'));
  });
});

describe('code in a charter', () => {
  it('may not write files, start programs or see the environment', async () => {
    const dir = await folder();
    const attempts = `import { writeFileSync } from 'node:fs';
      import { execSync } from 'node:child_process';
      const codes: string[] = [];
      for (const act of [() => writeFileSync(${JSON.stringify(join(dir, 'written'))}, ''), () => execSync('true')])
        try { act(); codes.push('done'); } catch (error) { codes.push((error as { code: string }).code); }
      export default { name: codes.join(' '), objectives: Object.keys(process.env).concat('end') };`;
    const { compiled } = await loadText('c.ts', attempts);
    expect(compiled?.charter).toMatchObject({ name: 'ERR_ACCESS_DENIED ERR_ACCESS_DENIED', objectives: ['end'] });
  });

  it('is ended when it does not end', async () => {
    const { problems } = await loadText('c.ts', 'for (;;);');
    expect(problems[0]?.found).toBe('an evaluation that did not end within 5 s');
  });

  it('may print, and may leave timers behind', async () => {
    const { compiled } = await loadText(
      'c.ts',
      'console.log("{}"); console.error("x"); setInterval(() => {}, 1000); export default { name: "a" };',
    );
    expect(compiled?.charter.name).toBe('a');
  });
});
