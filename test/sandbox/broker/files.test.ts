/** Files of a guest: what was granted, and nothing that a path, a link or a race could make of it. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { guestFiles } from '../../../sandbox/broker/files.ts';
import { openFolder, type OpenFolderAt } from '../../../sandbox/broker/folders.ts';
import { openFolderByName } from '../../../sandbox/broker/portable.ts';
import type { GuestFiles } from '../../../sandbox/seams.ts';
import { openFiles, put, refusal, temporary } from './support.ts';

const CANARY = 'CANARY';

interface Place {
  readonly dir: string;
  readonly base: string;
  files(read: readonly string[], write?: readonly string[]): GuestFiles;
}

/** `base/data` as the hostile corpus has it, and a canary outside. */
function place(way: OpenFolderAt = openFolder): Place {
  const dir = temporary();
  put(dir, {
    'canary.txt': CANARY,
    'base/data/ok.txt': 'ok',
    'base/data/sub/deep.txt': 'deep',
    'base/other.txt': 'other',
    'home/state': 's',
  });
  const base = join(dir, 'base');
  symlinkSync('../../canary.txt', join(base, 'data/link-file'));
  symlinkSync('../..', join(base, 'data/link-dir'));
  symlinkSync('../../nowhere.txt', join(base, 'data/link-dangling'));
  spawnSync('mkfifo', [join(base, 'data/fifo')]);
  const files = (read: readonly string[], write: readonly string[] = read): GuestFiles =>
    guestFiles({ baseDir: base, home: join(dir, 'home'), read, write, maxBytes: 4_096, openFolder: way });
  return { dir, base, files };
}

