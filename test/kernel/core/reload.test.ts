/** Reloads of real files while the kernel runs: what is saved counts, what is broken does not. */
import { mkdirSync, rmSync } from 'node:fs';
import { preCommand } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually, next, world, type World } from '../support.ts';

const says = (words: string): string => `hooks: { 'pre-command'() { return ask(${words}); } }`;
const ASKS = says('mark');

/** What the tap of `p` says now. */
async function verdict(here: World): Promise<string> {
  return (await here.fire('pre-command', preCommand())).map((one) => one.reason).join();
}

/** A kernel that watches `p`, whose mark comes from deep below. */
async function deep(here: World) {
  here.write('lib/deep/mark.ts', `export const mark: string = 'v1';`);
  here.write('lib/index.ts', `export { mark } from './deep/mark.ts';`);
  const p = here.plugin('p', ASKS, `import { mark } from './lib/index.ts';`);
  return here.start({ plugins: [here.firer('pre-command'), p], reload: { debounceMs: 20 } });
}

describe('a save', () => {
  it('of a file deep below the plugin puts a new version in force', async () => {
    const here = world();
    const kernel = await deep(here);
    expect(await verdict(here)).toBe('v1');
    const reloaded = next(kernel, 'reload');
    here.write('lib/deep/mark.ts', `export const mark: string = 'v2';`);
    expect(await reloaded).toEqual({ plugin: 'p', result: 'swapped', generation: 2 });
    expect(await verdict(here)).toBe('v2');
  });

  it('by renaming, as editors do, counts, again and again', async () => {
    const here = world();
    await deep(here);
    for (const version of ['v2', 'v3', 'v4']) {
      here.save('lib/deep/mark.ts', `export const mark: string = '${version}';`);
      await eventually(async () => expect(await verdict(here)).toBe(version));
    }
  });

  it('that changes nothing in the code changes nothing', async () => {
    const here = world();
    const kernel = await deep(here);
    here.write('lib/index.ts', `export { mark } from './deep/mark.ts';`);
    expect(await next(kernel, 'reload')).toEqual({ plugin: 'p', result: 'unchanged' });
    expect(kernel.status().plugins.find((one) => one.name === 'p')?.generation).toBe(1);
  });

  it('ten times in a row ends at the last one', async () => {
    const here = world();
    await deep(here);
    for (let n = 2; n <= 11; n += 1) {
      here.write('lib/deep/mark.ts', `export const mark: string = 'v${n}';`);
      await new Promise((resolve) => setTimeout(resolve, n * 6));
    }
    await eventually(async () => expect(await verdict(here)).toBe('v11'));
  });

  it('while the one before is still being set up waits its turn and counts', async () => {
    const here = world();
    const slow = (n: number): string =>
      `${says(`'v${n}'`)}, async setup() { said({ setup: ${n} }); if (${n} === 2) await new Promise((resolve) => said({ resolve })); }`;
    await here.start({ plugins: [here.firer('pre-command'), here.plugin('p', slow(1))], reload: { debounceMs: 5 } });
    here.plugin('p', slow(2));
    await eventually(() => expect(here.said.at(-1)).toHaveProperty('resolve'));
    const { resolve } = here.said.at(-1) as { resolve: () => void };
    here.plugin('p', slow(3));
    expect(await verdict(here)).toBe('v1');
    await new Promise((done) => setTimeout(done, 50));
    resolve();
    await eventually(async () => expect(await verdict(here)).toBe('v3'));
  });

  it('that adds a file in a new folder makes that folder watched too', async () => {
    const here = world();
    await deep(here);
    here.write('fresh/mark.ts', `export const mark = 'fresh';`);
    here.plugin('p', ASKS, `import { mark } from './fresh/mark.ts';`);
    await eventually(async () => expect(await verdict(here)).toBe('fresh'));
    await eventually(async () => {
      here.write('fresh/mark.ts', `export const mark = 'fresher';`);
      expect(await verdict(here)).toBe('fresher');
    });
  });

  it('of something else in the folder concerns nobody', async () => {
    const here = world();
    const kernel = await deep(here);
    const seen: string[] = [];
    kernel.on('reload', ({ plugin, result }) => void seen.push(`${plugin} ${result}`));
    here.write('lib/other.ts', 'broken {{{');
    here.write('lib/notes.txt', 'x');
    here.write('lib/deep/mark.ts', `export const mark: string = 'v2';`);
    await eventually(async () => expect(await verdict(here)).toBe('v2'));
    expect(seen).toEqual(['p swapped']);
  });
});

