/** Commands that need no kernel reach what plugins offer without one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'vp-offline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function vp(args: readonly string[], input = '') {
  const program = join(import.meta.dirname, '../../../kernel/bin/main.ts');
  const env = { PATH: process.env['PATH'], HOME: folder, VP_HOME: join(folder, 'state') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, env, input, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const charter = join(folder, 'c.yaml');
writeFileSync(
  charter,
  'name: a\nconstraints:\n  alwaysReject: [push]\n  forbiddenCommands:\n    - { rule: make release, match: [make -C x release] }\n',
);

describe('a command without a kernel', () => {
  it('judges calls by a charter', () => {
    const lines = ['{"id":"a","command":"ls"}', '{"id":"b","command":"git push origin topic"}'].join('\n');
    const { code, out, err } = vp(['policy', 'test', '-', '--charter', charter], lines);
    expect({ code, err: err.split('\n')[0] }).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^2 calls: 1 allowed, 0 asked, 1 denied/),
    });
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { verdict: string }).verdict),
    ).toEqual(['allow', 'deny']);
  });

  it('says in the words of errors what is wrong, with exit code 2', () => {
    expect(vp(['policy', 'test', 'gone.jsonl'])).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
    expect(vp(['policy', 'test', '-'], '{')).toMatchObject({ code: 2, err: expect.stringContaining('line 1') });
  });

  it('tries the examples of a charter', () => {
    expect(vp(['charter', 'check', charter])).toMatchObject({ code: 0 });
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'name: a\nconstraints:\n  forbiddenCommands:\n    - { rule: make release, match: [make test] }\n');
    const { code, out } = vp(['charter', 'check', bad]);
    expect(code).toBe(2);
    expect(out).toContain('/constraints/forbiddenCommands/0: expected a rule that fits its example, found "make test"');
  });
});
