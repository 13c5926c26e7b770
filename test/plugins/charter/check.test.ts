import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, manifestSchema } from '@vp/schemas';
import type { CommandContext } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import check from '../../../plugins/charter/commands/check.ts';
import { SCHEMA_OF_PLUGIN, folder } from './support.ts';

async function run(cwd: string, args: readonly string[], json = false) {
  const out: string[] = [];
  const context: CommandContext = {
    args,
    json,
    cwd,
    options: {},
    tty: false,
    env: {},
    signal: new AbortController().signal,
    print: (line) => void out.push(line),
    warn: (line) => void out.push(`stderr: ${line}`),
    use: () => {
      throw new Error('this command needs no kernel');
    },
  };
  return { code: await check(context), out };
}

describe('vp charter check', () => {
  it('is described by a manifest that is valid', () => {
    expect(compile(manifestSchema)(structuredClone(SCHEMA_OF_PLUGIN))).toEqual([]);
  });

  it('says what a good charter comes to, and ends with 0', async () => {
    const dir = await folder();
    await writeFile(
      join(dir, 'c.yaml'),
      'name: a\nresources: { maxTurns: 5 }\nconstraints: { forbiddenCommands: [x, y], requiredApprovals: [deploy] }\n',
    );
    const { code, out } = await run(dir, ['c.yaml']);
    expect(code).toBe(0);
    expect(out[0]).toBe(`${join(dir, 'c.yaml')}: ok`);
    expect(out.join('\n')).toContain('2 rules that refuse, 1 that ask, 0 that approve');
    expect(out.join('\n')).toContain('maxTurns 5');
  });

  it('names file, line and path of each problem, and ends with 2', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'c.yaml'), 'name: a\ntier: 9\nresources: { maxTurns: x }\n');
    const { code, out } = await run(dir, ['c.yaml']);
    expect(code).toBe(2);
    expect(out[0]).toMatch(/c\.yaml:2: \/tier: expected .*, found 9$/);
    expect(out[1]).toMatch(/c\.yaml:3: \/resources\/maxTurns: expected an integer, found "x"$/);
    expect(out[2]).toMatch(/^2 problems in /);
  });

  it('prints JSON, for a file that is not there as well', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'c.json'), '{\n"name": "a",\n"teir": 1}');
    const bad = await run(dir, ['c.json'], true);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.out[0] ?? '')).toMatchObject({
      file: join(dir, 'c.json'),
      ok: false,
      problems: [{ line: 3, path: '/teir', found: '1' }],
    });
    const gone = await run(dir, ['gone.json'], true);
    expect(gone.code).toBe(2);
    expect(JSON.parse(gone.out[0] ?? '')).toMatchObject({ ok: false, problems: [{ line: null, path: '' }] });
    await writeFile(join(dir, 'c.json'), '{"name": "a"}');
    expect(JSON.parse((await run(dir, ['c.json'], true)).out[0] ?? '')).toMatchObject({ ok: true, problems: [], name: 'a' });
  });

  it('wants a file', async () => {
    expect(await run('/', [])).toMatchObject({ code: 2, out: ['stderr: Which charter? Write: vp charter check FILE'] });
  });
});
