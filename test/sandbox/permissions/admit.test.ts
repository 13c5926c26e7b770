/** Who may start, and with what in force. */
import { describe, expect, it } from 'vitest';
import { manifestSchema, type HookName, type Permissions } from '@vp/schemas';
import { admit, askedOf, type AdmitRequest } from '../../../sandbox/permissions/admit.ts';
import type { GrantRecord } from '../../../sandbox/permissions/grants.ts';

const NOW = Date.parse('2026-03-04T05:06:07.000Z');
const NET: Permissions = { net: ['https://a.dev'] };
const HOOKS = (manifestSchema.$defs.HookName.enum as HookName[]).toSorted();

function request(more: Partial<AdmitRequest> = {}): AdmitRequest {
  const base = {
    manifest: { name: 'p' },
    kind: 'package',
    use: '@acme/p',
    entry: '/x/index.js',
    version: '1.0.0',
    sourceHash: 'a1',
  } as const;
  return { ...base, declaredHooks: [], now: NOW, by: 'anna', ...more };
}

const asks = (permissions: Permissions, optionalPermissions: Permissions = {}): Pick<AdmitRequest, 'manifest'> => ({
  manifest: { name: 'p', permissions, optionalPermissions },
});
const record = (more: Partial<GrantRecord> = {}): GrantRecord => ({
  plugin: 'p',
  source: '@acme/p',
  version: '1.0.0',
  sourceHash: 'a1',
  permissions: NET,
  by: 'anna',
  via: 'command',
  at: '2026-01-01T00:00:00.000Z',
  ...more,
});

function refusal(more: Partial<AdmitRequest>): { code: string; message: string; hint: string; file?: string } {
  try {
    admit(request(more));
  } catch (error) {
    return error as never;
  }
  throw new Error('was admitted');
}

describe('a package', () => {
  it('starts with what it asked for and the config grants, and not with more', () => {
    const grant: Permissions = { ...NET, env: ['A'], fs: { read: ['.'] }, kv: true };
    const { permissions } = admit(request({ ...asks({ ...NET, fs: { read: ['data'] } }, { kv: true, timers: true }), grant }));
    expect(permissions).toEqual({ fs: { read: ['data'] }, net: ['https://a.dev'], kv: true });
  });

  it('has nothing that was not granted, not even the log', () => {
    expect(admit(request()).permissions).toEqual({});
    expect(refusal(asks({ log: true })).code).toBe('VP_GRANT_MISSING');
  });

  it('that asks for more than is granted is told in words, with the config and the remedy', () => {
    const error = refusal({ ...asks({ ...NET, hooks: ['pre-command'] }), grant: NET, origin: '/x/vp.config.ts' });
    expect(error).toMatchObject({ code: 'VP_GRANT_MISSING', file: '/x/vp.config.ts', hint: expect.stringContaining('vp plugin grant p') });
    expect(error.message).toContain('it sees every command your agents want to run');
    expect(error.message).not.toContain('https://a.dev');
    expect(error.hint).toContain('vp plugin check @acme/p');
  });

  it('asks for the hooks that its code names, unless it can do without', () => {
    const own = { declaredHooks: ['on-output', 'on-crash'] as const, ...asks({}, { hooks: ['on-crash'] }) };
    expect(askedOf(own.manifest, own.declaredHooks)).toEqual({ required: { hooks: ['on-output'] }, optional: { hooks: ['on-crash'] } });
    expect(refusal(own).message).toContain('sees all that your agents say and do');
    expect(admit(request({ ...own, grant: { hooks: ['on-output'] } })).permissions).toEqual({ hooks: ['on-output'] });
  });

  it('is recorded with its bytes, who granted, when and what', () => {
    const admitted = admit(request({ ...asks(NET), grant: { ...NET, kv: true } }));
    const expected = { via: 'config', at: '2026-03-04T05:06:07.000Z', permissions: { ...NET, kv: true } } as const;
    expect(admitted.record).toEqual(record(expected));
    expect(admit(request({ ...asks(NET), grant: { kv: true, ...NET }, record: record(expected) })).record).toBeUndefined();
  });

  it('starts with what a command granted, without a word in the config', () => {
    expect(admit(request({ ...asks(NET), record: record() }))).toEqual({ permissions: NET });
  });

  it('does not keep what was taken out of the config', () => {
    expect(refusal({ ...asks(NET), record: record({ via: 'config' }) }).code).toBe('VP_GRANT_MISSING');
  });

  it('is not granted what was granted to another one of that name', () => {
    expect(refusal({ ...asks(NET), record: record({ source: '@evil/p' }) }).code).toBe('VP_GRANT_MISSING');
  });

  it('with a grant that means nothing is refused', () => {
    const error = refusal({ grant: { net: ['https://*'] }, origin: '/x/vp.config.ts' });
    expect(error).toMatchObject({
      code: 'VP_GRANT_INVALID',
      file: '/x/vp.config.ts',
      message: expect.stringContaining('name each origin'),
    });
    expect(refusal({ grant: { disk: true } as never }).code).toBe('VP_GRANT_INVALID');
  });
});

