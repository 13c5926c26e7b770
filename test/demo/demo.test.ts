import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Ended {
  readonly code: unknown;
  readonly lines: readonly string[];
  readonly errors: string;
}

function demo(): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(process.execPath, [join(import.meta.dirname, 'demo.ts')], (error, out, errors) =>
    resolve({ code: error?.code ?? 0, lines: out.split('\n'), errors }),
  );
  return promise;
}

/** In order; other lines may stand between them. */
const STORY = [
  /^VP demo: real claude CLI \d\S*, scripted Messages API on 127\.0\.0\.1, offline$/,
  /house-rules +active, generation 1/,
  /it holds/,
  /▸ Bash {2}ls -R build docs/,
  /✓ allowed/,
  /▸ Bash {2}rm -rf build/,
  /✗ denied by no-recursive-delete of house-rules, generation 1/,
  /why: gone is gone/,
  /instead: move it aside/,
  /▸ Bash {2}mv build build\.old/,
  /✓ allowed/,
  /built: new words/,
  /▸ Bash {2}chmod -R 777 build/,
  /✓ allowed/,
  /^ {2}\+ .*no-world-writable/,
  /house-rules: generation 1 → 2/,
  /▸ Bash {2}chmod -R 777 docs/,
  /✗ denied by no-world-writable of house-rules, generation 2/,
  /▸ Bash {2}chmod -R a\+rX docs/,
  /✓ allowed/,
  /session completed/,
  /^Hooks$/,
  /^ {2}pre-command +house-rules, onlooker +\d+/,
  /^Plugins$/,
  /^ {2}house-rules +kernel +replaced +1 /,
  /^ {2}house-rules +kernel +active +2 /,
  /^Times$/,
  /^Usage/,
  /vp submit "Task A: run the migration\." --priority high/,
  /· A starts/,
  /vp sessions/,
  /queued +critical/,
  /· A will go on \(resume\)/,
  /· D starts/,
  /kill -9 \d+/,
  /A new service has started/,
  /vp sessions/,
  /completed +high +\S+ +2 /,
  /^All as told\./,
];

it('tells its story without a terminal: plain lines, in order, and ends with 0', { timeout: 180_000 }, async () => {
  const { code, lines, errors } = await demo();
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(lines[0]).toMatch(STORY[0] as RegExp);
  expect(lines.join('\n')).not.toMatch(/[\x1b✘]|^ *✗ (?!denied)/m);
  let at = -1;
  for (const wanted of STORY) {
    const next = lines.findIndex((line, n) => n > at && wanted.test(line));
    expect(next, `${String(wanted)} after line ${at + 1}:\n${lines.join('\n')}`).toBeGreaterThan(at);
    at = next;
  }
});
