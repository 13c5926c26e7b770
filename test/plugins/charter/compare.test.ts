import { describe, expect, it } from 'vitest';
import { effectOf } from '../../../plugins/charter/compare.ts';
import { normalise } from '../../../plugins/charter/normalise.ts';

function effect(before: object, after: object) {
  const [was, is] = [before, after].map((input) => normalise({ name: 'a', ...input }).charter);
  if (!was || !is) throw new Error('not valid');
  return effectOf(was, is);
}

const tightening: [string, object, object][] = [
  ['a new refusal', {}, { safetyHeuristics: { alwaysReject: ['force push'] } }],
  ['a new forbidden pattern', {}, { constraints: { forbiddenPatterns: ['/x/'] } }],
  ['a new approval', {}, { constraints: { requiredApprovals: ['deploy'] } }],
  [
    'one thing less approved by itself',
    { safetyHeuristics: { autoApprove: ['test', 'build'] } },
    { safetyHeuristics: { autoApprove: ['build'] } },
  ],
  ['a first limit', {}, { resources: { maxTurns: 5 } }],
  ['a lower budget', { resources: { tokenBudget: { daily: 9 } } }, { resources: { tokenBudget: { daily: 8 } } }],
  ['a list of tools', {}, { resources: { allowedTools: ['Read'] } }],
  ['one tool less', { resources: { allowedTools: ['Read', 'Bash'] } }, { resources: { allowedTools: ['Read'] } }],
  ['one variable less', { env: ['A', 'B'] }, { env: ['A'] }],
  ['a project no longer trusted', { trustProject: true }, {}],
  ['a shorter time', { operational: { timeout: 9 } }, { operational: { timeout: 8 } }],
];

describe('an edit', () => {
  it.each(tightening)('tightens with %s, and loosens the other way', (_what, before, after) => {
    expect(effect(before, after)).toBe('tightens');
    expect(effect(after, before)).toBe('loosens');
  });

  it('loosens when it does both', () => {
    expect(effect({ constraints: { forbiddenCommands: ['a'] } }, { constraints: { forbiddenCommands: ['b'] } })).toBe('loosens');
    expect(effect({ resources: { maxTurns: 5 } }, { resources: { maxTurns: 4 }, sshAgent: true })).toBe('loosens');
  });

  it('is neutral when it is about words only', () => {
    expect(effect({ objectives: ['a'] }, { objectives: ['b'], identity: { description: 'c' } })).toBe('neutral');
  });
});
