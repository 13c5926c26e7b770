/** From findings to a verdict. */
import fc from 'fast-check';
import type { Effect, Level } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { higher } from '../../../../plugins/policy/judge/join.ts';
import { OPS } from '../../../../plugins/policy/tables/ops.ts';
import { effect, simple, verdictOn } from '../support.ts';

const publish = effect('publish.package', { target: 'x' });
const deploy = effect('deploy.apply', { target: 'y' });

describe('what a charter approves by itself', () => {
  it('lifts a built-in question, and says where', () => {
    const { verdict, findings } = verdictOn({ effects: [publish] }, { autoApprove: ['test', 'publish'] });
    expect(verdict).toBe('allow');
    expect(findings[0]).toMatchObject({ rule: 'publish', level: 'ask', dischargedBy: 'constraints.autoApprove[1]' });
  });

  it('lifts a question of the charter that is wider', () => {
    const rules = { requireConfirmation: ['network access'], autoApprove: ['$ npm ci'] };
    const fetch = effect('net.fetch', { target: 'registry.test', command: 0 });
    expect(verdictOn({ commands: [simple('npm ci')], effects: [fetch] }, rules).verdict).toBe('allow');
    expect(verdictOn({ commands: [simple('curl registry.test')], effects: [fetch] }, rules).verdict).toBe('ask');
  });

  it('lifts only what it covers fully', () => {
    expect(verdictOn({ effects: [publish, deploy] }, { autoApprove: ['publish'] }).rule).toBe('deploy');
    const home = effect('write.create', { scope: 'home' });
    const both = { requireConfirmation: ['edit, edit outside workspace'], autoApprove: ['edit inside workspace'] };
    expect(verdictOn({ effects: [effect('write.create', { scope: 'workspace' })] }, both).verdict).toBe('allow');
    expect(verdictOn({ effects: [effect('write.create', { scope: 'workspace' }), home] }, both).verdict).toBe('ask');
  });

  it('lifts nothing where anything is unknown', () => {
    const unknowns = [{ what: 'command-word' as const, why: '$X' }];
    const { findings } = verdictOn({ effects: [publish], unknowns }, { autoApprove: ['publish', 'dynamic command'] });
    expect(findings.every(({ dischargedBy }) => dischargedBy === null)).toBe(true);
  });

  it('does not take an unknown target for one that it covers', () => {
    const upload = effect('net.upload', { target: null });
    expect(verdictOn({ effects: [upload] }, { autoApprove: ['requests to localhost'] }).verdict).toBe('ask');
  });

  it('lifts no refusal, nothing of the floor, no escalation and nothing that a plugin said', () => {
    const all = { autoApprove: ['privilege escalation', 'secrets', 'push', 'deploy', 'unknown target', 'publish'] };
    expect(verdictOn({ effects: [effect('privilege.escalate')] }, all).verdict).toBe('deny');
    expect(verdictOn({ effects: [effect('privilege.escalate', { certain: false })] }, all).verdict).toBe('ask');
    expect(verdictOn({ effects: [effect('git.push')] }, { ...all, alwaysReject: ['push'] }).verdict).toBe('deny');
    expect(verdictOn({ effects: [deploy] }, { ...all, escalate: ['deploy'] }).rule).toBe('escalate');
    expect(verdictOn({ effects: [] }, all, {}, [{ plugin: 'friday', level: 'ask', reason: 'weekend' }]).rule).toBe('friday');
  });
});

describe('the verdict', () => {
  it('is the highest of what stands, and allow where nothing does', () => {
    expect(verdictOn({}).verdict).toBe('allow');
    expect(verdictOn({ effects: [deploy, effect('secret.read', { scope: 'home' })] })).toMatchObject({
      verdict: 'deny',
      rule: 'secret.read',
    });
  });

  it('counts what plugins said, but not what this plugin said in the hook', () => {
    const said = [
      { plugin: '@vp/policy', level: 'deny' as const, reason: 'old' },
      { plugin: 'other', level: 'ask' as const, rule: 'r', reason: 'new', instead: 'z' },
    ];
    const { verdict, findings } = verdictOn({}, {}, {}, said);
    expect(verdict).toBe('ask');
    expect(findings).toMatchObject([{ from: 'other', rule: 'r', reason: 'new', instead: 'z' }]);
  });

  const effects = fc.array(
    fc.record({
      op: fc.constantFrom(...Object.keys(OPS)),
      scope: fc.constantFrom<NonNullable<Effect['scope']>>('workspace', 'root', 'temp', 'home', 'system', 'outside', 'device', 'unknown'),
      certain: fc.boolean(),
      target: fc.option(fc.constantFrom('/project/x', '/project/.git', 'main', 'localhost')),
    }),
    { maxLength: 6 },
  );
  const of = (rows: readonly { op: string }[]): Effect[] => rows.map(({ op, ...part }) => effect(op, part));

  it('of two commands together is the higher of both', () => {
    fc.assert(
      fc.property(effects, effects, (a, b) => {
        const level = (some: readonly { op: string }[]): Level => verdictOn({ effects: of(some) }).verdict;
        expect(level([...a, ...b])).toBe(higher(level(a), level(b)));
      }),
    );
  });

  it('is never lower for a rule more that objects', () => {
    fc.assert(
      fc.property(
        effects,
        fc.constantFrom('alwaysReject', 'requiredApprovals', 'escalate'),
        fc.constantFrom('deploy', 'deletion', 'push', 'secrets', 'read'),
        (rows, key, phrase) => {
          const before = verdictOn({ effects: of(rows) }).verdict;
          const after = verdictOn({ effects: of(rows) }, { [key]: [phrase] }).verdict;
          expect(higher(after, before)).toBe(after);
        },
      ),
    );
  });

  it('is never below deny for what the floor denies, whatever the charter approves', () => {
    const everything = {
      autoApprove: [
        'deletion',
        'privilege escalation',
        'secrets',
        'guard.tamper',
        'push',
        'deploy',
        'publish',
        'migration',
        'network',
        'edit files',
        'edit outside workspace',
      ],
    };
    fc.assert(
      fc.property(effects, (rows) => {
        if (verdictOn({ effects: of(rows) }).verdict !== 'deny') return;
        expect(verdictOn({ effects: of(rows) }, everything).verdict).toBe('deny');
      }),
    );
  });
});
