/** Reloads while hooks are called all the time. */
import { preCommand } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { world, type World } from '../support.ts';

const CALLS = 100_000;
const AT_ONCE = 200;

/** A version whose mark is in two files, and whose two taps each say both. */
function write(here: World, n: number): { use: string; trust: 'kernel' } {
  here.write('a.ts', `export const a = 'v${n}';`);
  here.write('b.ts', `export const b = 'v${n}';`);
  const body = `hooks: { 'pre-command'() { return ask(a + ' ' + b); } }, setup(ctx) {
    ctx.hook('pre-command', async () => { await undefined; return ask(a + ' ' + b); }, { order: 'post' });
    ctx.own('x', () => said('ended ${n}'));
  }`;
  return here.plugin('p', body, `import { a } from './a.ts'; import { b } from './b.ts';`);
}

describe('reloads during 100,000 hook calls', () => {
  it('lose none, and each call sees one whole version', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.firer('pre-command'), write(here, 1)], required: ['p'], reload: { watch: false } });
    const seen = new Map<string, number>();
    const odd: unknown[] = [];
    const call = async (): Promise<void> => {
      const found = await here.fire('pre-command', preCommand());
      const reasons = found.map((one) => one.reason);
      const [a, b] = (reasons[0] ?? '').split(' ');
      if (reasons.length !== 2 || reasons[0] !== reasons[1] || a !== b) odd.push(found);
      seen.set(reasons[0] ?? '', (seen.get(reasons[0] ?? '') ?? 0) + 1);
    };
    let isOver = false;
    let version = 1;
    const reloads = (async () => {
      while (!isOver) {
        write(here, (version += 1));
        expect(await kernel.reload('p')).toMatchObject([{ result: 'swapped' }]);
      }
    })();
    for (let done = 0; done < CALLS; done += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, call));
      // Lets the reload get on.
      await new Promise((resolve) => setImmediate(resolve));
    }
    isOver = true;
    await reloads;
    expect(odd).toEqual([]);
    expect([...seen.values()].reduce((sum, n) => sum + n, 0)).toBe(CALLS);
    expect(seen.size).toBeGreaterThan(3);
    expect(here.said.filter((one) => typeof one === 'string')).toEqual(Array.from({ length: version - 1 }, (_none, n) => `ended ${n + 1}`));
  });

  it('end an old version only when its last call has ended', async () => {
    const here = world();
    const body = (n: number): string =>
      `hooks: { async 'pre-command'() { const held = new Promise((resolve) => said({ resolve })); await held; return ask('v${n}'); } }, setup(ctx) { ctx.own('x', () => said('ended ${n}')); }`;
    const kernel = await here.start({
      plugins: [here.firer('pre-command'), here.plugin('p', body(1))],
      deadlines: { 'pre-command': 60_000 },
      reload: { watch: false },
    });
    const call = here.fire('pre-command', preCommand());
    here.plugin('p', body(2));
    const reloaded = kernel.reload('p');
    while (kernel.status().plugins.find((one) => one.name === 'p')?.generation === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(here.said).not.toContain('ended 1');
    (here.said.at(-1) as { resolve: () => void }).resolve();
    expect(await call).toMatchObject([{ reason: 'v1' }]);
    await reloaded;
    expect(here.said).toContain('ended 1');
  });
});
