import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../../kernel/service/identity.ts';
import { lock, prepareHome, runningKernel } from '../../../kernel/service/lock.ts';

let home = '';
const file = (): string => join(home, 'kernel.pid');

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vp-lock-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** The lock of a process that has ended. */
function staleLock(): string {
  const { pid } = spawnSync('true');
  return `${pid}\n12345\n${identityOf(process.pid)?.boot ?? ''}\n`;
}

describe('the lock of a state folder', () => {
  it('says who holds it, in three lines, and is gone when it is let go', () => {
    const unlock = lock(home);
    const me = identityOf(process.pid);
    expect(readFileSync(file(), 'utf8')).toBe(`${me?.pid}\n${me?.start}\n${me?.boot}\n`);
    expect((statSync(file()).mode & 0o777).toString(8)).toBe('600');
    expect(runningKernel(home)).toEqual(me);
    unlock();
    expect(readdirSync(home)).toEqual([]);
    expect(runningKernel(home)).toBeUndefined();
  });

  it('is refused while its holder lives, by PID', () => {
    lock(home);
    expect(() => lock(home)).toThrow(
      expect.objectContaining({ code: 'VP_KERNEL_RUNNING', message: expect.stringContaining(String(process.pid)) }),
    );
  });

  it.each([
    ['of a process that has ended', staleLock],
    ['of another process that bears the same PID now', () => `${process.pid}\n1\n${identityOf(process.pid)?.boot ?? ''}\n`],
    ['of the same PID before the machine was booted', () => `${process.pid}\n${identityOf(process.pid)?.start ?? ''}\nanother-boot\n`],
    ['that is garbage', () => '\0\0 not a lock'],
    ['that is empty', () => ''],
  ])('%s is taken over', (_what, text) => {
    writeFileSync(file(), text());
    expect(runningKernel(home)).toBeUndefined();
    lock(home)();
    expect(readdirSync(home)).toEqual([]);
  });

  it('is taken over though somebody died while taking it over', () => {
    for (const name of ['kernel.pid', 'kernel.pid.break', 'kernel.pid.break.break']) writeFileSync(join(home, name), staleLock());
    lock(home)();
    expect(readdirSync(home)).toEqual([]);
  });

  it('that cannot be one is named, with what to do', () => {
    mkdirSync(file());
    expect(() => lock(home)).toThrow(
      expect.objectContaining({ code: 'VP_HOME_UNUSABLE', file: file(), hint: expect.stringContaining('VP_HOME') }),
    );
  });

  it('is not let go by who lost it', () => {
    const unlock = lock(home);
    writeFileSync(file(), 'of somebody else');
    unlock();
    expect(existsSync(file())).toBe(true);
  });

  it('goes to exactly one of ten who start at the same time, over a stale one', async () => {
    for (let round = 0; round < 3; round += 1) {
      rmSync(file(), { force: true });
      writeFileSync(file(), staleLock());
      const children = Array.from({ length: 10 }, () =>
        spawn(process.execPath, [join(import.meta.dirname, 'starter.ts'), home], { stdio: ['pipe', 'pipe', 'inherit'] }),
      );
      const said = children.map(() => '');
      const waits = (wanted: number): Promise<unknown> =>
        Promise.all(
          children.map(async ({ stdout }, n) => {
            while ((said[n] ?? '').split('\n').length <= wanted) said[n] += String((await once(stdout, 'data'))[0]);
          }),
        );
      await waits(1);
      for (const { stdin } of children) stdin.write('go\n');
      await waits(2);
      const results = said.map((text) => text.trim().split('\n')[1] ?? '').toSorted();
      expect(results).toEqual([...Array.from({ length: 9 }, () => 'VP_KERNEL_RUNNING'), 'won']);
      await Promise.all(
        children.map(async (child) => {
          child.stdin.end();
          if (child.exitCode === null) await once(child, 'exit');
        }),
      );
    }
  });
});

describe('the state folder', () => {
  it('is made for this user alone, with those above it', () => {
    const deep = join(home, 'a', 'b');
    prepareHome(deep);
    expect((statSync(deep).mode & 0o777).toString(8)).toBe('700');
  });

  it('that is a file is named, with what to do', () => {
    const path = join(home, 'file');
    writeFileSync(path, '');
    expect(() => prepareHome(path)).toThrow(expect.objectContaining({ code: 'VP_HOME_UNUSABLE', file: path }));
  });
});
