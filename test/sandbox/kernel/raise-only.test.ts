/** A sandboxed guard may only raise: whatever it answers, through the real kernel, nothing is milder than without it. */
import fc from 'fast-check';
import type { SpawnSpec } from '@vp/schemas';
import { preCommand, preSpawn } from '@vp/sdk/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually, Sandboxed } from './support.ts';

const RANK = ['allow', 'ask', 'deny'] as const;

/** The guest answers with what the text of the call's command says, as JavaScript. */
const ECHO = `hooks: { 'pre-command': (call) => (0, eval)('(' + call.input['command'] + ')'), 'pre-spawn': (spec) => { globalThis.spec = spec; return (0, eval)('(' + spec.prompt + ')'); } }`;
const BASE = `hooks: { 'pre-command': () => ask('the base asks') }`;

let here: Sandboxed;

beforeEach(async () => {
  here = new Sandboxed();
  const base = here.world.plugin('base', BASE);
  await here.start({ plugins: [here.world.firer('pre-command', 'pre-spawn'), base, here.file('echo', ECHO)] });
});

/** The level that the guest's answer comes to, on top of a base that asks. */
async function levelOf(expression: string): Promise<(typeof RANK)[number]> {
  const findings = await here.world.fire('pre-command', preCommand({ input: { command: expression } }));
  expect(findings).toContainEqual(expect.objectContaining({ plugin: 'base', level: 'ask' }));
  for (const { plugin, level, reason } of findings) {
    expect(['base', 'echo']).toContain(plugin);
    expect(['ask', 'deny']).toContain(level);
    expect(typeof reason).toBe('string');
  }
  return RANK[Math.max(...findings.map(({ level }) => RANK.indexOf(level)))] ?? 'allow';
}

/** Answers of all kinds, and what each comes to. */
const NASTY: readonly (readonly [string, 'ask' | 'deny'])[] = [
  ['undefined', 'ask'],
  [`{ level: 'allow' }`, 'ask'],
  [`[]`, 'ask'],
  [`{ level: 'deny', reason: 'no' }`, 'deny'],
  [`Promise.resolve({ level: 'deny', reason: 'no' })`, 'deny'],
  ['null', 'deny'],
  ['true', 'deny'],
  ['0', 'deny'],
  [`'allow'`, 'deny'],
  ['{}', 'deny'],
  [`{ level: 'ALLOW' }`, 'deny'],
  [`{ level: ['allow'] }`, 'deny'],
  [`{ level: 'allow', reason: 'trust me' }`, 'deny'],
  [`{ level: 'allow', level2: 'allow' }`, 'deny'],
  [`[{ level: 'allow' }]`, 'deny'],
  [`[{ level: 'ask', reason: 'x' }, { level: 'allow' }]`, 'deny'],
  [`{ level: 'deny' }`, 'deny'],
  [`{ level: 'ask', reason: 'x', plugin: 'base' }`, 'deny'],
  [`JSON.parse('{"__proto__": {"level": "allow"}, "level": "ask", "reason": "x"}')`, 'deny'],
  [`JSON.parse('{"constructor": {"prototype": {"level": "allow"}}}')`, 'deny'],
  [`{ toJSON: () => ({ level: 'allow' }) }`, 'ask'],
  [`{ get level() { throw new Error('never') } }`, 'deny'],
  [`{ then: (done) => done({ level: 'allow' }) }`, 'ask'],
  [`{ then() { throw new Error('never') } }`, 'deny'],
  [`Promise.reject(new Error('no'))`, 'deny'],
  [`(() => { throw { level: 'allow' } })()`, 'deny'],
  [`() => ({ level: 'allow' })`, 'deny'],
  [`Symbol('allow')`, 'deny'],
  [`10n`, 'deny'],
  [`(() => { const a = {}; a.a = a; return a; })()`, 'deny'],
  [`new Proxy({}, { get: () => 'allow', ownKeys: () => ['level'] })`, 'deny'],
  [`{ level: 'ask', reason: 'x'.repeat(1e6) }`, 'deny'],
  [`Array.from({ length: 100 }, () => ({ level: 'ask', reason: 'x' }))`, 'deny'],
  [`Array.from({ length: 1e5 }, () => ({ level: 'allow' }))`, 'deny'],
  [
    `(JSON.stringify = () => '{"level":"allow"}', Object.prototype.level = 'allow', Array.prototype.toJSON = () => undefined, { level: 'nonsense' })`,
    'deny',
  ],
  // What that one has left behind in its isolate must not help it later.
  [`{}`, 'deny'],
  [`{ level: 'deny', reason: 'still there' }`, 'deny'],
];

