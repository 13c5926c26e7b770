/** What bad input gets: a code, a file, what to do, and nothing started. */
import { isVpError } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { eventually, thrown, world, type World } from '../support.ts';

type Entry = string | { use: string; trust?: 'kernel'; config?: Record<string, unknown> };

/** Starts a config of these plugins behind one that says that it started and ended. */
async function refused(here: World, plugins: readonly Entry[], more: object = {}) {
  const first = here.plugin('first', `setup(ctx) { said('up'); ctx.own('x', () => said('down')); }`);
  here.write('vp.config.ts', `export default ${JSON.stringify({ plugins: [first, ...plugins], ...more })};`);
  const kernel = here.kernel('vp.config.ts');
  const error = await thrown(() => kernel.start());
  expect(kernel.status().plugins.every((one) => one.state === 'stopped' && one.owns.length === 0)).toBe(true);
  expect(kernel.status().state).toBe('stopped');
  if (here.said.length > 0) expect(here.said).toEqual(['up', 'down']);
  expect(isVpError(error) && error.hint).toBeTruthy();
  expect(error.file).toMatch(here.dir);
  return error;
}

describe('plugins that cannot be loaded', () => {
  it.each<[string, (here: World) => Entry, object]>([
    ['a file that is not there', () => ({ use: './nowhere.ts', trust: 'kernel' }), { code: 'VP_PLUGIN_NOT_FOUND', file: /nowhere\.ts$/ }],
    [
      'a package that is not there',
      () => 'vp-no-such-package',
      { code: 'VP_PLUGIN_NOT_FOUND', file: /vp\.config\.ts$/, message: /"vp-no-such-package"/ },
    ],
    [
      'code that nobody trusts',
      (w) => ({ use: w.plugin('x', '').use }),
      { code: 'VP_TRUST_NEEDED', message: /x\.ts/, hint: /trust: "kernel"/ },
    ],
    [
      'broken syntax',
      (w) => (w.write('x.ts', 'export default {\n  name: "x",,\n};'), { use: './x.ts', trust: 'kernel' }),
      { code: 'VP_PLUGIN_SYNTAX', file: /x\.ts$/, message: /x\.ts:2:13/ },
    ],
    [
      'an import that is not there',
      (w) => (w.write('x.ts', 'import "./gone.ts";'), { use: './x.ts', trust: 'kernel' }),
      { code: 'VP_PLUGIN_SYNTAX', message: /gone\.ts/ },
    ],
    [
      'a module that throws',
      (w) => (w.write('x.ts', 'throw new Error("oh no");'), { use: './x.ts', trust: 'kernel' }),
      { code: 'VP_PLUGIN_EVALUATION', message: /oh no/, file: /x\.ts$/ },
    ],
    [
      'no default export',
      (w) => (w.write('x.ts', 'export const a = 1;'), { use: './x.ts', trust: 'kernel' }),
      { code: 'VP_PLUGIN_NO_DEFAULT', file: /x\.ts$/ },
    ],
    [
      'a default export that is no plugin',
      (w) => (w.write('x.ts', 'export default () => 1;'), { use: './x.ts', trust: 'kernel' }),
      { code: 'VP_PLUGIN_NO_DEFAULT' },
    ],
    [
      'an unknown key in its manifest',
      (w) => w.plugin('x', 'surprise: 1'),
      { code: 'VP_MANIFEST_INVALID', message: /\/surprise/, file: /x\.ts$/ },
    ],
    ['a name that is none', (w) => w.plugin('Bad Name', ''), { code: 'VP_MANIFEST_INVALID', message: /\/name/ }],
    [
      'a schema of options that is none',
      (w) => w.plugin('x', `config: { type: 'thing' }`),
      { code: 'VP_MANIFEST_INVALID', message: /\/config/, file: /x\.ts$/ },
    ],
  ])('%s', async (_what, entry, expected: { code?: string; file?: RegExp; message?: RegExp; hint?: RegExp }) => {
    const here = world();
    const error = await refused(here, [entry(here)]);
    expect(error.code).toBe(expected.code);
    if (expected.file) expect(error.file).toMatch(expected.file);
    if (expected.message) expect(error.message).toMatch(expected.message);
    if (expected.hint) expect(error.hint).toMatch(expected.hint);
    expect(here.said).toEqual([]);
  });

  it('a plugin.json that is not JSON, not valid, or says another name', async () => {
    const here = world();
    here.write('pack/package.json', '{"name":"pack","version":"1.2.3"}');
    here.write('pack/index.ts', here.source('pack', ''));
    for (const [text, code] of [
      ['{', 'VP_MANIFEST_INVALID'],
      ['{"name":"pack","entry":3}', 'VP_MANIFEST_INVALID'],
      ['{"name":"other","entry":"./index.ts"}', 'VP_MANIFEST_NAME'],
    ] as const) {
      here.write('pack/plugin.json', text);
      expect(await refused(here, [{ use: './pack', trust: 'kernel' }])).toMatchObject({ code, file: expect.stringContaining('/pack/') });
    }
    here.write('pack/plugin.json', '{"name":"pack","entry":"./index.ts"}');
    const kernel = await here.start({ plugins: [{ use: './pack', trust: 'kernel' }] });
    expect(kernel.status().plugins).toMatchObject([{ name: 'pack', version: '1.2.3' }]);
  });

  it('options that do not fit, with the path in them and the config file', async () => {
    const here = world();
    const entry = here.plugin('x', `config: { type: 'object', additionalProperties: false, properties: { n: { type: 'integer' } } }`);
    const error = await refused(here, [{ ...entry, config: { n: 'many', m: 1 } }]);
    expect(error).toMatchObject({ code: 'VP_OPTIONS_INVALID', plugin: 'x', file: here.path('vp.config.ts') });
    expect(error.message).toMatch(/\/n: expected an integer, found "many"/);
    expect(error.message).toMatch(/\/m/);
  });

  it('two plugins of one name', async () => {
    const here = world();
    here.write('copy.ts', here.source('x', ''));
    const error = await refused(here, [here.plugin('x', ''), { use: './copy.ts', trust: 'kernel' }]);
    expect(error).toMatchObject({ code: 'VP_PLUGIN_DUPLICATE', message: expect.stringMatching(/x\.ts and .*copy\.ts/) });
  });
});

