/** What permissions may say. */
import { isAbsolute, posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPermissions, normalisePermissions } from '../../../sandbox/permissions/check.ts';

const readable = (path: string): boolean => checkPermissions({ fs: { read: [path] } }).length === 0;
const callable = (origin: string): boolean => checkPermissions({ net: [origin] }).length === 0;

describe('a path', () => {
  it.each(['data', 'data/', './data', 'data/in/ok.txt', '.', './', '.env', '..data', 'a..b', 'ein Ordner/ä.txt', 'a-b_c.d'])(
    '%j is one',
    (path) => {
      expect(readable(path)).toBe(true);
    },
  );

  it.each([
    '/', '/etc', '//a', '..', '../a', 'a/..', 'a/../b', './..', 'a//b', 'a/./b', '~', '~/a', '~root/a', 'a\\b', '..\\a', 'C:/a', 'c:a', 'a\0b',
    'a\nb', '*', 'data/*', '**', 'a?', '[a]', '{a,b}', ' a', 'a ', 'a\u202etxt.exe', 'a\u200bb', '', './/a', 'a//', '././', './~', './C:a', './ a', './/etc',
  ])('%j is none', (path) => {
    expect(readable(path)).toBe(false);
  }); // prettier-ignore

  it('that is accepted never leaves its folder, and means the same in normal form', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '~', '*', '\\', 'b c', '\0', '...', 'é');
    const path = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/')),
      fc.string(),
    );
    fc.assert(
      fc.property(path, (one) => {
        if (!readable(one)) return;
        const [normal = ''] = normalisePermissions({ fs: { read: [one] } }).fs?.read ?? [];
        expect(isAbsolute(one)).toBe(false);
        expect(posix.normalize(one).split('/')).not.toContain('..');
        expect(posix.join('/top', normal)).toBe(posix.join('/top', one).replace(/\/$/, ''));
        expect(readable(normal)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an origin', () => {
  it.each(['https://api.acme.dev', 'https://api.acme.dev:8443', 'https://a', 'https://xn--bcher-kva.example', 'https://1and1.com'])(
    '%s is one',
    (origin) => {
      expect(callable(origin)).toBe(true);
    },
  );

  it.each([
    'http://a.dev', 'https://*', 'https://*.a.dev', '*', 'https://a.dev/', 'https://a.dev/x', 'https://a.dev?x', 'https://a.dev#x', 'https://a.dev:443',
    'https://A.dev', 'HTTPS://a.dev', 'https://u@a.dev', 'https://u:p@a.dev', 'https://@a.dev', 'https://a.dev.', 'https://a..dev', 'https://127.0.0.1',
    'https://0x7f.1', 'https://2130706433', 'https://[::1]', 'https://localhost', 'https://x.localhost', 'https://a.dev\\@b.dev', 'https://a.dev\t',
    ' https://a.dev', 'https:a.dev', 'https:/a.dev', 'https://', 'wss://a.dev', 'a.dev', 'https://bücher.example', 'https://a_b.dev', 'https://a.dev:99999',
    'https://-a.dev', 'https://a%2edev', 'https://ａ.dev', 'https://a.dev:', '__proto__',
  ])('%j is none', (origin) => {
    expect(callable(origin)).toBe(false);
  }); // prettier-ignore

  it('for all hosts is answered with what to write instead', () => {
    expect(checkPermissions({ net: ['https://*'] })[0]).toMatchObject({
      path: '/net/0',
      expected: expect.stringContaining('name each origin'),
    });
    expect(checkPermissions({ net: ['https://Api.acme.dev:443/v1'] })[0]?.expected).toContain('https://api.acme.dev');
  });

  it('that is accepted is its own origin, of a named host', () => {
    const text = fc.oneof(
      fc.webUrl({ validSchemes: ['https', 'http'], withFragments: true }),
      fc
        .tuple(fc.constantFrom('', 'u@', 'a.', '127.', '*.'), fc.domain(), fc.constantFrom('', '.', ':443', ':8443', '/'))
        .map((parts) => `https://${parts.join('')}`),
      fc.ipV4().map((ip) => `https://${ip}`),
      fc.ipV6().map((ip) => `https://[${ip}]`),
    );
    fc.assert(
      fc.property(text, (one) => {
        if (!callable(one)) return;
        const url = new URL(one);
        expect(url.origin).toBe(one);
        expect(url.protocol).toBe('https:');
        expect(url.hostname).not.toMatch(/^[\d.]+$|^\[|\.$|(?:^|\.)localhost$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a set', () => {
  it.each([
    [{ disk: true }, '/disk'],
    [{ hooks: ['beforeToolCall'] }, '/hooks/0'],
    [{ kv: 'yes' }, '/kv'],
    [{ env: ['*'] }, '/env/0'],
    [{ env: ['AWS_*'] }, '/env/0'],
    [{ env: ['A B'] }, '/env/0'],
    [{ services: ['sessions'] }, '/services/0'],
    [{ fs: ['data'] }, '/fs'],
    [{ net: 'https://a.dev' }, '/net'],
    [JSON.parse('{ "__proto__": { "kv": true } }'), '/__proto__'],
    [null, ''],
    [[], ''],
    ['all', ''],
  ])('%j is refused at its place', (value, path) => {
    expect(checkPermissions(value)).toContainEqual(expect.objectContaining({ path }));
  });

  it('of all kinds is accepted', () => {
    const value = {
      hooks: ['pre-command'],
      fs: { read: ['a'], write: ['a'] },
      net: ['https://a.dev'],
      env: ['A_B', 'constructor'],
      kv: true,
      services: ['sessions:read'],
      timers: true,
      log: false,
    };
    expect(checkPermissions(value)).toEqual([]);
    expect(checkPermissions({})).toEqual([]);
  });

  it('that may be anything throws nothing', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => Array.isArray(checkPermissions(value))));
  });
});
