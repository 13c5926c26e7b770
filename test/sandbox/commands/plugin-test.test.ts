/** `vp plugin test` runs a plugin in the real sandbox and tells right answers from broken ones. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desk, json, type Desk } from './support.ts';

let at: Desk;
beforeAll(async () => {
  at = await desk();
});
afterAll(() => at.remove());

interface Result {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
}

/** A plugin in a folder of its own, and its cases. */
async function lay(name: string, code: string, cases: readonly object[] | undefined): Promise<string> {
  const lines = cases?.map((one) => JSON.stringify(one)).join('\n');
  await at.lay({ [`${name}/plugin.ts`]: code, ...(lines === undefined ? {} : { [`${name}/cases.jsonl`]: lines }) });
  return `./${name}`;
}

async function results(path: string, ...flags: string[]): Promise<{ code: number | null; missed: unknown; rows: Result[]; log: unknown }> {
  const { code, out } = await at.plugin('test', path, '--json', ...flags);
  const { missed, cases, log } = json(out);
  return { code, missed, rows: cases as Result[], log };
}

const GUARD = `import { ask, definePlugin, deny } from '@vp/sdk';
export default definePlugin({
  name: 'guard',
  config: { type: 'object', properties: { word: { type: 'string', default: 'rm' } } },
  setup(ctx) {
    ctx.hook('pre-command', ({ tool, input, at, session }) => {
      ctx.log.info({ tool }, 'asked');
      if (input['command'] === 'throw') throw new Error('on purpose');
      if (input['command'] === 'hang') return new Promise(() => undefined);
      if (tool === 'Write') return ask('a file');
      if (new Date(at).getUTCDay() === 5) return deny('friday');
      if (session.cwd === '/private') return deny('private');
      if (String(input['command']).startsWith(ctx.config.word)) return deny('the word ' + ctx.config.word);
    });
    ctx.hook('budget-check', ({ costUsd }) => (costUsd > 10 ? { severity: 'throttle', reason: 'dear' } : 'ok'));
    ctx.hook('pre-spawn', ({ prompt }) => (prompt === 'change' ? { labels: { a: 'b' } } : prompt === 'no' ? deny('no') : undefined));
    ctx.hook('on-crash', ({ attempt }) => (attempt > 1 ? { strategy: 'manual', reason: 'twice' } : undefined));
    ctx.hook('session-end', ({ state }) => { if (state === 'crashed') throw new Error('seen'); });
  },
});
`;

