/** What the analysis learns from the disk: links and scripts, and nothing where the folder does not exist. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contextFor } from '../../../plugins/policy/machine.ts';

const machine = {
  env: (name: string) => ({ HOME: '/home/agent', AWS_SECRET_ACCESS_KEY: 'x' })[name],
  vpHome: '/state',
  guarded: ['/etc/vp.config.ts'],
};

function folder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vp-machine-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'project'));
  mkdirSync(join(dir, 'other'));
  return dir;
}

describe('the machine', () => {
  it('follows links as far as a path exists', () => {
    const dir = folder();
    symlinkSync('../other', join(dir, 'project/link'));
    const { resolvePath } = contextFor({ tool: 'Bash', input: {}, cwd: join(dir, 'project') }, machine);
    expect(resolvePath(join(dir, 'project/link/new/file'))).toBe(join(dir, 'other/new/file'));
    expect(resolvePath(join(dir, 'project/file'))).toBe(join(dir, 'project/file'));
  });

  it('reads scripts, if they are text of a sensible size', () => {
    const dir = folder();
    const at = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    const { readScript } = contextFor({ tool: 'Bash', input: {}, cwd: dir }, machine);
    expect(readScript(at('a.sh', 'rm -rf x'))).toBe('rm -rf x');
    expect(readScript(at('b.bin', new Uint8Array([1, 0, 2])))).toBeUndefined();
    expect(readScript(at('c.sh', 'x'.repeat(300_000)))).toBeUndefined();
    expect(readScript(join(dir, 'gone.sh'))).toBeUndefined();
    expect(readScript(dir)).toBeUndefined();
    spawnSync('mkfifo', [join(dir, 'pipe')]);
    expect(readScript(join(dir, 'pipe'))).toBeUndefined();
  });

  it('takes a folder that does not exist by its words', () => {
    const dir = folder();
    symlinkSync('../other', join(dir, 'project/link'));
    const { resolvePath, readScript } = contextFor({ tool: 'Bash', input: {}, cwd: '/nowhere/at/all' }, machine);
    expect(resolvePath(join(dir, 'project/link/file'))).toBe(join(dir, 'project/link/file'));
    expect(readScript(join(dir, 'project'))).toBeUndefined();
  });

  it('tells only variables that a session has from the kernel', () => {
    const { env, home } = contextFor({ tool: 'Bash', input: {}, cwd: '/x' }, machine);
    expect([home, env('HOME'), env('AWS_SECRET_ACCESS_KEY')]).toEqual(['/home/agent', '/home/agent', undefined]);
  });

  it('guards the state folder, what the options name, and the charter in force', () => {
    const { vp } = contextFor({ tool: 'Bash', input: {}, cwd: '/x', charter: '/house/charter.yaml' }, machine);
    expect(vp).toEqual({ home: '/state', guarded: ['/etc/vp.config.ts', '/house/charter.yaml'] });
    expect(contextFor({ tool: 'Bash', input: {}, cwd: '/x', charter: 'default' }, machine).vp.guarded).toEqual(machine.guarded);
  });
});