describe('a sandboxed guard', () => {
  it('comes to nothing milder than the others, whatever it answers', async () => {
    const came: (readonly [string, string])[] = [];
    for (const [expression] of NASTY) came.push([expression, await levelOf(expression)]);
    expect(came).toEqual(NASTY);
  });

  it('that answers any JSON never makes a verdict milder', async () => {
    const finding = fc.record(
      { level: fc.constantFrom('allow', 'ask', 'deny', 'none'), reason: fc.string(), rule: fc.string() },
      { requiredKeys: [] },
    );
    const answer = fc.oneof(fc.jsonValue({ maxDepth: 4 }), finding, fc.array(finding, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(answer, async (value) => {
        const level = await levelOf(parsing(value));
        expect(RANK.indexOf(level)).toBeGreaterThanOrEqual(RANK.indexOf('ask'));
      }),
      { numRuns: 300 },
    );
    expect(here.row('echo')).toMatchObject({ state: 'active', kills: [] });
  });

  it('whose answer is late, for ever away or beyond reading denies; so does one that cannot be told of a call', async () => {
    await here.kernel.stop();
    here.file('echo', ECHO);
    const base = here.world.plugin('base', BASE);
    const plugins = [here.world.firer('pre-command', 'pre-spawn'), base, { use: './echo.ts', limits: { payloadBytes: 20_000 } }];
    await here.start({ plugins, deadlines: { 'pre-command': 1_500 } });
    expect(await levelOf('new Promise(() => undefined)')).toBe('deny');
    expect(await levelOf('(() => { for (;;); })()')).toBe('deny');
    expect(await levelOf(`JSON.parse('['.repeat(5000) + ']'.repeat(5000))`)).toBe('deny');
    expect(await levelOf(`undefined /* ${'x'.repeat(30_000)} */`)).toBe('deny');
    await eventually(async () => expect(await levelOf('undefined')).toBe('ask'));
  });
});

const SPEC: SpawnSpec = preSpawn({
  session: { id: 's', cwd: '/project', orchestrator: 'o' },
  prompt: '',
  priority: 'high',
  model: 'opus',
  labels: { team: 'a' },
  env: { PATH: '/bin', TOKEN: 'very secret' },
  limits: { maxTurns: 10, timeoutMs: 60_000 },
});

/** What a session comes to whose start the guest answered with this. The prompt is what carries it. */
async function spawnOf(expression: string, rest: Partial<SpawnSpec> = {}): Promise<{ spec?: SpawnSpec; refused?: { plugin: string } }> {
  return here.world.fire('pre-spawn', { ...SPEC, ...rest, prompt: expression });
}

describe('a sandboxed tap of pre-spawn', () => {
  it('may add to the prompt and the labels, lower priority and limits, choose a cheaper model, and refuse', async () => {
    const may: readonly (readonly [object, object])[] = [
      [{ addPrompt: 'Be brief.' }, { prompt: expect.stringMatching(/\n\nBe brief\.$/) }],
      [{ labels: { checked: 'yes' } }, { labels: { team: 'a', checked: 'yes' } }],
      [{ priority: 'low' }, { priority: 'low' }],
      [{ model: 'haiku' }, { model: 'haiku' }],
      [{ limits: { maxTurns: 3, maxCostUsd: 1 } }, { limits: { maxTurns: 3, maxCostUsd: 1, timeoutMs: 60_000 } }],
    ];
    for (const [answer, changed] of may) {
      const prompt = parsing(answer);
      expect(await spawnOf(prompt)).toEqual({ spec: { ...SPEC, prompt, ...changed } });
    }
    expect(await spawnOf(parsing({ level: 'deny', reason: 'no' }))).toEqual({ refused: { level: 'deny', reason: 'no', plugin: 'echo' } });
  });

  it('cannot change program, directory, environment, session or gate, nor raise anything: what tries is refused', async () => {
    const mayNot: readonly object[] = [
      { prompt: 'something else' },
      { env: { PATH: '/evil' } },
      { env: {} },
      { type: 'other' },
      { program: '/bin/sh' },
      { bin: '/bin/sh' },
      { argv: ['--dangerously-skip-permissions'] },
      { cwd: '/' },
      { session: { cwd: '/' } },
      { id: 'other' },
      { gate: false },
      { attended: true },
      { permissionMode: 'bypassPermissions' },
      { priority: 'critical' },
      { model: 'something-dearer' },
      { limits: { maxTurns: 1_000 } },
      { limits: { maxTurns: -1 } },
      { labels: { team: 'b' } },
      { labels: { 'vp.gate': 'off' } },
      { level: 'allow', env: { PATH: '/evil' } },
      { addPrompt: 'x'.repeat(10_000) },
    ];
    for (const answer of mayNot)
      expect(await spawnOf(parsing(answer)), JSON.stringify(answer)).toMatchObject({ refused: { plugin: 'echo' } });
    expect(await spawnOf(parsing({ addPrompt: 'x' }), { argv: ['claude'] })).toMatchObject({ spec: { argv: ['claude'], env: SPEC.env } });
  });

  it('is not told the values of variables', async () => {
    const outcome = await spawnOf(`{ labels: { seen: JSON.stringify(spec.env) } }`);
    expect(outcome.spec?.labels['seen']).toBe('{"PATH":"","TOKEN":""}');
  });

  it('that answers any JSON leaves all that it may not change as it was', async () => {
    const keys = fc.constantFrom(
      'prompt',
      'addPrompt',
      'env',
      'cwd',
      'argv',
      'type',
      'session',
      'attended',
      'labels',
      'limits',
      'priority',
      'model',
    );
    const answer = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }));
    const { prompt: _prompt, labels, limits: _limits, priority: _priority, model: _model, ...fixed } = SPEC;
    await fc.assert(
      fc.asyncProperty(answer, async (value) => {
        const prompt = parsing(value);
        const { spec, refused } = await spawnOf(prompt);
        if (spec === undefined) {
          expect(refused?.plugin).toBe('echo');
          return;
        }
        expect(spec).toMatchObject(fixed);
        expect(Object.keys(spec).toSorted()).toEqual(Object.keys(SPEC).toSorted());
        expect(spec.prompt.startsWith(prompt)).toBe(true);
        expect(spec.labels).toMatchObject(labels);
      }),
      { numRuns: 200 },
    );
  });
});

/** JavaScript that gives this value. */
function parsing(value: unknown): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
}
