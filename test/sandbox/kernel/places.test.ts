/** What a guest throws says where, in the author's own lines, and steers no terminal. */
import { describe, expect, it } from 'vitest';
import { Sandboxed, source } from './support.ts';

/** The line of a text in which a mark stands, counted from 1. */
function lineOf(text: string, mark: string): number {
  return text.slice(0, text.indexOf(mark)).split('\n').length;
}

const HEAD = `interface Call {
  readonly input: Record<string, unknown>;
}

enum Nothing { A, B }

`;

describe('an error of the guest', () => {
  it('in setup points at the TypeScript line', async () => {
    const here = new Sandboxed();
    const text = source('p', `setup(ctx) {\n  const call: Call | undefined = undefined;\n  throw new Error('HERE ' + Nothing.A);\n}`, HEAD);
    here.world.write('p.ts', text);
    await here.start({ plugins: ['./p.ts'] });
    expect(here.refused).toMatchObject([{ plugin: 'p', code: 'VP_SANDBOX_FAILED' }]);
    expect(here.refused[0]?.message).toBe(`plugin "p" threw: HERE 0 (${here.world.path('p.ts')}:${lineOf(text, 'throw')}:9)`);
  });

  it('in a tap points there, also in a file that it imports', async () => {
    const here = new Sandboxed();
    const helper = `type Words = readonly string[];\n\nexport function judge(words: Words): never {\n  throw new TypeError('HERE ' + words.length);\n}\n`;
    here.world.write('lib/judge.ts', helper);
    const use = here.file('p', `hooks: { 'pre-command': () => judge(['a']) }`, `import { judge } from './lib/judge.ts';\n${HEAD}`);
    await here.start({ plugins: [here.world.firer('pre-command'), use] });
    const place = `${here.world.path('lib/judge.ts')}:${lineOf(helper, 'throw')}:9`;
    expect(await here.reasons()).toEqual([`p deny: the tap threw: plugin "p" threw: HERE 1 (${place})`]);
    expect(here.row('p')).toMatchObject({ state: 'active', errors: 1, lastError: `plugin "p" threw: HERE 1 (${place})` });
  });

  it('while its module is evaluated points there', async () => {
    const here = new Sandboxed();
    const text = source('p', `setup() {}`, `${HEAD}const table: Record<string, Call> = {};\ntable['x'].input;`);
    here.world.write('p.ts', text);
    await here.start({ plugins: ['./p.ts'] });
    expect(here.refused).toMatchObject([{ plugin: 'p', code: 'VP_SANDBOX_FAILED' }]);
    expect(here.refused[0]?.message).toContain(`(${here.world.path('p.ts')}:${lineOf(text, `table['x']`)}:12)`);
  });

  it('cannot clear the screen of who reads it, nor pass for several lines', async () => {
    const here = new Sandboxed();
    const thrown = `const error = new Error('\\u001b[2J\\u202egnp.exe'); error.stack = 'Error\\n    at ' + '('.repeat(200_000) + 'x:1:1'; throw error;`;
    await here.start({ plugins: [here.world.firer('pre-command'), here.file('p', `hooks: { 'pre-command': () => { ${thrown} } }`)] });
    const [reason = ''] = await here.reasons();
    expect(reason).toMatch(/^p deny: the tap threw: plugin "p" threw: /);
    expect(reason).not.toMatch(/[\u001b\u202e]/);
    expect(reason.length).toBeLessThan(3_000);
  });
});