describe('a version that does not compile', () => {
  it('is refused; the old one goes on, the row says why, and a save mends it', async () => {
    const here = world();
    const kernel = await deep(here);
    const refused = next(kernel, 'reload');
    here.write('lib/deep/mark.ts', 'export const mark = ;;');
    expect(await refused).toMatchObject({
      plugin: 'p',
      result: 'refused',
      error: { code: 'VP_PLUGIN_SYNTAX', file: here.path('lib/deep/mark.ts') },
    });
    expect(await verdict(here)).toBe('v1');
    expect(kernel.status().plugins.find((one) => one.name === 'p')).toMatchObject({
      state: 'active',
      generation: 1,
      pending: expect.stringContaining('mark.ts:1'),
    });
    here.write('lib/deep/mark.ts', `export const mark: string = 'mended';`);
    await eventually(async () => expect(await verdict(here)).toBe('mended'));
    expect(kernel.status().plugins.find((one) => one.name === 'p')?.pending).toBeNull();
  });

  it('is mended by a file that was not there before', async () => {
    const here = world();
    const kernel = await deep(here);
    const refused = next(kernel, 'reload');
    here.write('lib/index.ts', `export { mark } from './missing.ts';`);
    expect(await refused).toMatchObject({ result: 'refused' });
    here.write('lib/missing.ts', `export const mark = 'found';`);
    await eventually(async () => expect(await verdict(here)).toBe('found'));
  });

  it('is mended in a folder that only the broken version has', async () => {
    const here = world();
    const kernel = await deep(here);
    const refused = next(kernel, 'reload');
    here.write('fresh/mark.ts', 'export const mark = ;;');
    here.plugin('p', ASKS, `import { mark } from './fresh/mark.ts';`);
    expect(await refused).toMatchObject({ result: 'refused' });
    await eventually(async () => {
      here.write('fresh/mark.ts', `export const mark = 'mended';`);
      expect(await verdict(here)).toBe('mended');
    });
  });

  it('because a file is gone is mended when it is back', async () => {
    const here = world();
    const kernel = await deep(here);
    const refused = next(kernel, 'reload');
    rmSync(here.path('lib/deep/mark.ts'));
    expect(await refused).toMatchObject({ result: 'refused' });
    expect(await verdict(here)).toBe('v1');
    here.write('lib/deep/mark.ts', `export const mark: string = 'back';`);
    await eventually(async () => expect(await verdict(here)).toBe('back'));
  });

  it('because a whole folder is gone is mended when it is back', async () => {
    const here = world();
    const kernel = await deep(here);
    const refused = next(kernel, 'reload');
    rmSync(here.path('lib/deep'), { recursive: true });
    expect(await refused).toMatchObject({ result: 'refused' });
    mkdirSync(here.path('lib/deep'));
    await eventually(async () => {
      here.write('lib/deep/mark.ts', `export const mark: string = 'back';`);
      expect(await verdict(here)).toBe('back');
    });
  });
});

describe('a version whose setup fails', () => {
  it.each([
    [
      'throws',
      `setup(ctx) { ctx.setInterval(() => said('tick'), 1); ctx.own('x', () => said('undone')); throw new Error('oh no'); }`,
      /oh no/,
    ],
    [
      'hangs',
      `setup(ctx) { ctx.setInterval(() => said('tick'), 1); ctx.own('x', () => said('undone')); return new Promise(() => undefined); }`,
      /within 50 ms/,
    ],
  ])('because it %s is undone and refused; the old one has not noticed', async (_what, setup, why) => {
    const here = world();
    const v1 = `${says(`'v1'`)}, setup(ctx) { ctx.own('x', () => said('v1 ended')); }`;
    const kernel = await here.start({
      plugins: [here.firer('pre-command'), here.plugin('p', v1)],
      reload: { watch: false },
      deadlines: { setup: 50 },
    });
    here.plugin('p', `${says(`'v2'`)}, ${setup}`);
    const [outcome] = await kernel.reload('p');
    expect(outcome).toMatchObject({ result: 'refused', error: { message: expect.stringMatching(why) } });
    expect(await verdict(here)).toBe('v1');
    expect(here.said).toContain('undone');
    expect(here.said).not.toContain('v1 ended');
    const ticks = here.said.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(here.said).toHaveLength(ticks);
    here.plugin('p', says(`'v3'`));
    expect(await kernel.reload('p')).toMatchObject([{ result: 'swapped' }]);
    expect(await verdict(here)).toBe('v3');
  });

  it('is mended in a folder that only that version has', async () => {
    const here = world();
    const kernel = await deep(here);
    const refused = next(kernel, 'reload');
    here.write('fresh/part.ts', `export const part = () => { throw new Error('not yet'); };`);
    here.plugin('p', `${says(`'v2'`)}, setup() { part(); }`, `import { part } from './fresh/part.ts';`);
    expect(await refused).toMatchObject({ result: 'refused', error: { code: 'VP_SETUP_FAILED' } });
    await eventually(async () => {
      here.write('fresh/part.ts', `export const part = () => undefined;`);
      expect(await verdict(here)).toBe('v2');
    });
  });
});
