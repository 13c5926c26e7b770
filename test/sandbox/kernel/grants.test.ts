/** Packages over time: updates, changed bytes, revocation, restarts of the kernel. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Permissions, PluginManifest } from '@vp/schemas';
import { describe, expect, it } from 'vitest';
import { readGrants, revokeGrant } from '../../../sandbox/permissions/grants.ts';
import type { Outcome } from '../../../kernel/bin/index.ts';
import { eventually, hostProcesses, Sandboxed } from './support.ts';

const SMALL: Permissions = { hooks: ['pre-command'], kv: true };
const WIDE: Permissions = { hooks: ['pre-command'], kv: true, net: ['https://api.acme.dev'] };

/** A world with the package `acme` in it, and kernels whose config grants it something. */
class Acme extends Sandboxed {
  /** A release. Its guard answers with `reason`. */
  release(version: string, reason: string, permissions: Permissions, rest: Partial<PluginManifest> = {}): void {
    const body = `hooks: { 'pre-command': (call) => {
      if (call.input.command !== 'hang') return { level: 'deny', reason: ${JSON.stringify(reason)} };
      globalThis.heard('in');
      return new Promise(() => undefined);
    } }`;
    this.pack('node_modules', { name: 'acme', version, permissions, ...rest }, version, body);
  }

  async up(grant: Permissions = SMALL): Promise<void> {
    await this.start({ plugins: [this.world.firer('pre-command'), { use: 'acme', grant }] });
  }

  async again(grant: Permissions = SMALL): Promise<void> {
    await this.kernel.stop();
    await this.up(grant);
  }

  async reload(): Promise<Outcome | undefined> {
    return (await this.kernel.reload('acme'))[0];
  }

  get home(): string {
    return this.world.path('.home');
  }
}

function acme(): Acme {
  return new Acme({ ownModules: true });
}

describe('an update of a package', () => {
  it('that asks for more waits, and the old one runs on', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up();
    expect(await here.reasons()).toEqual(['acme deny: one']);
    here.release('1.1.0', 'two', WIDE);
    expect(await here.reload()).toMatchObject({ result: 'refused', error: { code: 'VP_GRANT_MISSING' } });
    expect(await here.reasons()).toEqual(['acme deny: one']);
    expect(here.row('acme')).toMatchObject({ state: 'active', version: '1.0.0', generation: 1, permissions: SMALL });
    expect(here.row('acme').pending).toMatch(/https:\/\/api\.acme\.dev.*vp plugin grant acme/);
    // A kernel that starts on it has no old one.
    await here.again();
    expect(here.refused).toMatchObject([{ plugin: 'acme', code: 'VP_GRANT_MISSING' }]);
    await here.again(WIDE);
    expect(await here.reasons()).toEqual(['acme deny: two']);
    expect(here.row('acme')).toMatchObject({ version: '1.1.0', permissions: WIDE });
  });

  it('that asks for as much or less goes through', async () => {
    const here = acme();
    here.release('1.0.0', 'one', WIDE);
    await here.up(WIDE);
    here.release('1.0.1', 'two', WIDE);
    expect(await here.reload()).toMatchObject({ result: 'swapped' });
    expect(await here.reasons()).toEqual(['acme deny: two']);
    here.release('1.0.2', 'three', SMALL);
    expect(await here.reload()).toMatchObject({ result: 'swapped' });
    expect(await here.reasons()).toEqual(['acme deny: three']);
    expect(here.row('acme').permissions).toEqual(SMALL);
    expect(readGrants(here.home).get('acme')).toMatchObject({ version: '1.0.2', via: 'config' });
  });

  it('whose bytes changed under one version is refused, at a reload and at the next start', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up();
    here.release('1.0.0', 'not the one', SMALL);
    expect(await here.reload()).toMatchObject({ result: 'refused', error: { code: 'VP_GRANT_CHANGED' } });
    expect(await here.reasons()).toEqual(['acme deny: one']);
    await here.again();
    expect(here.refused).toMatchObject([
      { plugin: 'acme', code: 'VP_GRANT_CHANGED', hint: expect.stringContaining('vp plugin grant acme') },
    ]);
    expect(here.row('acme')).toMatchObject({ state: 'failed' });
    expect(await here.ask()).toEqual([]);
    expect(hostProcesses()).toEqual([]);
    // A release has a version of its own.
    here.release('1.0.1', 'two', SMALL);
    expect(await here.reload()).toMatchObject({ result: 'swapped' });
    expect(await here.reasons()).toEqual(['acme deny: two']);
  });
});

