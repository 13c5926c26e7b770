/** The last line of `.ci/run` tells the truth, also when the tests ended badly. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const program = join(import.meta.dirname, '../../.ci/summary.ts');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The last line and the exit code for a report with these files, each a list of its tests' states. */
function summary(text: string | undefined, check: number, tests: number): { line: string | undefined; status: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'vp-summary-'));
  folders.push(folder);
  const path = join(folder, 'tests.json');
  if (text !== undefined) writeFileSync(path, text);
  const { stdout, status } = spawnSync(process.execPath, [program, String(check), path, String(tests)], { encoding: 'utf8' });
  return { line: stdout.trimEnd().split('\n').at(-1), status };
}

function report(...files: readonly { status: string; tests: readonly string[] }[]): string {
  const testResults = files.map(({ status, tests }) => ({ status, assertionResults: tests.map((state) => ({ status: state })) }));
  return JSON.stringify({ testResults });
}

describe('the last line of .ci/run', () => {
  it('counts what passed, failed and was skipped', () => {
    const files = report({ status: 'passed', tests: ['passed', 'passed', 'skipped'] }, { status: 'failed', tests: ['failed', 'todo'] });
    expect(summary(files, 0, 1)).toEqual({ line: '2 passed, 1 failed, 2 skipped', status: 1 });
  });

  it('ends well only if all is well', () => {
    const files = report({ status: 'passed', tests: ['passed'] });
    expect(summary(files, 0, 0)).toEqual({ line: '1 passed, 0 failed, 0 skipped', status: 0 });
    expect(summary(files, 1, 0)).toEqual({ line: '1 passed, 1 failed, 0 skipped', status: 1 });
  });

  it('counts a file that could not be loaded', () => {
    const files = report({ status: 'passed', tests: ['passed'] }, { status: 'failed', tests: [] });
    expect(summary(files, 0, 1)).toEqual({ line: '1 passed, 1 failed, 0 skipped', status: 1 });
  });

  it('counts an end with an error that no test accounts for', () => {
    expect(summary(report({ status: 'passed', tests: ['passed'] }), 0, 1)).toEqual({ line: '1 passed, 1 failed, 0 skipped', status: 1 });
  });

  it('adds the runs up, and needs each of them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vp-summary-'));
    folders.push(folder);
    writeFileSync(join(folder, 'a.json'), report({ status: 'passed', tests: ['passed'] }));
    const last = (...args: string[]): string | undefined =>
      spawnSync(process.execPath, [program, '0', ...args], { encoding: 'utf8' })
        .stdout.trimEnd()
        .split('\n')
        .at(-1);
    const a = join(folder, 'a.json');
    expect(last(a, '0', a, '0')).toBe('2 passed, 0 failed, 0 skipped');
    expect(last(a, '0', join(folder, 'b.json'), '1')).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('fails where there is no report, or half of one', () => {
    expect(summary(undefined, 0, 0)).toEqual({ line: '0 passed, 1 failed, 0 skipped', status: 1 });
    expect(summary('{"testResults": [', 0, 137)).toEqual({ line: '0 passed, 1 failed, 0 skipped', status: 1 });
  });
});
