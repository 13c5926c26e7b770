/** `pre-spawn` behind the walls: what is shown, and what may come back. */
import type { SpawnSpec } from '@vp/schemas';
import { describe, expect, it } from 'vitest';
import { redactSpec, restrictChange } from '../../../sandbox/broker/spawn.ts';

const spec: SpawnSpec = {
  id: 'r1',
  at: 5,
  session: { id: 's1', orchestrator: 'o', cwd: '/w', charterHash: 'h' },
  type: 'claude-code',
  prompt: 'Deploy with token=abc123 to https://me:pw@host/x',
  priority: 'high',
  attended: true,
  model: 'opus',
  labels: { team: 'a' },
  env: { API_KEY: 's3cret', PATH: '/bin' },
  limits: { maxTurns: 10, maxCostUsd: 2 },
  argv: ['/bin/claude', '--api-key', 'sekrit', '--model', 'opus', 'ANTHROPIC_API_KEY=sk-ant-0123456789abcdef'],
};

describe('what a guest sees of a session about to start', () => {
  it('has names of variables and no values, and nothing that looks like a secret', () => {
    const shown = redactSpec(spec) as SpawnSpec;
    expect(shown.env).toEqual({ API_KEY: '', PATH: '' });
    expect(JSON.stringify(shown)).not.toMatch(/s3cret|abc123|:pw@|sekrit|0123456789abcdef/);
    expect(shown.prompt).toBe('Deploy with token=[redacted] to https://me:[redacted]@host/x');
    expect(shown.argv?.slice(3, 5)).toEqual(['--model', 'opus']);
    expect(shown).toMatchObject({
      id: 'r1',
      session: spec.session,
      labels: { team: 'a' },
      limits: spec.limits,
      priority: 'high',
      model: 'opus',
    });
  });

  it('has no key that the schema does not know', () => {
    expect(Object.keys(redactSpec({ ...spec, secretNote: 'x' } as SpawnSpec) as object).toSorted()).toEqual(Object.keys(spec).toSorted());
  });

  it('is made quickly of a very long prompt', () => {
    for (const text of [
      `token=${' '.repeat(300_000)}`,
      'token=:'.repeat(50_000),
      '://a:'.repeat(60_000),
      'sk-'.repeat(100_000),
      'bearer '.repeat(50_000),
    ]) {
      expect(redactSpec({ ...spec, prompt: text })).toBeTruthy(); // the test's own deadline is the measure
    }
  });
});

describe('what a guest may change', () => {
  it.each<[unknown, unknown]>([
    [undefined, undefined],
    [{ level: 'allow' }, undefined],
    [{}, {}],
    [
      { level: 'deny', reason: 'no' },
      { level: 'deny', reason: 'no' },
    ],
    [{ addPrompt: 'Also.' }, { addPrompt: 'Also.' }],
    [{ labels: { cost: 'x', team: 'a' } }, { labels: { cost: 'x', team: 'a' } }],
    [{ priority: 'low' }, { priority: 'low' }],
    [{ priority: 'high' }, {}],
    [{ model: 'sonnet' }, { model: 'sonnet' }],
    [{ model: 'claude-haiku-4-5' }, { model: 'claude-haiku-4-5' }],
    [{ model: 'opus' }, {}],
    [{ limits: { maxTurns: 5, timeoutMs: 1_000, maxCostUsd: 2 } }, { limits: { maxTurns: 5, timeoutMs: 1_000 } }],
    [{ limits: { maxTurns: 10 } }, {}],
  ])('%j becomes %j', (answer, taken) => {
    expect(restrictChange(spec, answer)).toEqual(taken);
  });

  it.each<[unknown]>([
    [null],
    ['deny'],
    [[]],
    [{ prompt: 'x' }],
    [{ env: {} }],
    [{ argv: ['sh'] }],
    [{ session: {} }],
    [{ type: 'command' }],
    [{ attended: false }],
    [{ id: 'x' }],
    [{ cwd: '/' }],
    [{ addPrompt: 'x'.repeat(4_001) }],
    [{ addPrompt: 1 }],
    [{ labels: [] }],
    [{ labels: 'x' }],
    [{ labels: { team: 'b' } }],
    [{ labels: { vpTrust: 'x' } }],
    [{ labels: { VP: 'x' } }],
    [{ labels: { a: 1 } }],
    [{ labels: { a: 'x'.repeat(201) } }],
    [{ labels: { ['a'.repeat(61)]: 'x' } }],
    [{ labels: { '': 'x' } }],
    [{ labels: JSON.parse('{"__proto__": "x"}') }],
    [{ labels: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`l${index}`, 'x'])) }],
    [{ priority: 'critical' }],
    [{ priority: 'LOW' }],
    [{ priority: ['low'] }],
    [{ model: 'gpt' }],
    [{ model: '--dangerously-skip-permissions' }],
    [{ model: 'sonnet[1m]' }],
    [{ model: 'haiku opus' }],
    [{ model: 'claude-haiku-opus' }],
    [{ model: 'opusplan' }],
    [{ model: 'claude-opus-4' }],
    [{ model: 1 }],
    [{ limits: { maxTurns: 11 } }],
    [{ limits: { maxTurns: 0 } }],
    [{ limits: { maxTurns: 1.5 } }],
    [{ limits: { maxCostUsd: '1' } }],
    [{ limits: { maxCostUsd: null } }],
    [{ limits: { more: 1 } }],
    [{ limits: [] }],
    [{ level: 'deny', reason: 'x', env: {} }],
    [{ level: 'deny' }],
    [{ level: 'ask', reason: 'x' }],
    [JSON.parse('{"__proto__": {"env": {}}}')],
  ])('%j throws', (answer) => {
    expect(() => restrictChange(spec, answer)).toThrow(TypeError);
  });

  it.each<[string | undefined, string, boolean]>([
    [undefined, 'haiku', true],
    [undefined, 'sonnet', false],
    ['some-new-model', 'haiku', true],
    ['some-new-model', 'sonnet', false],
    ['opusplan', 'sonnet', false],
    ['claude-opus-4-1', 'claude-sonnet-4-5', true],
    ['claude-sonnet-4-5', 'haiku', true],
    ['sonnet', 'opus', false],
    ['haiku', 'claude-haiku-4-5', false],
    ['sonnet[1m]', 'haiku', true],
  ])('of the model %j to %j is taken: %j', (model, wanted, taken) => {
    const { model: _, ...rest } = spec;
    const change = (): unknown => restrictChange(model === undefined ? rest : { ...rest, model }, { model: wanted });
    if (taken) expect(change()).toEqual({ model: wanted });
    else expect(change).toThrow(TypeError);
  });
});
