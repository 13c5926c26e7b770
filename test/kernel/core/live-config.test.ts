/** Edits of the config while the kernel runs. */
import { preCommand } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually, next, world, type World } from '../support.ts';

interface Given {
  use: string;
  trust?: 'kernel';
  config?: Record<string, unknown>;
  shadow?: boolean;
}

const OPTIONS = `config: { type: 'object', additionalProperties: false, properties: { n: { type: 'integer', default: 0 } } }`;
const noting = (name: string, more = ''): string =>
  `${OPTIONS}, ${more} setup(ctx) { said('+${name} ' + ctx.config.n); ctx.own('x', () => said('-${name}')); }`;

function configure(here: World, plugins: readonly Given[], more: object = {}): void {
  here.save(
    'vp.config.ts',
    `import { defineConfig } from '@vp/sdk';\nexport default defineConfig(${JSON.stringify({ plugins, reload: { debounceMs: 10 }, ...more })});`,
  );
}

describe('an edit of the config', () => {
  it("of one plugin's options concerns that plugin only", async () => {
    const here = world();
    const [a, b] = [here.plugin('a', noting('a')), here.plugin('b', noting('b'))];
    configure(here, [a, b]);
    const kernel = await here.start('vp.config.ts');
    const applied = next(kernel, 'config-applied');
    configure(here, [a, { ...b, config: { n: 7 } }]);
    expect(await applied).toMatchObject({ plugins: [{ use: './a.ts' }, { use: './b.ts', config: { n: 7 } }] });
    expect(here.said).toEqual(['+a 0', '+b 0', '+b 7', '-b']);
    expect(kernel.status().plugins).toMatchObject([
      { name: 'a', generation: 1 },
      { name: 'b', generation: 2 },
    ]);
  });

  it('adds and removes plugins', async () => {
    const here = world();
    const [a, b] = [here.plugin('a', noting('a')), here.plugin('b', noting('b'))];
    configure(here, [a]);
    const kernel = await here.start('vp.config.ts');
    const added = next(kernel, 'config-applied');
    configure(here, [a, b]);
    await added;
    expect(kernel.status().plugins.map((one) => one.name)).toEqual(['a', 'b']);
    const removed = next(kernel, 'config-applied');
    configure(here, [b]);
    await removed;
    expect(kernel.status().plugins.map((one) => one.name)).toEqual(['b']);
    expect(here.said).toEqual(['+a 0', '+b 0', '-a']);
  });

  it('watches what a new plugin is made of', async () => {
    const here = world();
    configure(here, []);
    const kernel = await here.start('vp.config.ts');
    here.write('elsewhere/late.ts', here.source('late', noting('late 1')));
    configure(here, [{ use: './elsewhere/late.ts', trust: 'kernel' }]);
    await eventually(() => expect(kernel.status().plugins).toHaveLength(1));
    await eventually(() => {
      here.write('elsewhere/late.ts', here.source('late', noting('late 2')));
      expect(here.said).toContain('+late 2 0');
    });
  });

  it('may put several plugins in at once that come after each other and use each other', async () => {
    const here = world();
    const ref = `const s = defineService('s', { version: 1, methods: { go: {} } });`;
    const user = here.plugin('user', `needs: ['s@1'], setup(ctx) { const f = ctx.use(s); ctx.onActivate(() => said(f.go())); }`, ref);
    const first = here.plugin('first', `hooks: { 'pre-command': { after: ['second'], handler: () => ask('first') } }`);
    const second = here.plugin(
      'second',
      `provides: ['s@1'], hooks: { 'pre-command': () => ask('second') }, setup(ctx) { ctx.provide(s, { go: () => 'went' }); }`,
      ref,
    );
    configure(here, [here.firer('pre-command')]);
    const kernel = await here.start('vp.config.ts');
    const applied = next(kernel, 'config-applied');
    configure(here, [here.firer('pre-command'), user, first, second]);
    await applied;
    expect((await here.fire('pre-command', preCommand())).map((one) => one.reason)).toEqual(['second', 'first']);
    expect(here.said).toContain('went');
  });

  it('moves a service from one plugin to another, and its users follow', async () => {
    const here = world();
    const ref = `const s = defineService('s', { version: 1, methods: { who: {} } });`;
    const offers = (name: string): Given =>
      here.plugin(name, `provides: ['s@1'], setup(ctx) { ctx.provide(s, { who: () => '${name}' }); }`, ref);
    const user = here.plugin('user', `needs: ['s@1'], setup(ctx) { said({ s: ctx.use(s) }); }`, ref);
    configure(here, [user, offers('one')]);
    const kernel = await here.start('vp.config.ts');
    const { s } = here.said[0] as { s: { who(): string } };
    const applied = next(kernel, 'config-applied');
    configure(here, [user, offers('two')]);
    await applied;
    expect([s.who(), here.said.length]).toEqual(['two', 1]);
  });

  it('changes deadlines for the calls that come', async () => {
    const here = world();
    const slow = here.plugin('slow', `hooks: { 'pre-command': () => new Promise(() => undefined) }`);
    configure(here, [here.firer('pre-command'), slow], { deadlines: { 'pre-command': 15 } });
    const kernel = await here.start('vp.config.ts');
    expect((await here.fire('pre-command', preCommand()))[0]?.reason).toMatch('15 ms');
    const applied = next(kernel, 'config-applied');
    configure(here, [here.firer('pre-command'), slow], { deadlines: { 'pre-command': 25 } });
    await applied;
    expect((await here.fire('pre-command', preCommand()))[0]?.reason).toMatch('25 ms');
  });

  it('turns a plugin to shadow and back', async () => {
    const here = world();
    const p = here.plugin('p', `hooks: { 'pre-command': () => ask('p') }`);
    configure(here, [here.firer('pre-command'), p]);
    const kernel = await here.start('vp.config.ts');
    for (const [shadow, count] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const applied = next(kernel, 'config-applied');
      configure(here, [here.firer('pre-command'), { ...p, shadow }]);
      await applied;
      expect(await here.fire('pre-command', preCommand())).toHaveLength(count);
    }
  });
});