describe('a grant', () => {
  it('that was not given: the package does not start, whatever the manifest asks for', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up({});
    expect(here.refused).toMatchObject([{ plugin: 'acme', code: 'VP_GRANT_MISSING' }]);
    expect(here.heard).toEqual([]);
    expect(hostProcesses()).toEqual([]);
  });

  it('survives restarts, with the same record', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up();
    const record = readGrants(here.home).get('acme');
    expect(record).toMatchObject({ plugin: 'acme', source: 'acme', version: '1.0.0', permissions: SMALL, via: 'config' });
    await here.again();
    expect(await here.reasons()).toEqual(['acme deny: one']);
    expect(readGrants(here.home).get('acme')).toEqual(record);
  });

  it('gives optional permissions only where it says so, and the plugin runs without', async () => {
    const here = acme();
    const optionalPermissions: Permissions = { net: ['https://api.acme.dev'], log: true };
    const body = `setup(ctx) { ctx.fetch('https://api.acme.dev').then((r) => heard('fetched ' + r.status), (e) => heard('fetch ' + e.code)); }`;
    here.pack('node_modules', { name: 'acme', permissions: { kv: true }, optionalPermissions }, '1.0.0', body);
    const seams = {
      resolve: () => Promise.resolve(['93.184.216.34']),
      transport: () => Promise.resolve({ status: 204, statusText: '', headers: [], body: '' }),
    };
    const up = (grant: Permissions): Promise<unknown> => here.start({ plugins: [{ use: 'acme', grant }] }, {}, seams);
    await up({ kv: true });
    await eventually(() => expect(here.heard).toEqual(['acme fetch VP_PERMISSION_DENIED']));
    expect(here.row('acme')).toMatchObject({ state: 'active', permissions: { kv: true } });
    await here.kernel.stop();
    await up({ kv: true, net: ['https://api.acme.dev'] });
    await eventually(() => expect(here.heard).toEqual(['acme fetch VP_PERMISSION_DENIED', 'acme fetched 204']));
    expect(here.row('acme').permissions).toEqual({ kv: true, net: ['https://api.acme.dev'] });
  });

  it('is not given to another plugin of the same name', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up();
    await here.kernel.stop();
    // Not the package, but a folder that says it is.
    here.pack('elsewhere', { name: 'acme', permissions: WIDE }, '1.0.0', `hooks: {}`);
    await here.start({ plugins: [{ use: './elsewhere/acme', grant: SMALL }] });
    expect(here.refused).toMatchObject([{ plugin: 'acme', code: 'VP_GRANT_MISSING' }]);
  });
});

describe('a revoked grant', () => {
  it('ends the process at once, also in the middle of a call, and holds over a restart of the kernel', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up();
    const call = here.reasons('hang');
    await eventually(() => expect(here.heard).toEqual(['acme in']));
    await revokeGrant(here.home, 'acme', 'somebody');
    expect(await here.reload()).toMatchObject({ result: 'refused', error: { code: 'VP_GRANT_REVOKED' } });
    expect(await call).toEqual([expect.stringMatching(/^acme deny: .*was ended \(revoked\)/)]);
    expect(hostProcesses()).toEqual([]);
    expect(here.row('acme')).toMatchObject({ state: 'failed', owns: [], kills: [{ reason: 'revoked' }] });
    expect(here.row('acme').lastError).toMatch(/revoked at .* by somebody/);
    // Nothing of it answers any more, and nothing brings it back.
    expect(await here.ask()).toEqual([]);
    expect(await here.reload()).toMatchObject({ result: 'refused', error: { code: 'VP_GRANT_REVOKED' } });
    here.release('1.0.1', 'two', SMALL);
    await here.again();
    expect(here.refused).toMatchObject([
      { plugin: 'acme', code: 'VP_GRANT_REVOKED', hint: expect.stringContaining('vp plugin grant acme') },
    ]);
    expect(hostProcesses()).toEqual([]);
  });

  it('of a required guard leaves its hook closed', async () => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.start({ plugins: [here.world.firer('pre-command'), { use: 'acme', grant: SMALL }], required: ['acme'] });
    await revokeGrant(here.home, 'acme', 'somebody');
    await here.reload();
    expect(await here.ask()).toMatchObject([{ plugin: 'acme', level: 'deny', reason: expect.stringContaining('is not running') }]);
  });
});

describe('grants.json that is damaged', () => {
  it.each([
    ['is no JSON', '{ "format": 1, "grants": ['],
    ['is empty', ''],
    ['has an unknown format', '{ "format": 2, "grants": [] }'],
    ['has a key too many', '{ "format": 1, "grants": [], "admin": true }'],
    ['has a pattern in a grant', undefined],
  ])('because it %s: nothing new starts, and what runs goes on', async (_title, text) => {
    const here = acme();
    here.release('1.0.0', 'one', SMALL);
    await here.up();
    const file = join(here.home, 'grants.json');
    const good = readFileSync(file, 'utf8');
    const bad = text ?? good.replace('"kv": true', '"kv": true, "net": ["https://*"]');
    writeFileSync(file, bad);
    here.release('1.0.1', 'two', SMALL);
    expect(await here.reload()).toMatchObject({ result: 'refused', error: { code: 'VP_GRANTS_UNREADABLE', file } });
    expect(await here.reasons()).toEqual(['acme deny: one']);
    await here.again();
    expect(here.refused).toMatchObject([{ plugin: 'acme', code: 'VP_GRANTS_UNREADABLE', file }]);
    expect(here.refused[0]?.hint).toContain('Mend or remove the file');
    expect(await here.ask()).toEqual([]);
    // It is not written over: what a person can still read there is kept.
    expect(readFileSync(file, 'utf8')).toBe(bad);
    writeFileSync(file, good);
    expect(await here.reload()).toMatchObject({ result: 'swapped' });
    expect(await here.reasons()).toEqual(['acme deny: two']);
  });
});
