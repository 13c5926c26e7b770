/** What people see of sandboxed plugins in a running service, and what grants do to it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desk, json, NOTIFIER, type Desk } from './support.ts';

let at: Desk;
beforeEach(async () => {
  at = await desk();
  await at.lay({
    'notifier.ts': NOTIFIER,
    'plain.ts': "export default { name: 'plain', version: '1.2.3', hooks: { 'pre-command'() {} } };",
  });
});
afterEach(() => at.remove());

const serve = async (...plugins: readonly unknown[]): Promise<void> => {
  await at.config({ plugins, reload: { watch: false } });
  await at.service();
};

describe('vp plugins', () => {
  it('shows tier, state, figures and what a sandboxed plugin may use', async () => {
    await serve('./plain.ts', '@vp/store');
    const [text, data] = await Promise.all([at.vp(['plugins']), at.vp(['plugins', '--json'])]);
    expect(text.out).toMatch(/^PLUGIN +VERSION +TIER +STATE +GEN +CALLS +P50 MS +P99 MS +ERRORS +MEMORY +CPU +KILLS\n/);
    expect(text.out).toMatch(/plain +1\.2\.3 +sandboxed +active +1 +0 +- +- +0 +\d+ MB +[\d.]+ s +-\n/);
    expect(text.out).toMatch(/@vp\/store [^\n]*- +- +-\n/);
    expect(text.out).toMatch(/plain may use: [^\n]*hooks[^\n]*vp plugins plain/);
    const rows = JSON.parse(data.out) as Record<string, unknown>[];
    expect(rows.find(({ name }) => name === 'plain')).toMatchObject({
      tier: 'sandboxed',
      permissions: { log: true },
      memoryBytes: expect.any(Number),
      kills: [],
      quarantined: null,
    });
  });

  it('shows one plugin in full: what it may do, and that one in the kernel may do all', async () => {
    await serve('./plain.ts', '@vp/store');
    const [plain, store, nobody] = await Promise.all([
      at.vp(['plugins', 'plain']),
      at.vp(['plugins', '@vp/store']),
      at.vp(['plugins', 'x']),
    ]);
    expect(plain.out).toMatch(/^plain 1\.2\.3\n {2}tier +sandboxed\n {2}state +active, generation 1\n/);
    expect(plain.out).toMatch(/\nWhat it may do\n {2}- [^\n]+/);
    expect(store.out).toContain('It runs in the kernel and may do all that the kernel may.');
    expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('VP_PLUGIN_UNKNOWN') });
  });

  it('says when and why a plugin was ended, that it was given up, and how to lift that', async () => {
    await at.lay({ 'spin.ts': "export default { name: 'spin', setup(ctx) { ctx.setTimeout(() => { for (;;); }, 20); } };" });
    await serve('./plain.ts', { use: './spin.ts', limits: { sliceMs: 50 } });
    await at.until(({ plugins }) => plugins.some(({ quarantined }) => quarantined !== null));
    const [all, one] = await Promise.all([at.vp(['plugins']), at.vp(['plugins', 'spin'])]);
    expect(all.out).toMatch(/spin +0\.0\.0 +sandboxed +quarantined .* [1-9]\d*, deadline\n/);
    expect(all.out).toMatch(/plain +1\.2\.3 +sandboxed +active/);
    expect(all.out).toMatch(/spin: given up, .*; to try again: vp reload spin\n/);
    expect(one.out).toMatch(/ENDED AT +REASON +DETAIL\n(?: {2}\d{4}-\S+Z +deadline +\S.*\n)+/);
    expect(one.out).toMatch(/spin was given up at \S+Z: .*\nTo try again, .*: vp reload spin\n/);
  });

  it('says why a plugin that was not granted does not run, and what to do', async () => {
    await serve('./plain.ts', './notifier.ts');
    const { out } = await at.vp(['plugins']);
    expect(out).toMatch(/notifier +\S+ +sandboxed +failed/);
    expect(out).toMatch(/notifier: .*may call https:\/\/api\.acme\.dev/);
  });
});

describe('grant and revoke, with a service', () => {
  it('a grant puts the plugin in force at once, a revocation ends it at once', async () => {
    await serve('./plain.ts', './notifier.ts');
    const granted = await at.plugin('grant', 'notifier', '--yes');
    expect(granted).toMatchObject({ code: 0, out: expect.stringContaining('Granted to notifier.\nThe service has looked at it: ') });
    await at.until(({ plugins }) => plugins.some(({ name, state }) => name === 'notifier' && state === 'active'));

    const revoked = await at.plugin('revoke', 'notifier', '--json');
    expect(json(revoked.out)).toMatchObject({ revoked: { plugin: 'notifier' }, service: { state: 'reloaded' } });
    const { plugins } = await at.until((status) => status.plugins.some(({ name, state }) => name === 'notifier' && state !== 'active'));
    expect(plugins.find(({ name }) => name === 'plain')).toMatchObject({ state: 'active' });
    expect(plugins.find(({ name }) => name === 'notifier')).toMatchObject({ memoryBytes: null });
  });

  it('says so where the service has no such plugin', async () => {
    await serve('./plain.ts');
    const { code, out } = await at.plugin('grant', './notifier.ts', '--yes');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('The service that runs has no such plugin') });
  });
});

describe('vp doctor', () => {
  it('says whether the walls stand, and what is left of grants', async () => {
    await serve('./plain.ts');
    await at.plugin('grant', './notifier.ts', '--yes');
    const { out } = await at.vp(['doctor', '--json']);
    const checks = json(out)['checks'] as { name: string; state: string; detail: string }[];
    const find = (name: string): unknown => checks.filter((one) => one.name === name);
    expect(find('sandbox')).toMatchObject([{ state: 'ok', detail: expect.stringContaining('isolated-vm') }]);
    expect(find('sandbox network')).toMatchObject([{ detail: expect.stringMatching(/network namespace/) }]);
    expect(find('grants')).toMatchObject([
      { state: 'ok', detail: expect.stringContaining('1 in ') },
      { state: 'ok', detail: expect.stringContaining('notifier') },
    ]);
  });
});
