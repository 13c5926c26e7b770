/** What a person reads before granting, and pastes to grant. */
import { describe, expect, it } from 'vitest';
import { manifestSchema, type HookName } from '@vp/schemas';
import { normalisePermissions } from '../../../sandbox/permissions/check.ts';
import { grantText, inWords, warningsOf } from '../../../sandbox/permissions/words.ts';

describe('in words', () => {
  it('each thing has a line', () => {
    expect(
      inWords({
        hooks: ['pre-command'],
        fs: { read: ['data/'], write: ['out/report.json', '.'] },
        net: ['https://api.acme.dev'],
        env: ['ACME_COLOR'],
        services: ['sessions:read'],
        kv: true,
        timers: true,
        log: false,
      }),
    ).toEqual([
      'sees every command your agents want to run, and may deny it',
      'may read files under data/',
      'may write all files in the folder of the config and below',
      'may call https://api.acme.dev',
      'may read the environment variable ACME_COLOR',
      'may see which sessions and requests there are, how they fare and what they cost',
      'may keep small values of its own',
      'may wake up by itself, by timers',
    ]);
  });

  it('every hook has words of its own', () => {
    const hooks = manifestSchema.$defs.HookName.enum as HookName[];
    const words = inWords({ hooks });
    expect(new Set(words).size).toBe(hooks.length);
    expect(words.every((line) => line.length > 10)).toBe(true);
  });

  it('nothing has none', () => expect(inWords({ kv: false, net: [] })).toEqual([]));
});

describe('warnings', () => {
  it('there are none for what is narrow', () => {
    expect(warningsOf({ hooks: ['pre-command'], fs: { read: ['data'] }, env: ['ACME_COLOR'], kv: true, timers: true, log: true })).toEqual(
      [],
    );
    expect(warningsOf({ net: ['https://api.acme.dev'] })).toEqual([]);
  });

  it.each([
    [{ fs: { read: ['.'] } }, 'may read everything'],
    [{ fs: { write: ['./'] } }, 'may write everything'],
    [{ fs: { write: ['.git/hooks'] } }, 'can be run by other programs'],
    [{ fs: { write: ['sub/package.json'] } }, 'can be run by other programs'],
    [{ fs: { write: ['vp.config.ts'] } }, 'can be run by other programs'],
    [{ fs: { read: ['.env.local'] } }, 'usually holds secrets'],
    [{ fs: { read: ['keys/id_ed25519'] } }, 'usually holds secrets'],
    [{ env: ['ANTHROPIC_BASE_URL'] }, 'ANTHROPIC_BASE_URL looks like a secret'],
    [{ env: ['AWS_PROFILE'] }, 'looks like a secret'],
    [{ env: ['ACME_TOKEN'] }, 'looks like a secret'],
    [{ env: ['DB_PASSWORD'] }, 'looks like a secret'],
    [{ env: ['APIKEY'] }, 'looks like a secret'],
    [{ net: ['a', 'b', 'c', 'd', 'e'].map((name) => `https://${name}.dev`) }, '5 origins'],
    [{ net: ['https://xn--pple-43d.com'] }, 'mistaken'],
    [{ net: ['https://a.dev'], hooks: ['pre-command'] as HookName[] }, 'can send to https://a.dev what it sees in pre-command'],
    [{ net: ['https://a.dev'], hooks: ['on-output'] as HookName[] }, 'what it sees in on-output'],
    [{ net: ['https://a.dev'], env: ['COLOR'] }, 'the values of COLOR'],
    [{ net: ['https://a.dev'], fs: { read: ['data'] } }, 'the files that it may read'],
    [{ net: ['https://a.dev'], services: ['sessions:read'] }, 'what it learns from sessions:read'],
  ])('%j', (permissions, words) => {
    expect(warningsOf(permissions).join('\n')).toContain(words);
  });
});

describe('the text for the config', () => {
  it('is TypeScript that says exactly this', () => {
    const permissions = { hooks: ['pre-command' as const], fs: { read: ["it's/"] }, net: ['https://a.dev'], kv: true, log: false };
    const text = grantText('./a "b".ts', permissions);
    expect(text).toBe(
      `{ use: './a "b".ts', grant: { hooks: ['pre-command'], fs: { read: ['it\\'s'] }, net: ['https://a.dev'], kv: true } }`,
    );
    // oxlint-disable-next-line no-eval -- the text is code, and this is the test of it
    expect((0, eval)(`(${text})`)).toEqual({ use: './a "b".ts', grant: normalisePermissions(permissions) });
  });

  it('of nothing is an empty grant', () => expect(grantText('a', {})).toBe(`{ use: 'a', grant: {} }`));
});
