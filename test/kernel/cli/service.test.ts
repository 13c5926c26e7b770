import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { place, type Place } from '../../support/vp.ts';

let at: Place;

beforeEach(async () => {
  at = await place();
});
afterEach(() => at.remove());

const plugin = (name: string, version = '1.0.0', more = '') => `import { definePlugin } from '@vp/sdk';
export default definePlugin({ name: '${name}', version: '${version}', ${more} });`;

const local = (file: string) => ({ use: file, trust: 'kernel' });
const json = (text: string): never => JSON.parse(text) as never;

describe('without a service', () => {
  it('status says so with 3; stop, reload and plugins are refused with 3, and say how to start one', async () => {
    const [status, shown, ...others] = await Promise.all([
      at.vp(['status']),
      at.vp(['status', '--json']),
      at.vp(['stop', '--json']),
      at.vp(['reload', '--json']),
      at.vp(['plugins', '--json']),
    ]);
    expect(status).toMatchObject({ code: 3, out: expect.stringContaining('stopped; start it with `vp start`') });
    expect(shown).toMatchObject({ code: 3, out: '{"state":"stopped"}\n', err: '' });
    for (const one of others) {
      expect(one).toMatchObject({ code: 3, out: '' });
      expect(json(one.err)).toEqual({ error: { code: 'VP_NOT_RUNNING', message: expect.any(String), hint: 'Start one with `vp start`.' } });
    }
  });
});

describe('a service without plugins', () => {
  it('starts and says that it does nothing', async () => {
    const run = await at.service();
    expect(run.out()).toMatch(/^vp ready: pid \d+, no plugin is configured: it does nothing, state in .*\n$/);
    await run.says('this kernel does nothing', 'err');
    const [status, plugins] = await Promise.all([at.vp(['status']), at.vp(['plugins'])]);
    expect(status).toMatchObject({ code: 0, out: expect.stringContaining('● ready') });
    expect(plugins).toMatchObject({ code: 0, out: expect.stringContaining('does nothing') });
  });
});

describe('a service', () => {
  it('prints one line of JSON when it is ready; its status, plugins and stop are what others script against', async () => {
    await at.write('one.ts', plugin('one', '1.2.3'));
    await at.config({ plugins: [local('./one.ts')] });
    const run = await at.service({ args: ['--json'] });
    const [status, text, plugins, table] = await Promise.all([
      at.vp(['status', '--json']),
      at.vp(['status']),
      at.vp(['plugins', '--json']),
      at.vp(['plugins']),
    ]);
    expect(json(status.out)).toEqual({
      state: 'ready',
      pid: run.child.pid,
      uptimeMs: expect.any(Number),
      version: expect.any(String),
      plugins: [{ name: 'one', version: '1.2.3', tier: 'kernel', state: 'active', generation: 1, errors: 0, pending: null }],
      sessions: { active: 0, queued: 0, completed: 0, failed: 0 },
      heartbeatAt: expect.any(String),
      heartbeatLateMs: expect.any(Number),
      memoryBytes: expect.any(Number),
      config: expect.stringContaining('vp.config.json'),
      configError: null,
      staged: [],
    });
    expect(text.out).toMatch(/● ready {2}pid \d+, up .*\n[\s\S]*plugins {3}1 of 1 active/);
    expect(json(plugins.out)).toMatchObject([{ name: 'one', state: 'active', calls: 0, p50Ms: null, p99Ms: null }]);
    expect(table.out).toMatch(/PLUGIN +VERSION +TIER +STATE[\s\S]*one +1\.2\.3 +kernel +active +1/);
    const stopped = await at.vp(['stop', '--json']);
    expect(stopped).toMatchObject({ code: 0, out: `{"stopped":true,"pid":${run.child.pid}}\n` });
    const { code, out } = await run.ended;
    expect(code).toBe(0);
    expect(out.trim().split('\n').map(json)).toMatchObject([{ event: 'ready', pid: run.child.pid, home: at.state, plugins: 1 }]);
  });

  it('is the only one on its state folder: a second is refused with 2 and says what to do', async () => {
    const run = await at.service();
    const second = await at.vp(['start', '--json']);
    expect(second).toMatchObject({ code: 2, out: '' });
    expect(json(second.err)).toMatchObject({
      error: {
        code: 'VP_KERNEL_RUNNING',
        message: expect.stringContaining(String(run.child.pid)),
        hint: expect.stringContaining('vp stop'),
      },
    });
    expect((await at.vp(['status'])).code).toBe(0);
  });
});