describe('an update', () => {
  it('with other bytes under one version is refused, however it was granted', () => {
    for (const via of ['command', 'config'] as const) {
      const error = refusal({ ...asks(NET), grant: NET, sourceHash: 'b2', record: record({ via }) });
      expect(error).toMatchObject({ code: 'VP_GRANT_CHANGED', message: expect.stringContaining('1.0.0'), file: '/x/index.js' });
    }
  });

  it('that asks for no more goes through, and its bytes are recorded under who granted', () => {
    const update = { version: '1.1.0', sourceHash: 'b2' };
    expect(admit(request({ ...asks({}), ...update, record: record() }))).toEqual({ permissions: {}, record: record(update) });
    const fromConfig = admit(request({ ...asks(NET), ...update, grant: NET, record: record({ via: 'config' }) }));
    expect(fromConfig.record).toEqual(record({ ...update, via: 'config', at: '2026-03-04T05:06:07.000Z' }));
  });

  it('that asks for more waits, and the record stays', () => {
    expect(refusal({ ...asks({ ...NET, kv: true }), version: '1.1.0', sourceHash: 'b2', record: record() }).code).toBe('VP_GRANT_MISSING');
  });
});

describe('a revocation', () => {
  it('holds whatever the config grants, for packages and files', () => {
    const revoked = { at: '2026-02-02T00:00:00.000Z', by: 'ben' };
    for (const kind of ['package', 'file'] as const) {
      const error = refusal({ ...asks({}), kind, grant: NET, record: record({ revoked, source: '' }) });
      expect(error).toMatchObject({ code: 'VP_GRANT_REVOKED', message: expect.stringContaining('by ben') });
    }
  });
});

describe('a file', () => {
  const file = { kind: 'file', use: './p.ts', entry: '/x/p.ts' } as const;
  const base = { hooks: HOOKS, kv: true, timers: true, log: true };

  it('has hooks, log, timers and kv because the config names it, and nothing is recorded', () => {
    expect(admit(request({ ...file, declaredHooks: ['pre-command'] }))).toEqual({ permissions: base });
  });

  it('needs a grant for everything else, and gets no more than it asks for', () => {
    expect(refusal({ ...file, ...asks(NET) }).code).toBe('VP_GRANT_MISSING');
    expect(admit(request({ ...file, ...asks(NET), grant: { ...NET, env: ['A'] } })).permissions).toEqual({ ...base, ...NET });
  });

  it('may be granted more by a command, for its very path, whatever its bytes', () => {
    const granted = record({ source: '/x/p.ts', sourceHash: 'old' });
    expect(admit(request({ ...file, ...asks(NET), record: granted }))).toEqual({ permissions: { ...base, ...NET } });
    expect(refusal({ ...file, ...asks(NET), record: record({ source: '/y/p.ts' }) }).code).toBe('VP_GRANT_MISSING');
  });
});