describe('test', () => {
  it('comes to the word of each hook', async () => {
    const path = await lay('words', GUARD, [
      { id: 'allow', command: 'ls', expected: 'allow' },
      { id: 'deny', command: 'rm -rf x', expected: 'deny' },
      { id: 'ask', tool: 'Write', input: { file_path: 'a' }, expected: 'ask' },
      { id: 'time', command: 'ls', at: '2026-01-09T12:00:00Z', expected: 'deny' },
      { id: 'place', command: 'ls', cwd: '/private', expected: 'deny' },
      { id: 'options', command: 'cp a b', config: { word: 'cp' }, expected: 'deny' },
      { id: 'cheap', hook: 'budget-check', expected: 'ok' },
      { id: 'dear', hook: 'budget-check', payload: { costUsd: 11 }, expected: 'throttle' },
      { id: 'spawn', hook: 'pre-spawn', expected: 'allow' },
      { id: 'changed', hook: 'pre-spawn', payload: { prompt: 'change' }, expected: 'change' },
      { id: 'refused', hook: 'pre-spawn', payload: { prompt: 'no' }, expected: 'deny' },
      { id: 'first crash', hook: 'on-crash', expected: 'none' },
      { id: 'second crash', hook: 'on-crash', payload: { attempt: 2 }, expected: 'manual' },
      { id: 'end', hook: 'session-end', expected: 'ok' },
    ]);
    const { code, missed, rows } = await results(path);
    expect(rows.filter(({ id, outcome }) => !rows.some((row) => row.id === id && 'expected' in row && row.expected === outcome))).toEqual(
      [],
    );
    expect({ code, missed, count: rows.length }).toEqual({ code: 0, missed: 0, count: 14 });
  });

  it('shows what was missed, and ends with 1', async () => {
    const path = await lay('missed', GUARD, [
      { id: 'right', command: 'ls', expected: 'allow' },
      { id: 'wrong', command: 'ls', expected: 'deny' },
    ]);
    const { code, out } = await at.plugin('test', path);
    expect(code).toBe(1);
    expect(out).toMatch(/CASE +EXPECTED +GOT +MS +REASON\nright +allow +allow[^\n]*\nwrong +deny +allow/);
    expect(out).toContain('1 of 2 not as expected.');
    expect(out).toMatch(/Its log\n {2}info +asked/);
  });

  it('does not take a guard that throws or hangs for one that denies', async () => {
    const path = await lay('broken', GUARD, [
      { id: 'throws', command: 'throw', expected: 'deny' },
      { id: 'hangs', command: 'hang', expected: 'deny' },
      { id: 'known', command: 'throw', expected: 'failed' },
    ]);
    const { code, rows } = await results(path);
    expect(code).toBe(1);
    expect(rows).toMatchObject([
      { id: 'throws', outcome: 'failed', reason: expect.stringContaining('on purpose') },
      { id: 'hangs', outcome: 'failed' },
      { id: 'known', outcome: 'failed' },
    ]);
  });

  it('sees a hook that only looks fail, though nobody waits for it', async () => {
    const path = await lay('looks', GUARD, [{ hook: 'session-end', payload: { state: 'crashed' }, expected: 'ok' }]);
    const { code, rows } = await results(path);
    expect({ code, rows }).toMatchObject({ code: 1, rows: [{ outcome: 'failed', reason: expect.stringContaining('seen') }] });
  });

  it('fires a payload of each hook where there are no cases', async () => {
    const path = await lay('caseless', GUARD, undefined);
    const { code, out } = await at.plugin('test', path);
    expect(code).toBe(0);
    for (const hook of ['pre-command', 'budget-check', 'pre-spawn', 'on-crash', 'session-end']) expect(out).toContain(`\n${hook} `);
    expect(out).toContain('Nothing failed.');
  });

  it('gives the plugin its files and values, in a folder that is gone afterwards, and no network', async () => {
    const code = `export default {
      name: 'needy', permissions: { hooks: ['pre-command'], fs: { read: ['data'] }, net: ['https://api.acme.dev'], env: ['HOME'], kv: true },
      hooks: { async 'pre-command'({ input }, ctx) {
        if (input.command === 'file') return { level: 'deny', reason: await ctx.fs.readText('data/a.txt') };
        if (input.command === 'env') return { level: 'deny', reason: String(ctx.env.get('HOME')) };
        const reason = await ctx.fetch('https://api.acme.dev/x').then(() => 'reached', (error) => String(error));
        return { level: 'deny', reason };
      } },
    };`;
    const path = await lay('needy', code, [
      { command: 'file', expected: 'deny' },
      { command: 'env', expected: 'deny' },
      { command: 'fetch', expected: 'deny' },
    ]);
    await at.lay({ 'needy/fixtures/data/a.txt': 'from the fixture' });
    const { rows } = await results(path);
    expect(rows.map(({ reason }) => reason)).toEqual(['from the fixture', 'undefined', expect.stringContaining('this is a test')]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('vp-plugin-test-'))).toEqual([]);
  });

  it('says why a plugin does not start', async () => {
    const path = await lay('stillborn', "export default { name: 'stillborn', setup() { throw new Error('too early'); } };", undefined);
    expect(await at.plugin('test', path)).toMatchObject({ code: 2, err: expect.stringContaining('too early') });
  });

  it('names the lines of cases that cannot be used', async () => {
    const cases = [{ command: 'ls', tool: 'Bash' }, { hook: 'pre-comand' }, { expected: 'maybe', command: 'ls' }, { comand: 'ls' }];
    const { code, err } = await at.plugin('test', await lay('faulty', GUARD, cases), '--json');
    const { error } = JSON.parse(err) as { error: { code: string; message: string; file: string } };
    expect({ code, error }).toMatchObject({ code: 2, error: { code: 'VP_PLUGIN_CASES', file: expect.stringContaining('cases.jsonl') } });
    for (const said of [
      /line 1: expected command, or tool/,
      /line 2: there is no hook "pre-comand"/,
      /line 3: .*allow, ask, deny/,
      /line 4: the key comand/,
    ])
      expect(error.message).toMatch(said);
  });
});