describe('vp reload', () => {
  it('applies what was staged, and nothing is applied before it', async () => {
    await at.write('one.ts', plugin('one'));
    await at.write('two.ts', plugin('two'));
    await at.config({ plugins: [local('./one.ts'), local('./two.ts')] });
    await at.service();
    await at.write('one.ts', plugin('one', '2.0.0'));
    await at.config({ plugins: [local('./one.ts')] });
    await at.until(({ staged }) => staged.includes('one') && staged.includes('vp.config'));
    const [shown, text] = await Promise.all([at.vp(['status', '--json']), at.vp(['status'])]);
    expect(json(shown.out)).toMatchObject({
      staged: expect.arrayContaining(['one', 'vp.config']),
      plugins: [{ name: 'one', version: '1.0.0', generation: 1, pending: expect.stringContaining('vp reload') }, { name: 'two' }],
    });
    expect(text.out).toContain('run `vp reload` to apply');
    const one = await at.vp(['reload', 'one', '--json']);
    expect(one.code).toBe(0);
    expect(json(one.out)).toMatchObject({ plugins: [{ plugin: 'one', result: 'swapped' }] });
    expect(at.status()).toMatchObject({ staged: ['vp.config'], plugins: [{ version: '2.0.0', generation: 2 }, { name: 'two' }] });
    const all = await at.vp(['reload']);
    expect(all).toMatchObject({ code: 0, out: 'unchanged  one\n' });
    expect(at.status()).toMatchObject({ staged: [], plugins: [{ name: 'one' }] });
  });

  it('of a broken plugin tells why with 2, and the old one runs on', async () => {
    await at.write('one.ts', plugin('one'));
    await at.config({ plugins: [local('./one.ts')] });
    await at.service();
    await at.write('one.ts', 'export default {');
    const { code, out } = await at.vp(['reload', 'one', '--json']);
    expect(code).toBe(2);
    expect(json(out)).toMatchObject({
      plugins: [{ plugin: 'one', result: 'refused', error: expect.stringContaining('does not compile') }],
    });
    expect(at.status()?.plugins).toMatchObject([{ state: 'active', generation: 1, pending: expect.stringContaining('does not compile') }]);
  });

  it('of a broken config tells why with 2, and the one before runs on', async () => {
    await at.config({ log: { level: 'info' } });
    await at.service();
    await at.config({ log: { level: 'loud' } });
    const { code, out } = await at.vp(['reload', '--json']);
    expect(code).toBe(2);
    expect(json(out)).toMatchObject({ configError: expect.stringContaining('/log/level') });
    expect((await at.vp(['status'])).out).toContain('the edited config is not in force');
  });

  it('of a plugin that is not there names those that are', async () => {
    await at.service();
    const { code, err } = await at.vp(['reload', 'nobody', '--json']);
    expect(code).toBe(2);
    expect(json(err)).toMatchObject({ error: { code: 'VP_PLUGIN_UNKNOWN', hint: expect.stringContaining('none') } });
  });

  it('asked for by several at the same time answers each', async () => {
    await at.write('one.ts', plugin('one'));
    await at.write('two.ts', plugin('two'));
    await at.config({ plugins: [local('./one.ts'), local('./two.ts')] });
    await at.service();
    const [one, two, all] = await Promise.all([
      at.vp(['reload', 'one', '--json']),
      at.vp(['reload', 'two', '--json']),
      at.vp(['reload', '--json']),
    ]);
    const names = ({ out }: { out: string }): string[] => (json(out) as { plugins: { plugin: string }[] }).plugins.map((row) => row.plugin);
    expect([one, two, all].map(names)).toEqual([['one'], ['two'], ['one', 'two']]);
  });
});