describe('plugins that do not fit together', () => {
  it.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
    [
      'a circle',
      { a: `needs: ['b@1'], provides: ['a@1']`, b: `needs: ['c@1'], provides: ['b@1']`, c: `needs: ['a@1'], provides: ['c@1']` },
      'VP_GRAPH_CYCLE',
      /a -> b -> c -> a/,
    ],
    [
      'two providers of one service',
      { a: `provides: ['s@1']`, b: `provides: ['s@1']` },
      'VP_GRAPH_PROVIDERS',
      /s@1 has two providers: a and b/,
    ],
    ['a service that nobody provides', { a: `needs: ['s@1']` }, 'VP_GRAPH_MISSING', /"a" needs the service s@1/],
    ['another major version', { a: `needs: ['s@2']`, b: `provides: ['s@1']` }, 'VP_GRAPH_MISSING', /s@2/],
    ['two that fire one hook', { a: `fires: ['pre-spawn']`, b: `fires: ['pre-spawn']` }, 'VP_HOOK_FIRERS', /a and b/],
    [
      'three that fire budget-check',
      { a: `fires: ['budget-check']`, b: `fires: ['budget-check']`, c: `fires: ['budget-check']` },
      'VP_HOOK_FIRERS',
      /b and c/,
    ],
  ])('%s', async (_what, plugins, code, message) => {
    const here = world();
    const error = await refused(
      here,
      Object.entries(plugins).map(([name, body]) => here.plugin(name, body)),
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), file: expect.stringMatching(/\/[abc]\.ts$/) });
    expect(here.said).toEqual([]);
  });

  it('a required plugin that is not in the config', async () => {
    const here = world();
    expect(await refused(here, [], { required: ['nobody'] })).toMatchObject({
      code: 'VP_REQUIRED_UNKNOWN',
      path: '/required',
      file: here.path('vp.config.ts'),
    });
  });
});

