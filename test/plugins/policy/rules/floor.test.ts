/** The built-in rules. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Effect } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import type { BuiltInRule } from '../../../../plugins/policy/rules/built-in.ts';
import { DEFAULTS, UNKNOWN } from '../../../../plugins/policy/rules/default-table.ts';
import { FLOOR } from '../../../../plugins/policy/rules/floor-table.ts';
import { builtIn, ruleOf } from '../../../../plugins/policy/rules/floor.ts';
import { OPS } from '../../../../plugins/policy/tables/ops.ts';
import { action, effect, verdictOn } from '../support.ts';

const levelOf = (op: string, part: Partial<Effect> = {}): string => {
  const rule = ruleOf(effect(op, part));
  return rule === undefined ? 'allow' : `${rule.level} ${rule.id}`;
};

/** What no built-in rule objects to, whatever the place. */
const HARMLESS = new Set([
  'write.create',
  'write.append',
  'write.link',
  'write.move',
  'write.mode',
  'write.mode-recursive',
  'read.file',
  'exec.program',
  'exec.script',
  'exec.script-content',
  'net.fetch',
  'net.listen',
  'git.commit',
  'git.push',
  'git.rebase',
  'process.kill',
  'container.run',
  'delete.file',
  'delete.recursive',
  'delete.truncate',
]);

describe('the floor', () => {
  it.each([
    ['delete.recursive', { scope: 'workspace' }, 'allow'],
    ['delete.recursive', { scope: 'temp' }, 'allow'],
    ['delete.recursive', { scope: 'root', target: '/project' }, 'deny delete.workspace-root'],
    ['delete.recursive', { scope: 'home' }, 'deny delete.outside-workspace'],
    ['delete.file', { scope: 'system' }, 'deny delete.outside-workspace'],
    ['delete.truncate', { scope: 'outside' }, 'deny delete.outside-workspace'],
    ['delete.recursive', { scope: 'workspace', target: '/project/.git' }, 'deny delete.git'],
    ['delete.file', { scope: 'workspace', target: '/project/.git/HEAD' }, 'deny delete.git'],
    ['delete.file', { scope: 'workspace', target: '/project/.git/index.lock' }, 'allow'],
    ['delete.file', { scope: 'workspace', target: '/project/.gitignore' }, 'allow'],
    ['delete.recursive', { scope: 'unknown', target: null }, 'ask target.unknown'],
    ['delete.recursive', { target: null }, 'ask target.unknown'],
    ['write.create', { scope: 'workspace' }, 'allow'],
    ['write.create', { scope: 'temp' }, 'allow'],
    ['write.create', { scope: 'home' }, 'ask write.outside-workspace'],
    ['write.append', { scope: 'system' }, 'deny write.system'],
    ['write.create', { scope: 'unknown', target: null }, 'ask target.unknown'],
    ['write.device', { target: '/dev/sda', scope: 'device' }, 'deny device.write'],
    ['write.mode-recursive', { scope: 'home' }, 'deny write.mode-outside'],
    ['write.mode-recursive', { scope: 'root' }, 'ask write.mode-workspace'],
    ['git.push', { target: 'main' }, 'allow'],
    ['git.push-lease', { target: 'main' }, 'deny git.force-push'],
    ['secret.read', { scope: 'home' }, 'deny secret.read'],
    ['secret.read', { scope: 'workspace' }, 'ask secret.look'],
    ['secret.dump', {}, 'ask secret.look'],
    ['net.upload', { target: 'localhost' }, 'allow'],
    ['net.upload', { target: 'evil.test' }, 'ask net.upload'],
    ['net.upload', { target: null }, 'ask net.upload'],
    ['container.mount', { scope: 'system', target: '/' }, 'deny container.host'],
    ['container.mount', { scope: 'outside', target: '/srv/x' }, 'ask container.state'],
    ['guard.persist', { scope: 'home' }, 'deny guard.persist'],
    ['guard.vp', { scope: 'workspace' }, 'deny guard.tamper'],
  ] as const)('%s %j: %s', (op, part, expected) => {
    expect(levelOf(op, part)).toBe(expected);
  });

  it('has an answer for every operation of the analysis', () => {
    const silent = Object.keys(OPS).filter((op) => levelOf(op, { target: 'evil.test', scope: 'workspace' }) === 'allow');
    expect(silent.filter((op) => !HARMLESS.has(op))).toEqual([]);
  });

  it('names only operations that the analysis knows', () => {
    const ops = [...FLOOR, ...DEFAULTS].flatMap(({ on, but = [] }) => [...on, ...but].flatMap((match) => match.ops ?? []));
    expect(ops.filter((op) => !Object.hasOwn(OPS, op))).toEqual([]);
  });

  it('has no two rules of one name', () => {
    const ids = [...FLOOR, ...DEFAULTS].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('asks about what may happen where it would deny what does', () => {
    const [finding] = builtIn(action({ effects: [effect('privilege.escalate', { certain: false })] }));
    expect(finding).toMatchObject({ rule: 'privilege', level: 'ask', from: 'floor', liftable: false });
  });

  it('is not soft on a command because another one is uncertain', () => {
    const both = [effect('privilege.escalate', { certain: false }), effect('privilege.escalate')];
    expect(builtIn(action({ effects: both }))[0]?.level).toBe('deny');
  });

  it('lets a file be written that would deploy when it runs, and asks before one that would take over', () => {
    const writes = { tool: 'Write', input: { file_path: '/project/x.sh', content: '…' } };
    const later = (op: string): string =>
      verdictOn({ effects: [effect('exec.script-content'), effect(op, { certain: false })] }, {}, writes).verdict;
    expect(later('deploy.apply')).toBe('allow');
    expect(later('privilege.escalate')).toBe('ask');
  });

  it.each(Object.keys(UNKNOWN).filter((what) => what !== 'cwd'))('asks where it cannot be told: %s', (what) => {
    const { verdict, rule, findings } = verdictOn({ unknowns: [{ what: what as 'script', why: 'because' }] });
    expect({ verdict, rule }).toEqual({ verdict: 'ask', rule: `unknown.${what}` });
    expect(findings[0]?.reason).toContain('because');
  });

  it('minds an unknown folder only where something is changed in it', () => {
    const unknowns = [{ what: 'cwd' as const, why: 'cd $X' }];
    expect(verdictOn({ unknowns, effects: [effect('read.file')] }).verdict).toBe('allow');
    expect(verdictOn({ unknowns, effects: [effect('write.create')] }).verdict).toBe('ask');
  });

  it('takes nothing analysed for something unknown, in a shell', () => {
    expect(verdictOn({ commands: [] }).verdict).toBe('ask');
    expect(verdictOn({ commands: [] }, {}, { tool: 'TodoWrite', input: {} }).verdict).toBe('allow');
    const nothing = (command: string): string => verdictOn({ commands: [] }, {}, { input: { command } }).verdict;
    expect(['# a remark', 'A=1\n', 'A=$(x)', 'A=`x`', 'x'].map(nothing)).toEqual(['allow', 'allow', 'ask', 'ask', 'ask']);
  });

  it('is in the README as it is in the code', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../../plugins/policy/README.md'), 'utf8');
    const row = ({ id, level, about }: BuiltInRule): string => `| \`${id}\` | ${level} | ${about} |`;
    for (const rule of [...FLOOR, ...DEFAULTS]) expect(readme).toContain(row(rule));
  });
});
