/** Plugins that ask for a restart: the old version stops before the new one starts. */
import { describe, expect, it } from 'vitest';
import { world } from '../support.ts';

const body = (n: number, setup = ''): string => `version: '${n}.0.0', reload: 'restart', setup(ctx) {
  said('+${n}', ctx.previous);
  ctx.snapshot(() => ({ from: ${n} }));
  ctx.own('x', () => said('-${n}'));
  ${setup}
}`;
const from = (n: number) => ({ version: `${n}.0.0`, state: { from: n } });

describe('a restart', () => {
  it('ends the old version, then sets the new one up with what the old one handed over', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.plugin('p', body(1))], reload: { watch: false } });
    here.plugin('p', body(2));
    expect(await kernel.reload('p')).toEqual([{ plugin: 'p', result: 'restarted', generation: 2 }]);
    expect(here.said).toEqual(['+1', undefined, '-1', '+2', from(1)]);
  });

  it('that fails sets the old version up again', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.plugin('p', body(1))], reload: { watch: false } });
    here.plugin('p', body(2, `throw new Error('oh no');`));
    expect(await kernel.reload('p')).toMatchObject([{ result: 'refused' }]);
    expect(here.said).toEqual(['+1', undefined, '-1', '+2', from(1), '-2', '+1', from(1)]);
    expect(kernel.status().plugins).toMatchObject([{ state: 'active', version: '1.0.0', pending: expect.stringContaining('oh no') }]);
  });

  it('does not stop the old version for one that does not even load', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.plugin('p', body(1))], reload: { watch: false } });
    here.write('p.ts', 'broken {{');
    expect(await kernel.reload('p')).toMatchObject([{ result: 'refused' }]);
    expect(here.said).toEqual(['+1', undefined]);
  });

  it('is also how a version is replaced that asked for it, and one that begins to', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [here.plugin('p', body(1))], reload: { watch: false } });
    here.plugin('p', `setup() { said('swap'); }`);
    expect(await kernel.reload('p')).toMatchObject([{ result: 'restarted' }]);
    here.plugin('p', body(3));
    expect(await kernel.reload('p')).toMatchObject([{ result: 'restarted' }]);
    expect(here.said.filter((one) => typeof one === 'string')).toEqual(['+1', '-1', 'swap', '+3']);
  });

  it('that is asked for by new options sets up the same code', async () => {
    const here = world();
    const entry = here.plugin(
      'p',
      `reload: 'restart', setup(ctx) { said('+' + ctx.config.n); ctx.own('x', () => said('-' + ctx.config.n)); }`,
    );
    const config = (n: number): string =>
      `export default ${JSON.stringify({ plugins: [{ ...entry, config: { n } }], reload: { watch: false } })}`;
    here.write('vp.config.ts', config(1));
    const kernel = await here.start('vp.config.ts');
    here.write('vp.config.ts', config(2));
    await kernel.reload();
    expect(here.said).toEqual(['+1', '-1', '+2']);
  });
});
