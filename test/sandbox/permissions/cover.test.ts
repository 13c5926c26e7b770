/** Laws of permissions: no more comes out than was in both, and what covers, covers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestSchema, type HookName, type Permissions } from '@vp/schemas';
import { checkPermissions } from '../../../sandbox/permissions/check.ts';
import { intersect, isEmpty, missingFrom, normalisePermissions, union } from '../../../sandbox/permissions/cover.ts';

const few = <T>(from: readonly T[]): fc.Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...from), { maxLength: 4 });
const PATHS = ['.', './', 'a', 'a/', './a', 'a/b', 'a/b/c', 'ab', 'a/bc', 'b', 'b/a'];
const permissions: fc.Arbitrary<Permissions> = fc.record(
  {
    hooks: few(manifestSchema.$defs.HookName.enum as HookName[]),
    fs: fc.record({ read: few(PATHS), write: few(PATHS) }, { requiredKeys: [] }),
    net: few(['https://a.dev', 'https://b.dev', 'https://a.dev:8443']),
    env: few(['A', 'B', '__proto__', 'constructor']),
    services: few(['sessions:read', 'store:read']),
    kv: fc.boolean(),
    timers: fc.boolean(),
    log: fc.boolean(),
  },
  { requiredKeys: [] },
);

const isWithin = (a: Permissions, b: Permissions): boolean => missingFrom(a, b) === undefined;
const same = (a: Permissions, b: Permissions): boolean =>
  JSON.stringify(normalisePermissions(a)) === JSON.stringify(normalisePermissions(b));
const two = (law: (a: Permissions, b: Permissions) => void): void => fc.assert(fc.property(permissions, permissions, law));

describe('permissions', () => {
  it('have one normal form, which means the same and is valid', () => {
    two((a) => {
      const normal = normalisePermissions(a);
      expect(normalisePermissions(normal)).toEqual(normal);
      expect(isWithin(a, normal) && isWithin(normal, a)).toBe(true);
      expect(checkPermissions(normal)).toEqual([]);
    });
  });

  it('in common are within both, and no larger set is', () => {
    two((a, b) => {
      const both = intersect(a, b);
      expect(isWithin(both, a) && isWithin(both, b)).toBe(true);
      expect(same(both, intersect(b, a))).toBe(true);
    });
    fc.assert(
      fc.property(permissions, permissions, permissions, (a, b, c) => {
        const part = intersect(intersect(a, b), c);
        expect(isWithin(part, intersect(a, b))).toBe(true);
        expect(same(part, intersect(a, intersect(b, c)))).toBe(true);
      }),
    );
  });

  it('are covered exactly where what they have in common is all of them', () => {
    two((a, b) => {
      expect(isWithin(a, b)).toBe(same(intersect(a, b), a));
    });
  });

  it('that are missing are asked for, not granted, and all there is to add', () => {
    two((a, b) => {
      const missing = missingFrom(a, b);
      if (missing === undefined) return;
      expect(isEmpty(missing)).toBe(false);
      expect(isWithin(missing, a)).toBe(true);
      expect(isWithin(a, union(b, missing))).toBe(true);
      expect(isWithin(missing, b)).toBe(false);
    });
  });

  it('together have both, and nothing that neither has', () => {
    two((a, b) => {
      expect(isWithin(a, union(a, b)) && isWithin(b, union(a, b))).toBe(true);
      expect(same(intersect(union(a, b), a), a)).toBe(true);
      expect(same(union(a, a), a)).toBe(true);
    });
  });

  it('of a folder stand for what is below it, not for names that begin alike', () => {
    expect(missingFrom({ fs: { read: ['data/a/b', './data/'] } }, { fs: { read: ['data'] } })).toBeUndefined();
    expect(missingFrom({ fs: { read: ['data2', 'data'] } }, { fs: { read: ['data/a'] } })).toEqual({ fs: { read: ['data', 'data2'] } });
    expect(missingFrom({ fs: { write: ['data'] } }, { fs: { read: ['.'] } })).toEqual({ fs: { write: ['data'] } });
    expect(intersect({ fs: { read: ['.'] } }, { fs: { read: ['a', 'b/c'] } })).toEqual({ fs: { read: ['a', 'b/c'] } });
  });
});
