/** What `vp doctor` says of grants that other users can change, or that nobody can read. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckResult } from '@vp/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checks } from '../../../sandbox/checks.ts';
import { recordGrant } from '../../../sandbox/permissions/grants.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vp-checks-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const grantsCheck = async (): Promise<readonly CheckResult[]> =>
  (await checks({ home, cwd: home, env: {} })).filter((one) => one.name === 'grants');

const grant = (): Promise<void> =>
  recordGrant(home, {
    plugin: 'acme',
    source: 'acme',
    version: '1.0.0',
    sourceHash: '0'.repeat(64),
    permissions: {},
    by: 'ann',
    via: 'command',
    at: new Date().toISOString(),
  });

describe('the check of grants', () => {
  it('finds nothing wrong with none, or with some that only the user can read', async () => {
    expect(await grantsCheck()).toMatchObject([{ state: 'ok', detail: 'none was given' }]);
    await grant();
    expect(await grantsCheck()).toMatchObject([{ state: 'ok', detail: expect.stringContaining('1 in ') }]);
  });

  it('warns where others can read or change them', async () => {
    await grant();
    chmodSync(join(home, 'grants.json'), 0o644);
    expect(await grantsCheck()).toMatchObject([{ state: 'warning', hint: `chmod 600 ${join(home, 'grants.json')}` }]);
  });

  it('fails where they are damaged, with what to do', async () => {
    writeFileSync(join(home, 'grants.json'), '{');
    expect(await grantsCheck()).toMatchObject([{ state: 'failed', hint: expect.stringContaining('remove the file') }]);
  });

  it('leaves nothing behind', async () => {
    const all = await checks({ home, cwd: home, env: {} });
    expect(all.map(({ name }) => name)).toEqual(['sandbox', 'sandbox network', 'grants']);
  });
});