describe('a setup that fails', () => {
  it.each<[string, string, string, RegExp]>([
    ['throws', `setup() { throw new Error('oh no'); }`, 'VP_SETUP_FAILED', /"x" failed: oh no/],
    ['rejects', `async setup() { throw new Error('oh no'); }`, 'VP_SETUP_FAILED', /oh no/],
    ['throws nothing', `setup() { throw undefined; }`, 'VP_SETUP_FAILED', /undefined/],
    ['never ends', `setup() { return new Promise(() => undefined); }`, 'VP_SETUP_TIMEOUT', /within 30 ms/],
    ['taps an unknown hook', `setup(ctx) { ctx.hook('pre-lunch', () => undefined); }`, 'VP_HOOK_UNKNOWN', /"pre-lunch"/],
    ['has an unknown hook', `hooks: { 'pre-lunch'() {} }`, 'VP_HOOK_UNKNOWN', /"pre-lunch"/],
    ['has a tap that is no function', `hooks: { 'pre-spawn': 3 }`, 'VP_HOOK_NOT_FUNCTION', /pre-spawn/],
    ['has a handler that is no function', `hooks: { 'pre-spawn': { order: 'pre' } }`, 'VP_HOOK_NOT_FUNCTION', /pre-spawn/],
    ['comes after an unknown name', `hooks: { 'pre-spawn': { after: ['nobody'], handler() {} } }`, 'VP_AFTER_UNKNOWN', /"nobody"/],
    ['provides nothing of what it said', `provides: ['s@1']`, 'VP_SERVICE_MISSING', /s@1/],
    ['uses a service unsaid', `setup(ctx) { ctx.use(defineService('s', { version: 1, methods: {} })); }`, 'VP_SERVICE_UNDECLARED', /s@1/],
    [
      'provides a service unsaid',
      `setup(ctx) { ctx.provide(defineService('s', { version: 1, methods: {} }), {}); }`,
      'VP_SERVICE_UNDECLARED',
      /s@1/,
    ],
    [
      'leaves a method out',
      `provides: ['s@1'], setup(ctx) { ctx.provide(defineService('s', { version: 1, methods: { go: {} } }), { go: 1 }); }`,
      'VP_SERVICE_INCOMPLETE',
      /without the method go/,
    ],
  ])('because it %s stops what had started', async (_what, body, code, message) => {
    const here = world();
    const error = await refused(here, [here.plugin('x', body)], { deadlines: { setup: 30 } });
    expect(error).toMatchObject({ code, plugin: 'x', file: here.path('x.ts'), message: expect.stringMatching(message) });
    expect(here.said).toEqual(['up', 'down']);
  });

  it('keeps the cause', async () => {
    const here = world();
    const error = await refused(here, [here.plugin('x', `setup() { throw new TypeError('deep'); }`)]);
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'deep' });
  });

  it('lets no kernel be started again', async () => {
    const here = world();
    const kernel = await here.start({ plugins: [] });
    expect(await thrown(() => kernel.start())).toMatchObject({ code: 'VP_KERNEL_STATE' });
    await kernel.stop();
    expect(await thrown(() => kernel.start())).toMatchObject({ code: 'VP_KERNEL_STATE' });
    expect(await thrown(() => kernel.reload())).toMatchObject({ code: 'VP_KERNEL_STATE' });
  });
});

describe('a stop while the kernel starts', () => {
  it('stops after the plugin that is being set up, and start says so', async () => {
    const here = world();
    const slow = here.plugin(
      'slow',
      `async setup(ctx) { ctx.own('x', () => said('ended')); await new Promise((resolve) => said({ resolve })); }`,
    );
    const kernel = here.kernel({ plugins: [slow, here.plugin('later', `setup() { said('later'); }`)] });
    const started = thrown(() => kernel.start());
    await eventually(() => expect(here.said).toHaveLength(1));
    const stopped = kernel.stop();
    (here.said[0] as { resolve: () => void }).resolve();
    expect(await started).toMatchObject({ code: 'VP_KERNEL_STATE' });
    await stopped;
    expect(here.said.slice(1)).toEqual(['ended']);
    expect(kernel.status().state).toBe('stopped');
  });
});

describe('a kernel without plugins', () => {
  it('starts and does nothing', async () => {
    const kernel = await world().start({});
    expect(kernel.status()).toMatchObject({ state: 'ready', plugins: [], staged: [] });
    expect(await kernel.reload()).toEqual([]);
    expect(await thrown(() => kernel.reload('x'))).toMatchObject({ code: 'VP_PLUGIN_UNKNOWN', hint: expect.stringContaining('none') });
    await kernel.stop();
    await kernel.stop();
    expect(kernel.status().state).toBe('stopped');
  });
});
