import { readFileSync } from 'node:fs';
import { preCommand, testPlugin } from '@vp/sdk/testing';
import type { Effect, Facts, PluginManifest } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import protectedPaths from '../../examples/package/plugin.ts';

const manifest = JSON.parse(readFileSync(new URL('../../examples/package/plugin.json', import.meta.url), 'utf8')) as PluginManifest;

function facts(kind: Effect['kind'], target: string | null): Facts {
  return { effects: [{ kind, op: kind, target, certain: true, words: kind }], commands: [], unknowns: [] };
}

async function verdict(list: string | undefined, found: Facts): Promise<unknown> {
  const plugin = await testPlugin(protectedPaths, { manifest, files: list === undefined ? {} : { 'protected-paths.txt': list } });
  const [finding] = await plugin.fire('pre-command', preCommand({ facts: found }));
  expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
  return finding?.rule;
}

describe('package', () => {
  it('refuses to write or delete what is listed, what is in it and what it is in', async () => {
    const list = '# people only\nmigrations/\n\ninfra/prod.tf # live\n';
    expect(await verdict(list, facts('write', '/project/migrations/1.sql'))).toBe('protected-paths/migrations');
    expect(await verdict(list, facts('delete', '/project/infra'))).toBe('protected-paths/infra/prod.tf');
    expect(await verdict(list, facts('write', '/project/infra/prod.tfvars'))).toBeUndefined();
    expect(await verdict(list, facts('read', '/project/migrations/1.sql'))).toBeUndefined();
  });

  it('closes where the list cannot be read, but only for changes', async () => {
    expect(await verdict(undefined, facts('write', '/project/README.md'))).toBe('tap-failed');
    expect(await verdict(undefined, facts('read', '/project/README.md'))).toBeUndefined();
  });
});
