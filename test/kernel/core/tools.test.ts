/** The plain tools of the context: stored values, files, environment. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environment, files, keyValue } from '../../../kernel/core/tools.ts';
import { thrown, world } from '../support.ts';

describe('stored values', () => {
  it('are kept as JSON, by plugin, and are there for the next kernel', async () => {
    const here = world();
    const kv = keyValue(here.dir, '@me/p');
    expect([await kv.get('a'), await kv.keys()]).toEqual([undefined, []]);
    await kv.set('a', { deep: [1, null, 'x'] });
    await kv.set('b', false);
    expect(await keyValue(here.dir, '@me/p').get('a')).toEqual({ deep: [1, null, 'x'] });
    expect(await keyValue(here.dir, 'other').keys()).toEqual([]);
    await kv.delete('a');
    await kv.delete('never');
    expect([await kv.get('a'), await kv.keys()]).toEqual([undefined, ['b']]);
  });

  it('are written one after the other, whole', async () => {
    const here = world();
    const kv = keyValue(here.dir, 'p');
    await Promise.all(Array.from({ length: 100 }, (_none, n) => kv.set(`k${n}`, n)));
    expect(await kv.keys()).toHaveLength(100);
    expect(readdirSync(here.path('kv'))).toEqual(['p.json']);
  });

  it('are not lost when two generations write at the same time', async () => {
    const here = world();
    const [old, fresh] = [keyValue(here.dir, 'p'), keyValue(here.dir, 'p')];
    await Promise.all(Array.from({ length: 40 }, (_none, n) => (n % 2 ? old : fresh).set(`k${n}`, n)));
    expect(await old.keys()).toHaveLength(40);
  });

  it('may have any key', async () => {
    const kv = keyValue(world().dir, 'p');
    for (const key of ['__proto__', 'constructor', 'a/b', '']) {
      expect(await kv.get(key)).toBeUndefined();
      await kv.set(key, key);
      expect(await kv.get(key)).toBe(key);
    }
    expect(await kv.keys()).toHaveLength(4);
  });

  it('cannot be what is no JSON', async () => {
    const kv = keyValue(world().dir, 'p');
    for (const value of [undefined, () => 1, Symbol('x'), 1n]) await expect(kv.set('a', value)).rejects.toThrow(TypeError);
    await kv.set('a', 1);
    expect(await kv.get('a')).toBe(1);
  });

  it('are only for this user, and stay inside the state folder', async () => {
    const here = world();
    await keyValue(here.path('home'), '../../escape').set('a', 1);
    expect(readdirSync(here.path('home/kv'))).toEqual(['..%2F..%2Fescape.json']);
    expect(statSync(here.path('home/kv/..%2F..%2Fescape.json')).mode & 0o077).toBe(0);
  });

  it('that cannot be read say which file to mend, and are not overwritten', async () => {
    const here = world();
    here.write('kv/p.json', '{ broken');
    const kv = keyValue(here.dir, 'p');
    expect(await thrown(() => kv.get('a'))).toMatchObject({ code: 'VP_KV_UNREADABLE', file: here.path('kv/p.json'), plugin: 'p' });
    expect(await thrown(() => kv.set('a', 1))).toMatchObject({ code: 'VP_KV_UNREADABLE' });
  });
});

describe('files', () => {
  it('are read, written and listed; relative paths start at the config', async () => {
    const here = world();
    mkdirSync(here.path('base'));
    const fs = files(here.path('base'));
    await fs.writeText('a.txt', 'hällo');
    expect([await fs.readText(here.path('base/a.txt')), await fs.list('.')]).toEqual(['hällo', ['a.txt']]);
    await expect(fs.readText('nowhere')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the environment', () => {
  it('is asked one variable at a time', () => {
    expect([environment({ A: 'x' }).get('A'), environment({}).get('A')]).toEqual(['x', undefined]);
  });
});

describe('the context', () => {
  it('hands out these tools, frozen', async () => {
    const here = world();
    here.write('data.txt', 'read');
    const p = here.plugin(
      'p',
      `async setup(ctx) {
      await ctx.kv.set('n', 1);
      said(await ctx.kv.get('n'), await ctx.fs.readText('data.txt'), ctx.env.get('ONE'), ctx.name, ctx.home, Object.isFrozen(ctx), typeof ctx.fetch);
    }`,
    );
    await here.start({ plugins: [p] }, { env: { ONE: '1' } });
    expect(here.said).toEqual([1, 'read', '1', 'p', here.path('.home'), true, 'function']);
  });
});
