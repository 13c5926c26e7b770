/** The file of grants: what is written is read again, what is damaged is not guessed at, and nobody's change is lost. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { readGrants, recordGrant, revokeGrant, sourceOf, userName, type GrantRecord } from '../../../sandbox/permissions/grants.ts';

const homes: string[] = [];
afterEach(() => {
  for (const one of homes.splice(0)) rmSync(one, { recursive: true, force: true });
});

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'vp-grants-'));
  homes.push(dir);
  return dir;
}

const record = (more: Partial<GrantRecord> = {}): GrantRecord => ({
  plugin: 'p',
  source: 'p',
  version: '1.0.0',
  sourceHash: 'a1',
  permissions: { kv: true },
  by: 'anna',
  via: 'command',
  at: new Date().toISOString(),
  ...more,
});

describe('grants', () => {
  it('are read as they were written, by name, from a private file', async () => {
    const at = home();
    expect(readGrants(at).size).toBe(0);
    const [one, two] = [record(), record({ plugin: '__proto__', via: 'config' })];
    await recordGrant(at, record({ version: '0.9.0' }));
    await recordGrant(at, two);
    await recordGrant(at, one);
    expect([...readGrants(at).values()]).toEqual([one, two]);
    expect(statSync(join(at, 'grants.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(at)).toEqual(['grants.json']);
    expect(JSON.parse(readFileSync(join(at, 'grants.json'), 'utf8'))).toMatchObject({ format: 1 });
  });

  it('are revoked with name and time, also where there was none', async () => {
    const at = home();
    await recordGrant(at, record());
    await revokeGrant(at, 'p', 'ben');
    const first = await revokeGrant(at, 'p', 'carl');
    expect(readGrants(at).get('p')).toEqual(first);
    expect(first).toMatchObject({ permissions: { kv: true }, by: 'anna', revoked: { by: 'ben' } });
    expect(await revokeGrant(at, 'other', 'ben')).toMatchObject({ plugin: 'other', permissions: {}, revoked: { by: 'ben' } });
  });

  it('that were decided before a revocation do not lift it, a later one does', async () => {
    const at = home();
    const early = record();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await revokeGrant(at, 'p', 'ben');
    await expect(recordGrant(at, early)).rejects.toMatchObject({ code: 'VP_GRANT_REVOKED' });
    await expect(recordGrant(at, record({ at: 'soon' }))).rejects.toMatchObject({ code: 'VP_GRANT_REVOKED' });
    expect(readGrants(at).get('p')?.revoked).toBeDefined();
    const late = record();
    await recordGrant(at, late);
    expect(readGrants(at).get('p')).toEqual(late);
  });

  it('that are not valid are not written', async () => {
    const at = home();
    await expect(recordGrant(at, record({ permissions: { net: ['https://*'] } }))).rejects.toMatchObject({ code: 'VP_GRANT_INVALID' });
    expect(readGrants(at).size).toBe(0);
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a later format', '{ "format": 2, "grants": [] }'],
    ['an unknown key', JSON.stringify({ format: 1, grants: [], all: true })],
    ['a record without a name', JSON.stringify({ format: 1, grants: [{ ...record(), plugin: undefined }] })],
    ['an unknown permission', JSON.stringify({ format: 1, grants: [{ ...record(), permissions: { disk: true } }] })],
    ['a path that leaves', JSON.stringify({ format: 1, grants: [{ ...record(), permissions: { fs: { read: ['..'] } } }] })],
    ['two records of one plugin', JSON.stringify({ format: 1, grants: [record(), record()] })],
  ])('that are damaged are an error, and stay as they are: %s', async (_what, text) => {
    const at = home();
    const file = join(at, 'grants.json');
    writeFileSync(file, text);
    const unreadable = expect.objectContaining({ code: 'VP_GRANTS_UNREADABLE', file });
    expect(() => readGrants(at)).toThrow(unreadable);
    await expect(recordGrant(at, record())).rejects.toEqual(unreadable);
    await expect(revokeGrant(at, 'p', 'ben')).rejects.toEqual(unreadable);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('of several processes at once are all kept, also after one that died with the lock', async () => {
    const at = home();
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    writeFileSync(join(at, 'grants.json.lock'), String(dead.pid));
    const url = pathToFileURL(join(import.meta.dirname, '../../../sandbox/permissions/grants.ts')).href;
    const program = (who: string): string => `
      import { recordGrant } from ${JSON.stringify(url)};
      const record = ${JSON.stringify(record())};
      for (let n = 0; n < 20; n += 1) await recordGrant(${JSON.stringify(at)}, { ...record, plugin: ${JSON.stringify(who)} + n });`;
    const codes = ['a', 'b', 'c'].map(
      (who) =>
        new Promise((resolve) =>
          spawn(process.execPath, ['--input-type=module', '-e', program(who)], { stdio: 'inherit' }).once('exit', resolve),
        ),
    );
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    expect(readGrants(at).size).toBe(60);
    expect(readdirSync(at)).toEqual(['grants.json']);
  });
});

it('a package is known by its name, a file by its path', () => {
  expect(sourceOf({ kind: 'package', use: '@acme/p', entry: '/x/index.js' })).toBe('@acme/p');
  expect(sourceOf({ kind: 'file', use: './p.ts', entry: '/x/p.ts' })).toBe('/x/p.ts');
  expect(userName()).not.toBe('');
});
