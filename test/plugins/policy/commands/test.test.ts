/** `vp policy test`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCalls } from '../../../../plugins/policy/commands/calls.ts';
import test from '../../../../plugins/policy/commands/test.ts';
import { run } from './support.ts';

function file(lines: readonly unknown[], more: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'vp-policy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text);
  const path = join(folder, 'calls.jsonl');
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return path;
}

const cwd = '/nowhere/project';

describe('vp policy test', () => {
  it('prints a verdict for each line, in order, and nothing else', async () => {
    const path = file([
      { id: 'a', command: 'ls', cwd },
      '',
      { command: 'rm -rf /', cwd },
      { id: 3, tool: 'Read', input: { file_path: `${cwd}/a.ts` }, cwd },
    ]);
    const { code, out, err } = await run(test, [path]);
    const rows = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(rows.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['a', 'allow'],
      [3, 'deny'],
      [3, 'allow'],
    ]);
    expect(Object.keys(rows[1] ?? {})).toEqual(['id', 'verdict', 'rule', 'reason', 'micros']);
    expect(rows[1]).toMatchObject({ rule: 'delete.outside-workspace', reason: expect.any(String), micros: expect.any(Number) });
    expect(err[0]).toMatch(/^3 calls: 2 allowed, 0 asked, 1 denied/);
  });

  it('ends with 1 only where an expectation was missed', async () => {
    const met = [
      { command: 'ls', cwd, expected: 'allow' },
      { command: 'npm publish', cwd, expected: 'deny', acceptable: ['deny', 'ask'] },
    ];
    expect((await run(test, [file(met)])).code).toBe(0);
    const { code, err } = await run(test, [file([...met, { command: 'ls', cwd, expected: 'deny' }])]);
    expect(code).toBe(1);
    expect(err.join('\n')).toContain('expected: 2 of 3 as expected, 1 missed');
    expect(err.join('\n')).toContain('of 2 that should be stopped: 1 were');
  });

  it('judges by the charter that is named', async () => {
    const path = file([{ command: 'git push origin topic', cwd }], { 'c.yaml': 'name: a\nsafetyHeuristics: { alwaysReject: [push] }\n' });
    const { out } = await run(test, [path], { options: { charter: join(path, '../c.yaml') } });
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ verdict: 'deny', rule: 'alwaysReject' });
  });

  it('refuses a charter that does not hold', async () => {
    const path = file([{ command: 'ls', cwd }], { 'c.yaml': 'name: a\nsafetyHeuristics: { alwaysReject: [pusch] }\n' });
    await expect(run(test, [path], { options: { charter: join(path, '../c.yaml') } })).rejects.toMatchObject({
      code: 'VP_CHARTER_INVALID',
    });
  });

  it('names every line that it cannot read, and judges none', async () => {
    const bad = [
      '{',
      '[]',
      { comand: 'ls' },
      { command: ['rm'] },
      { command: 'ls', tool: 'Bash' },
      { tool: 'Read' },
      { command: 'ls', cwd: 'here' },
      { command: 'ls', expected: 'no' },
    ];
    const failed = await run(test, [file(bad)]).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'VP_POLICY_INPUT' });
    const { message } = failed as Error;
    for (let line = 1; line <= bad.length; line += 1) expect(message).toContain(`line ${line}: `);
    expect(message).toContain('the key comand is not known; did you mean command?');
  });

  it('says what to do where the file is missing, or none is named', async () => {
    await expect(run(test, ['/nowhere/calls.jsonl'])).rejects.toMatchObject({
      code: 'VP_POLICY_FILE',
      hint: expect.stringContaining('readable file'),
    });
    expect((await run(test, [])).code).toBe(2);
  });
});

describe('a line of calls', () => {
  it('may say more than the program asks for', () => {
    const { calls, problems } = readCalls('{"command":"ls","category":"x","note":"y","source":"z"}', '/here');
    expect(problems).toEqual([]);
    expect(calls).toEqual([{ id: 1, call: { tool: 'Bash', input: { command: 'ls' }, cwd: '/here' }, expected: undefined, acceptable: [] }]);
  });
});