describe('an edit of the config together with the plugin that it is for', () => {
  it('is applied, whichever of both would not have been valid with the old one', async () => {
    const here = world();
    const accepts = (name: string): string =>
      `config: { type: 'object', additionalProperties: false, properties: { ${name}: {} } }, setup(ctx) { said(ctx.config); }`;
    const entry = here.plugin('p', accepts('a'));
    configure(here, [{ ...entry, config: {} }], { reload: { watch: false } });
    const kernel = await here.start('vp.config.ts');
    here.plugin('p', accepts('b'));
    configure(here, [{ ...entry, config: { b: 2 } }], { reload: { watch: false } });
    await kernel.reload();
    expect(here.said.at(-1)).toEqual({ b: 2 });
  });
});

describe('an edit that is not valid', () => {
  it.each<[string, (here: World) => [readonly Given[], object], string]>([
    ['a wrong type', () => [[], { deadlines: { setup: 'soon' } }], 'VP_CONFIG_INVALID'],
    ['an unknown plugin', () => [[{ use: './nowhere.ts' }], {}], 'VP_PLUGIN_NOT_FOUND'],
    ['code without trust', (here) => [[{ use: here.plugin('x', '').use }], {}], 'VP_TRUST_NEEDED'],
    ['options that do not fit', (here) => [[{ ...here.plugin('a', noting('a')), config: { n: 'x' } }], {}], 'VP_OPTIONS_INVALID'],
    ['a required plugin that is gone', () => [[], { required: ['a'] }], 'VP_REQUIRED_UNKNOWN'],
    [
      'a plugin whose setup throws',
      (here) => [[here.plugin('a', noting('a')), here.plugin('x', `setup() { throw new Error('no'); }`)], {}],
      'VP_SETUP_FAILED',
    ],
    [
      'a plugin after one that is taken out',
      (here) => [[here.plugin('c', `hooks: { 'pre-command': { after: ['a'], handler() {} } }`)], {}],
      'VP_AFTER_UNKNOWN',
    ],
    ['a service that is needed and taken out', (here) => [[here.plugin('x', `needs: ['s@1']`)], {}], 'VP_GRAPH_MISSING'],
  ])('because of %s changes nothing and says why', async (_what, edit, code) => {
    const here = world();
    const a = here.plugin('a', noting('a'));
    configure(here, [a, here.plugin('b', noting('b'))], { deadlines: { drain: 123 } });
    const kernel = await here.start('vp.config.ts');
    const rejected = next(kernel, 'config-rejected');
    const [plugins, more] = edit(here);
    const isTwo = plugins.length === 2;
    configure(here, isTwo ? [{ ...a, config: { n: 5 } }, ...plugins.slice(1)] : plugins, more);
    expect(await rejected).toMatchObject({ error: { code, hint: expect.any(String), file: expect.stringContaining(here.dir) } });
    expect(kernel.config).toMatchObject({ deadlines: { drain: 123 } });
    expect(kernel.status().plugins).toMatchObject([
      { name: 'a', state: 'active', generation: 1 },
      { name: 'b', state: 'active' },
    ]);
    expect(here.said.filter((one) => one !== '+a 5' && one !== '-a')).toEqual(['+a 0', '+b 0']);
    const applied = next(kernel, 'config-applied');
    configure(here, [a]);
    await applied;
    expect(kernel.status().plugins.map((one) => one.name)).toEqual(['a']);
  });

  it('because of broken syntax is mended by the next save, also of a file that was missing', async () => {
    const here = world();
    configure(here, []);
    const kernel = await here.start('vp.config.ts');
    const rejected = next(kernel, 'config-rejected');
    here.save(
      'vp.config.ts',
      `import { drain } from './parts/drain.ts'; import { setup } from './setup.ts'; export default { deadlines: { drain, setup }, reload: { debounceMs: 10 } };`,
    );
    expect(await rejected).toMatchObject({ error: { code: 'VP_CONFIG_UNREADABLE' } });
    here.write('parts/drain.ts', 'export const drain = 77;');
    here.write('setup.ts', 'export const setup = 78;');
    await eventually(() => expect(kernel.config).toMatchObject({ deadlines: { drain: 77, setup: 78 } }));
  });
});
