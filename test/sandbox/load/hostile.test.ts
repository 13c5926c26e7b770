/** Source that takes any time and memory to compile ends its own compiler and nothing else: the process that asks goes on. */
import { afterAll, expect, it } from 'vitest';
import { Compiler } from '../../../sandbox/load/compiler/compiler.ts';
import { readPlugin } from '../../../sandbox/load/read.ts';
import { folder, thrown, type Folder } from './folder.ts';

const MB = 1024 * 1024;
const HEAP_MB = 64;
const compiler = new Compiler();
/** For what would take up all the time there is. */
const brief = new Compiler({ deadlineMs: 3_000 });
afterAll(() => Promise.all([compiler.close(), brief.close()]));

interface Case {
  readonly what: string;
  /** Writes the files and gives the entry's text. */
  readonly text: (at: Folder) => string;
  readonly code: string;
  readonly words: RegExp;
  readonly with?: Compiler;
}

const CASES: readonly Case[] = [
  {
    what: '20,000 imports that lead nowhere, in one line',
    text: () => `${lines(20_000, (n) => `import './missing${n}';`)}export default { name: 'p' };`,
    code: 'VP_SANDBOX_SYNTAX',
    words: /more than \d+ (?:MB of memory|s)$/,
    with: brief,
  },
  {
    what: '3,000,000 parentheses',
    text: () => `export default ${'('.repeat(3_000_000)}1${')'.repeat(3_000_000)};`,
    code: 'VP_SANDBOX_SYNTAX',
    words: /ends the compiler|MB of memory/,
  },
  {
    what: '5,000 files',
    text: (at) => {
      for (let n = 0; n < 5_000; n += 1) at.write(`parts/${n}.ts`, `export const a${n} = ${n};`);
      return `${lines(5_000, (n) => `import './parts/${n}.ts';\n`)}export default { name: 'p' };`;
    },
    code: 'VP_SANDBOX_SIZE',
    words: /16 MB/,
  },
  {
    what: 'an entry of 4 MB of nested lists',
    text: () => `export default ${'['.repeat(2 * MB)}${']'.repeat(2 * MB)};`,
    code: 'VP_SANDBOX_SYNTAX',
    words: /ends the compiler|MB of memory/,
  },
  {
    what: 'one name declared 20,000 times, in one line',
    text: () => `${lines(20_000, () => 'let a;')}export default { name: 'p' };`,
    code: 'VP_SANDBOX_SYNTAX',
    words: /already been declared|more than \d+ (?:MB of memory|s)$/,
    with: brief,
  },
  {
    what: 'a text of 100 KB that stands for 1 GB',
    text: () => `const a = '${'x'.repeat(100_000)}';\nexport default { name: 'p', config: { enum: [${lines(10_000, () => 'a,')}] } };`,
    code: 'VP_SANDBOX_MANIFEST',
    words: /characters of text/,
  },
  {
    what: '20,000 keys that cannot be read',
    text: () => `export default { name: 'p', ${lines(20_000, (n) => `k${n}: a(),`)} };`,
    code: 'VP_SANDBOX_MANIFEST',
    words: /and 19980 more/,
  },
];

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('');
}

/** Counts what a timer of 10 ms does meanwhile. */
async function ticking<T>(act: () => Promise<T>): Promise<{ result: T; ticks: number; longestMs: number }> {
  let [ticks, longestMs, last] = [0, 0, performance.now()];
  const look = (): void => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(() => {
    ticks += 1;
    look();
  }, 10);
  const result = await act();
  look();
  clearInterval(timer);
  return { result, ticks, longestMs };
}

it.each(CASES)('$what', { timeout: 120_000 }, async ({ what, text, code, words, with: given = compiler }) => {
  const at = folder();
  const entry = at.write('a.ts', text(at));
  const manifestFile = at.write('plugin.json', '{ "name": "p" }');
  const inCode = code === 'VP_SANDBOX_MANIFEST';
  const request = { use: './a.ts', kind: 'file', entry, ...(inCode ? {} : { manifestFile, manifest: { name: 'p' } }) } as const;
  const heap = process.memoryUsage().heapUsed;
  const before = performance.now();
  const { result, ticks, longestMs } = await ticking(() => thrown(() => readPlugin(request, given.ask)));
  console.log(`${what}: ${Math.round(performance.now() - before)} ms, ${ticks} ticks, longest gap ${Math.round(longestMs)} ms`);
  expect(result).toMatchObject({ code, plugin: expect.any(String), file: entry, hint: expect.any(String) });
  expect((result as Error).message).toMatch(words);
  expect((result as Error).message.length).toBeLessThan(40_000);
  expect(ticks).toBeGreaterThan(0);
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(HEAP_MB * MB);
});
