/** The check of the check: two careless sandboxes, and the programs that find them out. */
import { describe, expect, test } from 'vitest';
import { believing, vmHost } from './careless.ts';
import { allPrograms, isGiven, judge, rowOf } from './suite.ts';
import type { RunOptions } from './kernel.ts';

/** What a run is found out by, said by the conditions that always hold. */
const OUT = /it reports: escaped|outside: |sent to |something secret/;
/** By the reason of an end, by an answer that had left, by what it came to. */
const ANY = /./;

const VM: readonly (readonly [string, RegExp])[] = [
  ['ctor-chain', OUT],
  ['process-reach', OUT],
  ['realm-walk', OUT],
  ['loop-sync', ANY],
  ['microtask-storm', ANY],
];
const BELIEVING: readonly (readonly [string, RegExp])[] = [
  ['fs-symlink', OUT],
  ['net-redirect', OUT],
  ['net-userinfo', OUT],
  ['env-probe', OUT],
  ['wishes', OUT],
];

// With the programs of somebody else there is nothing to say on the check itself.
describe.skipIf(isGiven)('a careless sandbox fails', () => {
  test.each(VM)('node:vm without the permission model: %s finds it out', async (name, by) => {
    expect((await problems(name, { seams: vmHost })).join('\n')).toMatch(by);
  });

  test.each(BELIEVING)('prefix checks, unchecked redirects, asked is granted: %s finds it out', async (name, by) => {
    expect((await problems(name, { seams: believing })).join('\n')).toMatch(by);
  });
});

async function problems(name: string, options: RunOptions): Promise<string[]> {
  const program = allPrograms().find((one) => one.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  const verdicts = await judge(program, options);
  for (const verdict of verdicts) process.stdout.write(`${rowOf(verdict.evidence, verdict.problems)}\n`);
  return verdicts.flatMap((verdict) => verdict.problems);
}
