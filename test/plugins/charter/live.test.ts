import { appendFile, mkdir, open, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import plugin from '../../../plugins/charter/index.ts';
import { charterPlugin, eventually, folder } from './support.ts';

const yaml = (...forbidden: string[]): string => `name: a\nconstraints:\n  forbiddenCommands: [${forbidden.join(', ')}]\n`;

async function inForce(...forbidden: string[]) {
  const file = join(await folder(), 'charter.yaml');
  await writeFile(file, yaml(...forbidden));
  const running = await charterPlugin();
  const { id } = await running.service.resolve(file);
  const now = (): readonly string[] | undefined => running.service.current(id)?.charter.constraints.forbiddenCommands;
  return { file, id, now, ...running };
}

describe('a charter in force', () => {
  it('is the built-in one where none is named', async () => {
    const { service } = await charterPlugin();
    const charter = await service.resolve();
    expect(charter).toMatchObject({ id: 'default', charter: { name: 'default', operational: { trustProject: false, sshAgent: false } } });
    expect(service.current('default')).toBe(charter);
  });

  it('follows an edit of its file', async () => {
    const { file, now, said } = await inForce('a');
    await writeFile(file, yaml('a', 'b'));
    await eventually(() => expect(now()).toEqual(['a', 'b']));
    await writeFile(file, yaml('b'));
    await eventually(() => expect(now()).toEqual(['b']));
    expect(said.order).toEqual(['changed a,b', 'changed b']);
  });

  it('follows editors that save by renaming, again and again', async () => {
    const { file, now } = await inForce('a');
    for (let save = 0; save < 10; save += 1) {
      await writeFile(`${file}.swp`, yaml('a', `b${save}`));
      await rename(`${file}.swp`, file);
      await eventually(() => expect(now()).toEqual(['a', `b${save}`]));
    }
  });

  it('ends at the last of many saves in a row', async () => {
    const { file, now } = await inForce('a');
    for (let save = 0; save < 30; save += 1) await writeFile(file, yaml(...(save % 2 ? ['a', `b${save}`] : [`c${save}`])));
    await eventually(() => expect(now()).toEqual(['a', 'b29']));
  });

  it('follows a file that is a link', async () => {
    const dir = await folder();
    await mkdir(join(dir, 'real'));
    await writeFile(join(dir, 'real', 'c.yaml'), yaml('a'));
    await symlink(join(dir, 'real', 'c.yaml'), join(dir, 'link.yaml'));
    const { service } = await charterPlugin();
    const { id } = await service.resolve(join(dir, 'link.yaml'));
    await writeFile(join(dir, 'real', 'c.yaml'), yaml('a', 'b'));
    await eventually(() => expect(service.current(id)?.charter.constraints.forbiddenCommands).toEqual(['a', 'b']));
  });

  it('follows the files that a charter in TypeScript imports', async () => {
    const dir = await folder();
    await mkdir(join(dir, 'shared'));
    await writeFile(join(dir, 'shared', 'rules.ts'), 'export const rules: string[] = ["a"];');
    await writeFile(
      join(dir, 'c.ts'),
      'import { rules } from "./shared/rules.ts"; export default { name: "a", constraints: { forbiddenCommands: rules } };',
    );
    const { service } = await charterPlugin();
    const { id } = await service.resolve(join(dir, 'c.ts'));
    const now = () => service.current(id)?.charter.constraints.forbiddenCommands;
    await writeFile(join(dir, 'shared', 'rules.ts'), 'export const rules: string[] = ["a", "b"];');
    await eventually(() => expect(now()).toEqual(['a', 'b']));
    await writeFile(join(dir, 'shared', 'rules.ts'), 'export const rules: string[] = ["a", "b";');
    await eventually(async () => expect(await service.resolve(id).catch((error: unknown) => error)).toBeInstanceOf(Error));
    expect(now()).toEqual(['a', 'b']);
    await writeFile(join(dir, 'shared', 'rules.ts'), 'export const rules: string[] = ["c"];');
    await eventually(() => expect(now()).toEqual(['c']));
  });

  it('stays as it is for an edit of remarks or order, and says nothing', async () => {
    const { file, id, service, said } = await inForce('a');
    const before = service.current(id);
    await writeFile(file, `# a remark\nconstraints: { forbiddenCommands: ["a"] }\nname: a\n`);
    expect(await service.resolve(file)).toBe(before);
    expect(said.order).toEqual([]);
  });
});

describe('an edit that is not valid', () => {
  it('keeps the last good version, says why, and stops new sessions until it is mended', async () => {
    const { file, id, now, said, service } = await inForce('a');
    await writeFile(file, `${yaml('a', 'b')}surprise: 1\n`);
    await eventually(() => expect(said.rejected).toHaveLength(1));
    expect(said.rejected[0]).toEqual({
      id,
      problems: [expect.stringMatching(/charter\.yaml:4: \/surprise: expected one of the keys .*, found 1$/)],
    });
    expect(now()).toEqual(['a']);
    await expect(service.resolve(file)).rejects.toMatchObject({ code: 'VP_CHARTER_INVALID', file, path: '/surprise' });
    await writeFile(file, yaml('a', 'b'));
    await eventually(() => expect(now()).toEqual(['a', 'b']));
    expect((await service.resolve(file)).charter.constraints.forbiddenCommands).toEqual(['a', 'b']);
  });

  it('is a removal of the file too, and its return is an edit', async () => {
    const { file, now, said } = await inForce('a');
    await unlink(file);
    await eventually(() => expect(said.rejected).toHaveLength(1));
    expect(said.rejected[0]?.problems[0]).toContain('there is no charter file');
    expect(now()).toEqual(['a']);
    await writeFile(file, yaml('c'));
    await eventually(() => expect(now()).toEqual(['c']));
  });
});

describe('a half-written file', () => {
  it('drops no rule while it is being written, though each part of it is a whole charter', async () => {
    const { file, now, said } = await inForce('a', 'b', 'c', 'd');
    const lines = [
      'name: a\n',
      'constraints:\n',
      '  forbiddenCommands:\n',
      '    - a\n',
      '    - b\n',
      '    - c\n',
      '    - d\n',
      '    - e\n',
    ];
    const handle = await open(file, 'w');
    for (const line of lines) {
      await handle.write(line);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await handle.close();
    await eventually(() => expect(now()).toEqual(['a', 'b', 'c', 'd', 'e']));
    expect(said.order).toEqual(['changed a,b,c,d,e']);
  });

  it('drops no rule when it is emptied and written again', async () => {
    const { file, now, said } = await inForce('a', 'b');
    for (let save = 0; save < 5; save += 1) {
      await writeFile(file, '');
      await writeFile(file, yaml('a'));
      await writeFile(file, yaml('a', 'b', `c${save}`));
      await eventually(() => expect(now()).toEqual(['a', 'b', `c${save}`]));
    }
    expect(said.rejected).toEqual([]);
    expect(said.order.every((line) => line.startsWith('changed a,b,c'))).toBe(true);
  });

  it('is not what a first session starts with', async () => {
    const file = join(await folder(), 'charter.yaml');
    const { service } = await charterPlugin({ stableMs: 300 });
    await writeFile(file, 'name: a\nconstraints:\n  forbiddenCommands:\n    - a\n');
    const resolved = service.resolve(file);
    await appendFile(file, '    - b\n');
    expect((await resolved).charter.constraints.forbiddenCommands).toEqual(['a', 'b']);
  });
});

describe('a tightening edit', () => {
  it('counts at once, however long others wait', async () => {
    const file = join(await folder(), 'charter.yaml');
    await writeFile(file, yaml('a'));
    const { service, said } = await charterPlugin({ stableMs: 2_000 });
    const { id } = await service.resolve(file);
    await writeFile(file, yaml('a', 'b'));
    await eventually(() => expect(service.current(id)?.charter.constraints.forbiddenCommands).toEqual(['a', 'b']));
    await writeFile(file, yaml('b'));
    await eventually(() => expect(said.order).toEqual(['changed a,b', 'changed b']));
  });
});

describe('a reload of the plugin', () => {
  it('hands over what is in force, and goes on following it', async () => {
    const { file, id, kit, now, said, service } = await inForce('a');
    const before = service.current(id);
    const report = await kit.reload(plugin);
    expect(report.errors).toEqual([]);
    expect(service.current(id)).toBe(before);
    await writeFile(file, yaml('a', 'b'));
    await eventually(() => expect(now()).toEqual(['a', 'b']));
    expect(said.order).toEqual(['changed a,b']);
  });

  it('misses no edit made during it', async () => {
    const { file, kit, now } = await inForce('a');
    for (let round = 0; round < 10; round += 1) {
      const saving = writeFile(file, yaml('a', `b${round}`));
      await Promise.all([saving, kit.reload(plugin)]);
      await eventually(() => expect(now()).toEqual(['a', `b${round}`]));
    }
  });

  it('follows a file that was resolved while it took place', async () => {
    const dir = await folder();
    const { kit, service } = await charterPlugin();
    await writeFile(join(dir, 'c.yaml'), yaml('a'));
    const resolving = service.resolve(join(dir, 'c.yaml'));
    await kit.reload(plugin);
    const { id } = await resolving;
    await writeFile(join(dir, 'c.yaml'), yaml('a', 'b'));
    await eventually(() => expect(service.current(id)?.charter.constraints.forbiddenCommands).toEqual(['a', 'b']));
  });
});

describe('a long life', () => {
  it('lets the charter go that was unused for longest when there are too many', async () => {
    const dir = await folder();
    const { kit, service } = await charterPlugin({ maxCharters: 2 });
    for (const name of ['a', 'b', 'c']) {
      await writeFile(join(dir, `${name}.yaml`), yaml('x'));
      await service.resolve(join(dir, `${name}.yaml`));
      service.current(join(dir, 'a.yaml'));
    }
    expect(['a', 'b', 'c'].map((name) => service.current(join(dir, `${name}.yaml`)) !== undefined)).toEqual([true, false, true]);
    expect(kit.log.some((line) => line.message.includes('maxCharters'))).toBe(true);
  });

  it('says so when a folder of a charter disappears, and keeps the charter', async () => {
    const dir = await folder();
    await mkdir(join(dir, 'in'));
    await writeFile(join(dir, 'in', 'c.yaml'), yaml('a'));
    const { service, said } = await charterPlugin();
    const { id } = await service.resolve(join(dir, 'in', 'c.yaml'));
    await rm(join(dir, 'in'), { recursive: true });
    await eventually(() => expect(said.rejected).toHaveLength(1));
    expect(service.current(id)?.charter.constraints.forbiddenCommands).toEqual(['a']);
  });
});
