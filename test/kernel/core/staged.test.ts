/** Code that an agent could have written is not run because it was saved. */
import { preCommand } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually, next, world, type World } from '../support.ts';

const says = (words: string): string => `hooks: { 'pre-command'() { return ask('${words}'); } }`;

async function verdict(here: World): Promise<string> {
  return (await here.fire('pre-command', preCommand())).map((one) => one.reason).join();
}

/** A plugin in `project`, in which a session works as long as the test does not end it. */
async function session(here: World, auto: 'outside-workspaces' | 'never' = 'outside-workspaces') {
  here.write('project/p.ts', here.source('p', says('v1')));
  here.write('own/other.ts', here.source('other', ''));
  const plugins = [
    here.plugin(
      'claims',
      `fires: ['pre-command'], setup(ctx) { said({ fire: ctx.fire, workspace: (dir: string) => ctx.workspace(dir) }); }`,
    ),
    { use: './project/p.ts', trust: 'kernel' },
    { use: './own/other.ts', trust: 'kernel' },
  ];
  here.write('vp.config.json', JSON.stringify({ plugins, reload: { debounceMs: 10, auto } }));
  const kernel = await here.start('vp.config.json');
  const { workspace } = here.said[0] as { workspace: (dir: string) => () => void };
  return { kernel, end: auto === 'never' ? () => undefined : workspace(here.path('project')) };
}

describe('a changed plugin inside the folder that an agent works in', () => {
  it('waits for a reload, and says so', async () => {
    const here = world();
    const { kernel } = await session(here);
    const staged = next(kernel, 'staged');
    here.save('project/p.ts', here.source('p', says('v2')));
    expect(await staged).toEqual({ what: 'p', files: [here.path('project/p.ts')] });
    expect(await verdict(here)).toBe('v1');
    expect(kernel.status()).toMatchObject({ staged: ['p'] });
    expect(kernel.status().plugins.find((one) => one.name === 'p')?.pending).toMatch('vp reload');
    expect(await kernel.reload('p')).toMatchObject([{ result: 'swapped' }]);
    expect([await verdict(here), kernel.status().staged]).toEqual(['v2', []]);
  });

  it('does not come in by the back door: neither a new file beside it, nor a save elsewhere, nor the end of the session applies it', async () => {
    const here = world();
    const { kernel, end } = await session(here);
    const reloads: string[] = [];
    kernel.on('reload', ({ plugin }) => void reloads.push(plugin));
    const staged = next(kernel, 'staged');
    here.save('project/p.ts', here.source('p', says('v2'), `import './beside.ts';`));
    await staged;
    const again = next(kernel, 'staged');
    here.write('project/beside.ts', 'export const beside = 1;');
    await again;
    here.save('own/other.ts', here.source('other', says('other')));
    await eventually(() => expect(reloads).toEqual(['other']));
    end();
    here.save('own/other.ts', here.source('other', says('changed')));
    await eventually(() => expect(reloads).toEqual(['other', 'other']));
    expect(await verdict(here)).toBe('v1,changed');
  });

  it('does not come in with a save of its files outside', async () => {
    const here = world();
    const { kernel } = await session(here);
    here.write('project/part.ts', `export const part = 'v1';`);
    here.save(
      'own/other.ts',
      here.source('other', `hooks: { 'pre-command'() { return ask(part); } }`, `import { part } from '../project/part.ts';`),
    );
    await eventually(async () => expect(await verdict(here)).toBe('v1,v1'));
    await eventually(async () => {
      here.write('project/part.ts', `export const part = 'evil ${Math.random()}';`);
      expect(kernel.status().staged).toEqual(['other']);
    });
    const again = next(kernel, 'staged');
    here.save(
      'own/other.ts',
      here.source('other', `hooks: { 'pre-command'() { return ask(part + '!'); } }`, `import { part } from '../project/part.ts';`),
    );
    await again;
    expect(await verdict(here)).toBe('v1,v1');
  });

  it('that is broken stays out when files beside it change', async () => {
    const here = world();
    const { kernel } = await session(here);
    const staged = next(kernel, 'staged');
    here.save('project/p.ts', 'broken {{');
    await staged;
    expect(await kernel.reload('p')).toMatchObject([{ result: 'refused' }]);
    const again = next(kernel, 'staged');
    here.save('project/p.ts', here.source('p', says('evil'), `import './more.ts';`));
    await again;
    expect(await kernel.reload('p')).toMatchObject([{ result: 'refused' }]);
    const third = next(kernel, 'staged');
    here.write('project/more.ts', '');
    await third;
    expect(await verdict(here)).toBe('v1');
  });
});

describe('a changed config inside the folder that an agent works in', () => {
  it('waits for a reload', async () => {
    const here = world();
    const { kernel } = await session(here);
    const undo = (here.said[0] as { workspace: (dir: string) => () => void }).workspace(here.dir);
    const staged = next(kernel, 'staged');
    here.save('vp.config.json', JSON.stringify({ plugins: [], reload: { debounceMs: 10 } }));
    expect(await staged).toMatchObject({ what: 'vp.config' });
    expect(kernel.status()).toMatchObject({ staged: ['vp.config'], plugins: [{}, {}, {}] });
    undo();
    await kernel.reload();
    expect(kernel.status()).toMatchObject({ staged: [], plugins: [] });
  });
});

describe('outside of it', () => {
  it('a changed plugin applies itself, also once the session is over', async () => {
    const here = world();
    const { kernel, end } = await session(here);
    const reloaded = next(kernel, 'reload');
    here.save('own/other.ts', here.source('other', says('other')));
    expect(await reloaded).toMatchObject({ plugin: 'other', result: 'swapped' });
    end();
    end();
    here.save('project/p.ts', here.source('p', says('v2')));
    await eventually(async () => expect(await verdict(here)).toBe('v2,other'));
  });

  it('nothing applies itself where the config says never', async () => {
    const here = world();
    const { kernel } = await session(here, 'never');
    const staged: string[] = [];
    kernel.on('staged', ({ what }) => void staged.push(what));
    here.save('own/other.ts', here.source('other', says('other')));
    await eventually(() => expect(staged).toContain('other'));
    here.save('vp.config.json', JSON.stringify({ plugins: [] }));
    await eventually(() => expect(staged).toContain('vp.config'));
    expect(kernel.status()).toMatchObject({ plugins: [{}, {}, {}] });
    await kernel.reload('other');
    expect(await verdict(here)).toBe('v1,other');
  });

  it('a link does not hide where a file is', async () => {
    const here = world();
    const { kernel } = await session(here);
    const { symlinkSync } = await import('node:fs');
    symlinkSync(here.path('project'), here.path('link'));
    (here.said[0] as { workspace: (dir: string) => () => void }).workspace(here.path('link'));
    const staged = next(kernel, 'staged');
    here.save('project/p.ts', here.source('p', says('v2')));
    expect(await staged).toMatchObject({ what: 'p' });
  });
});
