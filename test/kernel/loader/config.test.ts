/** The config: found, read in every spelling, checked, overridden. */
import { chmodSync, mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findConfig, loadConfig } from '../../../kernel/loader/config.ts';
import { thrown, world } from '../support.ts';

const context = { env: {}, auto: 'outside-workspaces' } as const;

describe('a config file', () => {
  it.each([
    [
      'vp.config.ts',
      `import { defineConfig } from '@vp/sdk'; import { level } from './level.ts'; const made: string = level; export default defineConfig({ log: { level: made } });`,
    ],
    ['vp.config.js', `module.exports.default = { log: { level: 'warn' } };`],
    ['vp.config.mjs', `export default { log: { level: 'warn' } };`],
    ['vp.config.json', `{ "log": { "level": "warn" } }`],
    ['vp.config.yaml', `log:\n  level: warn\n`],
    ['package.json', `{ "name": "x", "vp": { "log": { "level": "warn" } } }`],
  ])('may be %s', async (name, text) => {
    const here = world();
    here.write('level.ts', `export const level = 'warn';`);
    const file = here.write(name, text);
    expect(await findConfig(here.dir)).toBe(file);
    const config = await loadConfig(file, context);
    expect(config).toMatchObject({ log: { level: 'warn' }, file, baseDir: here.dir, origins: { '/log/level': file } });
    expect(config.inputs).toEqual(name === 'vp.config.ts' ? expect.arrayContaining([file, here.path('level.ts')]) : [file]);
  });

  it('that says nothing gives the defaults', async () => {
    const here = world();
    for (const [name, text] of [
      ['a.ts', ''],
      ['b.yaml', ''],
      ['c.json', '{}'],
    ] as const) {
      expect(await loadConfig(here.write(name, text), context)).toMatchObject({
        plugins: [],
        required: [],
        log: { level: 'info' },
        deadlines: { 'pre-command': 250, setup: 10_000 },
        reload: { watch: true, auto: 'outside-workspaces' },
      });
    }
  });

  it('may name plugins in any spelling; one that is not enabled is left out', async () => {
    const here = world();
    const file = here.write(
      'vp.config.json',
      JSON.stringify({ plugins: ['a', ['b', { x: 1 }], { use: 'c', trust: 'kernel', shadow: true }, { use: 'd', enabled: false }] }),
    );
    const { plugins } = await loadConfig(file, context);
    expect(plugins).toEqual([
      { use: 'a', config: {}, shadow: false, origin: file },
      { use: 'b', config: { x: 1 }, shadow: false, origin: file },
      { use: 'c', config: {}, shadow: true, trust: 'kernel', origin: file },
    ]);
  });

  it.each([
    ['a wrong type', { deadlines: { setup: 'soon' } }, '/deadlines/setup', /expected an integer, found "soon"/],
    ['an unknown key', { plugin: [] }, '/plugin', /one of the keys .*plugins/],
    ['an unknown key below', { log: { colour: true } }, '/log/colour', /one of the keys/],
    ['an unknown hook in the deadlines', { deadlines: { 'pre-lunch': 1 } }, '/deadlines/pre-lunch', /pre-command/],
    ['a plugin that is a number', { plugins: [3] }, '/plugins/0', /found 3/],
    ['a plugin without use', { plugins: [{ config: {} }] }, '/plugins/0', /expected a package name, a path/],
    ['a value that is none of the choices', { reload: { auto: 'always' } }, '/reload/auto', /"never"/],
  ])('with %s says file, path and expectation', async (_what, value, path, message) => {
    const here = world();
    const file = here.write('vp.config.json', JSON.stringify(value));
    const error = await thrown(() => loadConfig(file, context));
    expect(error).toMatchObject({ code: 'VP_CONFIG_INVALID', file, path });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${path}: expected`);
    expect(error.hint).toMatch(/nothing was started/);
  });

  it('that holds what is no data is not valid', async () => {
    const here = world();
    const file = here.write('vp.config.ts', `export default { plugins: [() => 1] };`);
    expect(await thrown(() => loadConfig(file, context))).toMatchObject({ code: 'VP_CONFIG_INVALID', path: '/plugins/0' });
    expect(await thrown(() => loadConfig(here.write('x.ts', 'export default 7;'), context))).toMatchObject({ code: 'VP_CONFIG_INVALID' });
    expect(await thrown(() => loadConfig(file, { ...context, env: { VP_LOG_LEVEL: 'warn' } }))).toMatchObject({
      code: 'VP_CONFIG_INVALID',
    });
    expect(await thrown(() => loadConfig(here.path('x.ts'), { ...context, env: { VP_LOG_LEVEL: 'warn' } }))).toMatchObject({
      code: 'VP_CONFIG_INVALID',
    });
  });

  it.each([
    ['broken TypeScript', 'vp.config.ts', 'export default {{', /vp\.config\.ts:1/],
    ['a throw', 'vp.config.ts', 'throw new Error("oh no")', /oh no/],
    ['broken JSON', 'vp.config.json', '{', /JSON/],
    ['broken YAML', 'vp.config.yaml', 'a: [', /./],
  ])('with %s cannot be loaded', async (_what, name, text, message) => {
    const here = world();
    const file = here.write(name, text);
    const error = await thrown(() => loadConfig(file, context));
    expect(error).toMatchObject({ code: 'VP_CONFIG_UNREADABLE', file, message: expect.stringMatching(message) });
    expect(error.cause).toBeDefined();
  });

  it('that is a folder, is not there, or cannot be read says so', async () => {
    const here = world();
    expect(await thrown(() => loadConfig(here.path('gone.ts'), context))).toMatchObject({
      code: 'VP_CONFIG_MISSING',
      file: here.path('gone.ts'),
    });
    mkdirSync(here.path('dir.json'));
    expect(await thrown(() => loadConfig(here.path('dir.json'), context))).toMatchObject({
      code: 'VP_CONFIG_UNREADABLE',
      file: here.path('dir.json'),
    });
    const file = here.write('secret.json', '{}');
    chmodSync(file, 0);
    if (process.getuid?.() === 0) return; // root reads everything
    expect(await thrown(() => loadConfig(file, context))).toMatchObject({ code: 'VP_CONFIG_UNREADABLE', file });
  });
});

describe('the search', () => {
  it('takes the nearest file, and does not climb above the root of the repository', async () => {
    const here = world();
    const above = here.write('vp.config.json', '{}');
    mkdirSync(here.path('repo/.git'), { recursive: true });
    mkdirSync(here.path('repo/deep/er'), { recursive: true });
    expect(await findConfig(here.path('repo/deep/er'))).toBeUndefined();
    const atRoot = here.write('repo/vp.config.yaml', '');
    expect(await findConfig(here.path('repo/deep/er'))).toBe(atRoot);
    const near = here.write('repo/deep/vp.config.ts', 'export default {};');
    expect(await findConfig(here.path('repo/deep/er'))).toBe(near);
    expect(await findConfig(here.dir)).toBe(above);
  });

  it('knows a worktree, whose .git is a file', async () => {
    const here = world();
    here.write('vp.config.json', '{}');
    here.write('tree/.git', 'gitdir: elsewhere');
    expect(await findConfig(here.path('tree'))).toBeUndefined();
  });

  it('does not climb at all outside a repository', async () => {
    const here = world();
    here.write('vp.config.json', '{}');
    mkdirSync(here.path('sub'));
    expect(await findConfig(here.path('sub'))).toBeUndefined();
  });

  it('passes over a package.json that says nothing of vp, and runs no code', async () => {
    const here = world();
    here.write('package.json', '{"name":"x"}');
    expect(await findConfig(here.dir)).toBeUndefined();
    here.write('vp.config.ts', 'throw new Error("was run");');
    expect(await findConfig(here.dir)).toBe(here.path('vp.config.ts'));
  });
});

describe('environment variables', () => {
  it('win over the file, which wins over defaults; origins tell', async () => {
    const here = world();
    const file = here.write('vp.config.json', JSON.stringify({ log: { level: 'warn' }, health: { heartbeatMs: 5_000 } }));
    const config = await loadConfig(file, { ...context, env: { VP_LOG_LEVEL: 'error', ORCHESTRATOR_VERBOSE: 'false' } });
    expect(config).toMatchObject({ log: { level: 'error' }, health: { heartbeatMs: 5_000 }, deadlines: { drain: 10_000 } });
    expect(config.origins).toMatchObject({ '/log/level': 'env VP_LOG_LEVEL', '/health/heartbeatMs': file });
    expect((await loadConfig(file, { ...context, env: { VP_LOG_LEVEL: '' } })).log.level).toBe('warn');
    expect(await loadConfig(file, { ...context, env: { DAEMON_HEARTBEAT_INTERVAL: '700', DAEMON_VERBOSE: 'true' } })).toMatchObject({
      log: { level: 'debug' },
      health: { heartbeatMs: 700 },
    });
  });

  it('that make no sense are refused like the file', async () => {
    const here = world();
    const file = here.write('vp.config.json', '{}');
    for (const env of [{ VP_LOG_LEVEL: 'loud' }, { DAEMON_HEARTBEAT_INTERVAL: 'soon' }] as Record<string, string>[]) {
      expect(await thrown(() => loadConfig(file, { ...context, env }))).toMatchObject({ code: 'VP_CONFIG_INVALID' });
    }
  });

  it('of a plugin win over its options in the config', async () => {
    const here = world();
    const entry = here.plugin(
      'x',
      `env: { X_N: '/deep/n', X_NAME: '/name' }, config: { type: 'object', properties: { name: { type: 'string', default: 'none' }, deep: { type: 'object', properties: { n: { type: 'integer', default: 1 } } } } }, setup(ctx) { said(ctx.config); }`,
    );
    await here.start({ plugins: [{ ...entry, config: { deep: { n: 2 } } }] });
    await here.start({ plugins: [{ ...entry, config: { deep: { n: 2 } } }] }, { env: { X_N: '3', X_NAME: 'given' } });
    expect(here.said).toEqual([
      { name: 'none', deep: { n: 2 } },
      { name: 'given', deep: { n: 3 } },
    ]);
    const bad = here.kernel({ plugins: [entry] }, { env: { X_N: 'many' } });
    expect(await thrown(() => bad.start())).toMatchObject({ code: 'VP_OPTIONS_INVALID' });
  });
});
