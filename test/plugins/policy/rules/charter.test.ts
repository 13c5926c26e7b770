/** The rules of a charter. */
import { describe, expect, it } from 'vitest';
import { exampleFaults, faultWords } from '../../../../plugins/policy/rules/examples.ts';
import { charter, effect, facts, simple, verdictOn } from '../support.ts';

describe("a charter's rule", () => {
  it.each([
    ['alwaysReject', 'deny'],
    ['requiredApprovals', 'ask'],
    ['requireConfirmation', 'ask'],
    ['escalate', 'ask'],
    ['forbiddenPatterns', 'deny'],
  ])('under %s makes it %s', (key, level) => {
    const { verdict, findings } = verdictOn({ effects: [effect('git.push', { target: 'main' })] }, { [key]: ['push'] });
    expect(verdict).toBe(level);
    expect(findings[0]).toMatchObject({ rule: key, from: 'charter', source: `constraints.${key}[0]` });
  });

  it('names its place, its words and the effect', () => {
    const { reason, instead, findings } = verdictOn(
      { effects: [effect('git.push', { words: 'pushes to main', span: { start: 3, end: 9 } })] },
      { requiredApprovals: ['deploy', 'push'] },
    );
    expect(reason).toContain('"push"');
    expect(reason).toContain('pushes to main');
    expect(instead).not.toBeNull();
    expect(findings[0]).toMatchObject({ source: 'constraints.requiredApprovals[1]', span: { start: 3, end: 9 } });
  });

  it('looks at what a call does, not at its text', () => {
    const input = { command: 'echo "git push --force; kubectl apply"' };
    expect(verdictOn({ commands: [simple('echo x')] }, { alwaysReject: ['force push', 'deploy'] }, { input }).verdict).toBe('allow');
  });

  it('forbids a command by its program and words', () => {
    const rules = { forbiddenCommands: ['terraform destroy', 'mkfs.*'] };
    expect(verdictOn({ commands: [simple('terraform destroy -auto-approve')] }, rules).verdict).toBe('deny');
    expect(verdictOn({ commands: [simple('terraform plan')] }, rules).verdict).toBe('allow');
    expect(verdictOn({ commands: [simple('mkfs.xfs x')] }, rules).rule).toBe('forbiddenCommands');
  });

  it('forbids a command by what it does where the table knows it', () => {
    const rules = { forbiddenCommands: ['rm -rf /'] };
    expect(verdictOn({ effects: [effect('delete.recursive', { scope: 'home' })] }, rules).findings.map(({ rule }) => rule)).toContain(
      'forbiddenCommands',
    );
    expect(
      verdictOn({ commands: [simple('rm -rf build')], effects: [effect('delete.recursive', { scope: 'workspace' })] }, rules).verdict,
    ).toBe('allow');
  });

  it('asks about what may happen where it would refuse what does', () => {
    const rules = { alwaysReject: ['deploy'] };
    expect(verdictOn({ effects: [effect('deploy.apply', { certain: false })] }, rules).verdict).toBe('ask');
    const written = { tool: 'Write', input: { file_path: '/project/deploy.sh', content: 'kubectl apply -f x' } };
    const found = {
      commands: [simple('kubectl apply')],
      effects: [effect('deploy.apply', { certain: false }), effect('write.create', { scope: 'workspace' })],
    };
    expect(verdictOn(found, { ...rules, forbiddenCommands: ['kubectl'] }, written).verdict).toBe('allow');
    expect(verdictOn(found, { requireConfirmation: ['edit files'] }, written).verdict).toBe('ask');
  });

  it('takes an unknown branch for one that may be meant', () => {
    const rules = { forbiddenPatterns: ['push to main'] };
    const to = (target: string | null) => verdictOn({ effects: [effect('git.push', { target })] }, rules).verdict;
    expect([to('main'), to('origin/main'), to('feature'), to(null)]).toEqual(['deny', 'deny', 'allow', 'deny']);
  });

  it('knows what cannot be told, and the tools of the agent', () => {
    expect(verdictOn({ unknowns: [{ what: 'command-word', why: '$X' }] }, { alwaysReject: ['dynamic command'] }).verdict).toBe('deny');
    expect(verdictOn({}, { requireConfirmation: ['sub-agents'] }, { tool: 'Task', input: {} }).verdict).toBe('ask');
    expect(verdictOn({}, { requireConfirmation: ['external_api_calls'] }, { tool: 'WebFetch', input: {} }).verdict).toBe('ask');
  });

  it('tells this machine from others', () => {
    const rules = { requireConfirmation: ['external_api_calls'] };
    expect(verdictOn({ effects: [effect('net.fetch', { target: 'localhost' })] }, rules).verdict).toBe('allow');
    expect(verdictOn({ effects: [effect('net.fetch', { target: 'api.test' })] }, rules).verdict).toBe('ask');
  });
});

describe('a regular expression of a charter', () => {
  const rules = { forbiddenPatterns: [/production/i] };

  it('refuses what its words match, also behind quotes', () => {
    expect(verdictOn({}, rules, { input: { command: 'kubectl -n Production get pods' } })).toMatchObject({
      verdict: 'deny',
      rule: 'forbiddenPatterns',
    });
    expect(
      verdictOn({ commands: [simple('kubectl -n production')] }, rules, { input: { command: "kubectl -n prod''uction" } }).verdict,
    ).toBe('deny');
    expect(verdictOn({}, rules, { tool: 'Read', input: { file_path: '/srv/production.yaml' } }).verdict).toBe('deny');
  });

  it('leaves alone what is only written into a file, or said to another model', () => {
    expect(verdictOn({}, rules, { tool: 'Write', input: { file_path: '/project/a.md', content: 'in production' } }).verdict).toBe('allow');
    expect(verdictOn({}, rules, { tool: 'Task', input: { prompt: 'mend production' } }).verdict).toBe('allow');
  });

  it('lowers nothing', () => {
    expect(verdictOn({ effects: [effect('privilege.escalate')] }, { forbiddenPatterns: [/never/] }).verdict).toBe('deny');
  });

  it('points at what it matched', () => {
    const { findings } = verdictOn({}, rules, { input: { command: 'deploy production' } });
    expect(findings[0]?.span).toEqual({ start: 7, end: 17 });
  });
});

describe("a rule's examples", () => {
  const analyse = ({ input }: { input: Readonly<Record<string, unknown>> }) => facts({ commands: [simple(String(input['command']))] });
  const faults = (rule: object) => exampleFaults(charter({ forbiddenCommands: [rule] }).charter, analyse);

  it('hold where the rule fits them', () => {
    expect(faults({ rule: 'terraform destroy', match: ['terraform destroy x'], notMatch: ['terraform plan'] })).toEqual([]);
  });

  it('are named where they do not hold', () => {
    const found = faults({ rule: 'terraform destroy', match: ['terraform plan'], notMatch: ['terraform destroy'] });
    expect(found).toEqual([
      { source: 'constraints.forbiddenCommands[0]', example: 'terraform plan', expected: 'match' },
      { source: 'constraints.forbiddenCommands[0]', example: 'terraform destroy', expected: 'notMatch' },
    ]);
    expect(found.map(faultWords)[0]).toBe('constraints.forbiddenCommands[0]: it does not fit its own example "terraform plan"');
  });
});
