/** Grants: given after they were read, taken back at once, never by an agent. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desk, json, NOTIFIER, packageFiles, type Desk } from './support.ts';

let at: Desk;
beforeEach(async () => {
  at = await desk();
  await at.lay({ 'notifier.ts': NOTIFIER, 'vp.config.json': JSON.stringify({ plugins: ['./notifier.ts', 'acme-notifier'] }) });
});
afterEach(() => at.remove());

const NET = { hooks: ['session-end'], net: ['https://api.acme.dev'] };
const pack = (version: string, permissions: object, code = ''): Promise<void> =>
  at.lay(packageFiles('node_modules/acme-notifier', version, permissions, code));
const stateOf = async (name: string): Promise<unknown> =>
  (json((await at.plugin('check', name, '--json')).out)['grant'] as { state: string }).state;

interface Kept {
  readonly plugin: string;
  readonly permissions: object;
  readonly revoked?: object;
}
const records = (): Kept[] => (JSON.parse(readFileSync(join(at.state, 'grants.json'), 'utf8')) as { grants: Kept[] }).grants;

describe('grant', () => {
  it('writes who granted what to which bytes, once somebody has said --yes', async () => {
    const { code, out } = await at.plugin('grant', 'notifier', '--yes');
    expect(code).toBe(0);
    expect(out).toMatch(/It asks for this:[\s\S]*may call https:\/\/api\.acme\.dev[\s\S]*Granted to notifier\.\nNo service runs/);
    expect(records()).toMatchObject([
      {
        plugin: 'notifier',
        source: join(at.desk, 'notifier.ts'),
        version: '1.0.0',
        sourceHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        permissions: { net: ['https://api.acme.dev'] },
        by: expect.stringMatching(/./),
        via: 'command',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(statSync(join(at.state, 'grants.json')).mode & 0o777).toBe(0o600);
    expect(await stateOf('notifier')).toBe('open');
  });

  it('grants nothing where nobody can be asked', async () => {
    for (const flags of [[], ['--json']]) {
      expect(await at.plugin('grant', 'notifier', ...flags)).toMatchObject({ code: 2, err: expect.stringContaining('VP_GRANT_CONFIRM') });
    }
    expect(existsSync(join(at.state, 'grants.json'))).toBe(false);
  });

  it('leaves out what a plugin can do without, unless that is wanted', async () => {
    const without = await at.plugin('grant', 'notifier', '--yes');
    expect(without.out).toMatch(/Not part of this grant; --optional adds it:\n {2}- may write/);
    expect(records()[0]?.permissions).not.toHaveProperty('fs');
    await at.plugin('grant', 'notifier', '--yes', '--optional');
    expect(records()[0]?.permissions).toHaveProperty('fs');
    // What was given once is not lost by granting a new version.
    await at.plugin('grant', 'notifier', '--yes');
    expect(records()[0]?.permissions).toHaveProperty('fs');
  });

  it('shows what is new first where a new version asks for more', async () => {
    await pack('1.0.0', NET);
    await at.plugin('grant', 'acme-notifier', '--yes');
    await pack('1.1.0', { ...NET, env: ['ACME_TOKEN'] });
    expect(await stateOf('acme-notifier')).toBe('missing');
    const { out } = await at.plugin('grant', 'acme-notifier', '--yes');
    expect(out).toMatch(/New:\n {2}- may read the environment variable ACME_TOKEN\n\nAs before:[\s\S]*may call/);
    expect(await stateOf('acme-notifier')).toBe('open');
  });

  it('says loudly where the files have changed under one version', async () => {
    await pack('1.0.0', NET);
    await at.plugin('grant', 'acme-notifier', '--yes');
    await pack('1.0.0', NET, 'console.log(1);');
    expect(await stateOf('acme-notifier')).toBe('changed');
    const { out } = await at.plugin('grant', 'acme-notifier', '--yes');
    expect(out).toMatch(/Look twice:\n {2}! its files are not those that were granted, but the version is still 1\.0\.0/);
    expect(await stateOf('acme-notifier')).toBe('open');
  });

  it('says so where it takes the place of another plugin of that name', async () => {
    await at.plugin('grant', 'notifier', '--yes');
    await at.lay({ 'other/notifier.ts': NOTIFIER });
    const { out } = await at.plugin('grant', './other/notifier.ts', '--yes');
    expect(out).toContain(`another plugin of that name: ${join(at.desk, 'notifier.ts')}`);
  });

  it('is refused inside a session, and so is revoke', async () => {
    for (const command of ['grant', 'revoke']) {
      const ran = await at.vp(['plugin', command, 'notifier', '--yes'].slice(0, command === 'grant' ? 4 : 3), { env: { VP_SESSION: 's' } });
      expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('VP_INSIDE_SESSION') });
    }
    expect(existsSync(join(at.state, 'grants.json'))).toBe(false);
  });

  it('touches nothing where the grants cannot be read', async () => {
    await at.plugin('grant', 'notifier', '--yes');
    const file = join(at.state, 'grants.json');
    await at.lay({ [join('..', 'state', 'grants.json')]: '{"format":1,"grants":[{"plugin":"x"}]}' });
    const before = readFileSync(file, 'utf8');
    expect(await at.plugin('grant', 'notifier', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('VP_GRANTS_UNREADABLE') });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('revoke', () => {
  it('takes a grant back, and a new grant lifts that', async () => {
    await at.plugin('grant', 'notifier', '--yes');
    const { code, out } = await at.plugin('revoke', 'notifier');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('Revoked: notifier does not start any more') });
    expect(await stateOf('notifier')).toBe('revoked');
    await at.plugin('grant', 'notifier', '--yes');
    expect(await stateOf('notifier')).toBe('open');
  });

  it('also where nothing was recorded: the config may have granted it', async () => {
    expect(await at.plugin('revoke', './notifier.ts')).toMatchObject({ code: 0 });
    expect(records()).toMatchObject([{ plugin: 'notifier', revoked: { by: expect.stringMatching(/./) } }]);
  });

  it('also where the plugin cannot be read any more', async () => {
    await at.plugin('grant', 'notifier', '--yes');
    await at.lay({ 'notifier.ts': 'export default {{{' });
    expect(await at.plugin('revoke', 'notifier')).toMatchObject({ code: 0 });
    expect(records()).toMatchObject([{ plugin: 'notifier', revoked: {} }]);
  });

  it('does not take a slip of the pen for a plugin', async () => {
    expect(await at.plugin('revoke', 'notifer')).toMatchObject({ code: 2, err: expect.stringContaining('VP_PLUGIN_NOT_FOUND') });
    expect(existsSync(join(at.state, 'grants.json'))).toBe(false);
  });
});