describe.each<[string, OpenFolderAt]>([
  ['by descriptor', openFolder],
  ['by name', openFolderByName],
])('files opened %s', (_way, openWay) => {
  it('are read, written and listed where they were granted', async () => {
    const { base, files } = place(openWay);
    const all = files(['data/']);
    expect(await all.readText('data/ok.txt')).toBe('ok');
    expect(await all.readText('./data/./ok.txt')).toBe('ok');
    expect(await all.readText('data/sub/deep.txt')).toBe('deep');
    await all.writeText('data/new.txt', 'new ü');
    expect(readFileSync(join(base, 'data/new.txt'), 'utf8')).toBe('new ü');
    await all.writeText('data/ok.txt', '');
    expect(await all.readText('data/ok.txt')).toBe('');
    expect(await all.list('data/')).toEqual(['new.txt', 'ok.txt', 'sub']);
    expect(await files(['.']).list('.')).toEqual(['data', 'other.txt']);
    expect(await files(['.']).readText('other.txt')).toBe('other');
  });

  it('keep their mode when they are written anew', async () => {
    const { base, files } = place(openWay);
    chmodSync(join(base, 'data/ok.txt'), 0o640);
    await files(['data']).writeText('data/ok.txt', 'x');
    expect(statSync(join(base, 'data/ok.txt')).mode & 0o777).toBe(0o640);
  });

  it('are refused where nothing granted covers them, with what to add', async () => {
    const { files } = place(openWay);
    const error = await refusal(files(['data/sub']).readText('data/ok.txt'));
    expect(error).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(error.message).toContain('add "data/ok.txt", or a folder above it, to permissions.fs.read');
    expect(await refusal(files(['data'], []).writeText('data/ok.txt', ''))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(files(['dat', 'data/ok']).readText('data/ok.txt'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(files(['../', '/', '', 'data/../..']).readText('data/ok.txt'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
  });

  it('are never reached through a link, read or written', async () => {
    const { dir, base, files } = place(openWay);
    const all = files(['.']);
    for (const path of ['data/link-file', 'data/link-dir/canary.txt', 'data/link-dangling', 'data/link-dir/new.txt', 'data/fifo']) {
      const reading = await refusal(all.readText(path));
      expect(reading.code, path).toMatch(/^VP_PERMISSION_DENIED$|^ENOENT$/);
      expect(reading.message).not.toContain(dir);
      expect(await refusal(all.writeText(path, 'PWNED')), path).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    }
    expect(await refusal(all.list('data/link-dir'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(readFileSync(join(dir, 'canary.txt'), 'utf8')).toBe(CANARY);
    expect(readdirSync(dir).toSorted()).toEqual(['base', 'canary.txt', 'home']);
    expect(readdirSync(join(base, 'data')).toSorted()).toEqual(['fifo', 'link-dangling', 'link-dir', 'link-file', 'ok.txt', 'sub']);
  });

  it('that have a second name are left alone', async () => {
    const { dir, base, files } = place(openWay);
    linkSync(join(dir, 'canary.txt'), join(base, 'data/hard'));
    expect(await refusal(files(['data']).readText('data/hard'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(files(['data']).writeText('data/hard', 'PWNED'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(readFileSync(join(dir, 'canary.txt'), 'utf8')).toBe(CANARY);
  });

  it('in the state folder stay out of reach, wherever that lies', async () => {
    const { dir, base } = place(openWay);
    const home = join(base, 'data/sub');
    const at = (baseDir: string) => guestFiles({ baseDir, home, read: ['.'], write: ['.'], maxBytes: 99, openFolder: openWay });
    expect(await refusal(at(base).list('data/sub'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(at(dir).list('base/data/sub'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(at(base).readText('data/sub/deep.txt'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(at(base).writeText('data/sub/x.txt', ''))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(await refusal(at(home).readText('deep.txt'))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(existsSync(join(home, 'x.txt'))).toBe(false);
  });

  it('are closed again, whatever becomes of the request', async () => {
    const { files } = place(openWay);
    const all = files(['.']);
    const round = async (): Promise<void> => {
      for (const path of [
        'data/ok.txt',
        'data/link-file',
        'data/link-dir/x',
        'data/fifo',
        'data/none/x',
        'data',
        'data/ok.txt/x',
        '../x',
      ]) {
        await all.readText(path).catch(() => undefined);
        await all.writeText(path, 'x').catch(() => undefined);
        await all.list(path).catch(() => undefined);
      }
    };
    await round();
    const before = openFiles();
    for (let count = 0; count < 20; count += 1) await round();
    expect(openFiles()).toBe(before);
  });
});

describe('a path', () => {
  const attacks = [
    '../canary.txt',
    '/etc/passwd',
    'data/../../canary.txt',
    'sub/../../canary.txt',
    './/..//canary.txt',
    '..\\canary.txt',
    '%2e%2e/canary.txt',
    'ok.txt\0/../../canary.txt',
    '/proc/self/environ',
    '/proc/self/root/etc/passwd',
    'file:///etc/passwd',
    'FILE:x',
    '',
    'data//ok.txt',
    'data/ok.txt/',
    '..',
    'data/..',
    '\ud800',
    'x'.repeat(1_001),
    `data/${'x'.repeat(256)}`,
  ];

  it.each(attacks)('like %j opens nothing', async (path) => {
    const { files } = place();
    const all = files(['.']);
    expect((await refusal(all.readText(path))).code).toMatch(/^(?:VP_PERMISSION_DENIED|VP_SANDBOX_ARGUMENT|ENOENT)$/);
    if (path !== '%2e%2e/canary.txt') expect((await refusal(all.writeText(path, 'PWNED'))).code).toMatch(/^VP_/);
  });

  it.each([[{}], [null], [undefined], [1], [['data/ok.txt']], [{ path: 'data/ok.txt' }]])(
    'that is no text but %j is refused',
    async (path) => {
      const { files } = place();
      const all = files(['.']);
      for (const promise of [all.readText(path), all.writeText(path, 'x'), all.list(path), all.writeText('data/x', path)]) {
        expect(await refusal(promise)).toMatchObject({ code: 'VP_SANDBOX_ARGUMENT' });
      }
    },
  );

  it('that was made up of anything reads and writes nothing outside', async () => {
    const { dir, base, files } = place();
    const all = files(['data']);
    const names = fc.constantFrom(
      '..',
      '.',
      '',
      'data',
      'ok.txt',
      'link-dir',
      'link-file',
      'canary.txt',
      'etc',
      '/',
      '\\',
      '\0',
      'ſ',
      '%2e%2e',
      '～',
      'sub',
    );
    const paths = fc.oneof(
      fc.array(names, { maxLength: 6 }).map((parts) => parts.join('/')),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(paths, async (path) => {
        const read = await all.readText(path).catch(() => '');
        await all.writeText(path, 'x').catch(() => undefined);
        await all.list(path).catch(() => undefined);
        return read !== CANARY;
      }),
      { numRuns: 500 },
    );
    expect(readFileSync(join(dir, 'canary.txt'), 'utf8')).toBe(CANARY);
    expect(readdirSync(dir).toSorted()).toEqual(['base', 'canary.txt', 'home']);
    expect(readdirSync(base).toSorted()).toEqual(['data', 'other.txt']);
  });
});

describe('what no grant covers', () => {
  it.each([
    'vp.config.ts',
    'vp.config.json',
    'VP.Config.yaml',
    '.vp.config.mjs',
    'plugin.json',
    'data/plugin.json',
    'package.json',
    'PacKage.JSON',
    'rules.ts',
    'data/x.mjs',
    'x.cjs',
    'x.tsx',
    '.git/config',
    '.git/hooks/pre-commit',
    'data/.claude/settings.json',
    'node_modules/a/b.txt',
    '.GIT/x',
  ])('is writing %s', async (path) => {
    const { base, files } = place();
    put(base, { 'node_modules/a/x': '', '.git/hooks/x': '', 'data/.claude/x': '' });
    const error = await refusal(files(['.', path]).writeText(path, 'x'));
    expect(error).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(error.message).toContain('nothing grants that');
    expect(existsSync(join(base, path))).toBe(false);
  });
});

describe('a file that cannot be used', () => {
  it('is named by the code of the system, in words without a path of the machine', async () => {
    const { dir, files } = place();
    const all = files(['.']);
    const said = [
      [() => all.readText('data/none.txt'), 'ENOENT'],
      [() => all.readText('data'), 'EISDIR'],
      [() => all.readText('data/ok.txt/x'), 'ENOTDIR'],
      [() => all.writeText('none/x.txt', 'x'), 'ENOENT'],
      [() => all.list('data/ok.txt'), 'ENOTDIR'],
      [() => all.readText('.'), 'VP_SANDBOX_ARGUMENT'],
    ] as const;
    for (const [act, code] of said) {
      const error = await refusal(act());
      expect(error.code).toBe(code);
      expect(error.message).not.toContain(dir);
      expect(error.message).not.toMatch(/proc/);
    }
  });

  it('or is too large is refused, in both directions', async () => {
    const { base, files } = place();
    put(base, { 'data/big.txt': '' });
    truncateSync(join(base, 'data/big.txt'), 4_097);
    expect(await refusal(files(['data']).readText('data/big.txt'))).toMatchObject({ code: 'VP_SANDBOX_LIMIT' });
    expect(await refusal(files(['data']).writeText('data/new.txt', 'ü'.repeat(2_049)))).toMatchObject({ code: 'VP_SANDBOX_LIMIT' });
    await files(['data']).writeText('data/new.txt', 'ü'.repeat(2_048));
    expect((await files(['data']).readText('data/new.txt')).length).toBe(2_048);
  });
});

describe.runIf(process.platform === 'linux')('a folder that is swapped with a link all the time', () => {
  it('never leads outside, neither for reading nor for writing', async () => {
    const { dir, base, files } = place();
    put(dir, { 'outside/canary.txt': CANARY, 'outside/in.txt': CANARY });
    put(base, { 'data/real/in.txt': 'inside' });
    symlinkSync('../../outside', join(base, 'data/lie'));
    const swapper = spawn(process.execPath, ['-e', SWAP, join(base, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void swapper.kill('SIGKILL'));
    await new Promise((resolve) => swapper.stdout.once('data', resolve));
    const all = files(['data']);
    const outcomes = { inside: 0, refused: 0, wrote: 0 };
    for (let round = 0; round < 3_000; round += 1) {
      const read = await all.readText('data/swap/in.txt').catch(() => undefined);
      expect(read).not.toBe(CANARY);
      if (read === undefined) outcomes.refused += 1;
      else outcomes.inside += 1;
      const wrote = await all.writeText(`data/swap/new-${round % 7}.txt`, 'PWNED').then(
        () => true,
        () => false,
      );
      if (wrote) outcomes.wrote += 1;
      expect(await all.list('data/swap').catch(() => [])).not.toContain('canary.txt');
    }
    const ended = new Promise((resolve) => swapper.once('exit', resolve));
    swapper.kill('SIGKILL');
    await ended;
    expect(readdirSync(join(dir, 'outside')).toSorted()).toEqual(['canary.txt', 'in.txt']);
    expect(readFileSync(join(dir, 'outside/canary.txt'), 'utf8')).toBe(CANARY);
    // Else the race was not run.
    expect(Math.min(outcomes.inside, outcomes.refused, outcomes.wrote)).toBeGreaterThan(0);
  });
});

/** `swap` is the folder `real` and the link `lie` in turn, changed every millisecond. */
const SWAP = `
const { renameSync } = require('node:fs');
process.chdir(process.argv[1]);
let now = 'real';
let other = 'lie';
renameSync(now, 'swap');
process.stdout.write('up');
setInterval(() => {
  renameSync('swap', now);
  renameSync(other, 'swap');
  [now, other] = [other, now];
}, 1);
`;
