/** What lies beside the examples works with `vp plugin`: their cases hold, and the package can be packed. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runNode } from '../kernel/support.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'vp-examples-'));
const vp = (...args: string[]) => runNode([join(root, 'kernel/bin/vp.js'), ...args], folder);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(['deny-command/deny-command.ts', 'session-budget/session-budget.ts', 'package'])(
  'the cases of %s hold in the sandbox',
  async (path) => {
    const { code, out, err } = await vp('plugin', 'test', join(root, 'examples', path), '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { missed, cases } = JSON.parse(out) as { missed: number; cases: { expected?: string }[] };
    expect([missed, cases.every(({ expected }) => expected !== undefined)]).toEqual([0, true]);
  },
);

it('the package is checked and packed, without its cases', async () => {
  const checked = await vp('plugin', 'check', join(root, 'examples/package'));
  expect(checked.out).toContain('may read protected-paths.txt');
  const packed = await vp('plugin', 'pack', join(root, 'examples/package'));
  expect({ code: packed.code, err: packed.err }).toEqual({ code: 0, err: '' });
  expect(packed.out).not.toContain('cases.jsonl');
  expect(existsSync(join(folder, 'protected-paths-1.0.0.tgz'))).toBe(true);
});
