/** A verdict in words. */
import { describe, expect, it } from 'vitest';
import { caretLines } from '../../../../plugins/policy/judge/caret.ts';
import { explain } from '../../../../plugins/policy/judge/explain.ts';
import { rulesOf } from '../../../../plugins/policy/rules/charter.ts';
import { judge } from '../../../../plugins/policy/judge/judge.ts';
import { call, charter, effect, facts, simple } from '../support.ts';

const command = "bash -c 'git push -f'";
const found = facts({
  commands: [simple('git push -f', { via: ['bash -c'], span: { start: 9, end: 20 } })],
  effects: [effect('git.push-force', { target: 'main', words: 'overwrites main', command: 0, span: { start: 9, end: 20 } })],
});

function explained(constraints: object = {}, of = found, input: Readonly<Record<string, unknown>> = { command }) {
  const asked = call({ input });
  const judgement = judge({ call: asked, facts: of, rules: rulesOf(charter(constraints).charter), startedAt: performance.now() });
  return explain(asked, of, judgement);
}

describe('an explanation', () => {
  it('shows a person facts, effects, rules, the text that decided, the way there and what would be allowed', () => {
    const { lines } = explained({ alwaysReject: ['force push'] });
    const text = lines.join('\n');
    expect(lines[0]).toMatch(/^deny: it overwrites or deletes what is on the remote \(overwrites main\)/);
    expect(text).toContain('git push -f (in /project, through bash -c)');
    expect(text).toContain('git.push-force: overwrites main [main]');
    expect(text).toContain('deny git.force-push (floor)');
    expect(text).toContain('deny alwaysReject (charter, constraints.alwaysReject[0])');
    expect(text).toContain(` ${command}\n              ${'^'.repeat(11)}`);
    expect(text).toContain('reached through\n    bash -c');
    expect(text).toContain('push without force to a new branch');
  });

  it('tells the agent one line: rule, reason, way, and what instead', () => {
    const { brief } = explained();
    expect(brief).toBe(
      'Denied by git.force-push (floor): it overwrites or deletes what is on the remote (overwrites main) (reached through bash -c). ' +
        'Instead: push without force to a new branch.',
    );
    expect(brief).not.toContain('\n');
  });

  it('says what was lifted and by what', () => {
    const { lines, brief } = explained({ autoApprove: ['publish'] }, facts({ effects: [effect('publish.package')] }));
    expect(lines[0]).toBe('allow: nothing objects');
    expect(lines.join('\n')).toContain('lifted by constraints.autoApprove[0]');
    expect(brief).toBe('Allowed.');
  });

  it('says what could not be told', () => {
    const { lines } = explained(
      {},
      facts({ commands: [simple('', { name: null, argv: [null, 'x'] })], unknowns: [{ what: 'command-word', why: '$X' }] }),
    );
    expect(lines.join('\n')).toContain('‹?›');
    expect(lines.join('\n')).toContain('command-word: $X');
  });

  it('stays short, whatever was found', () => {
    const many = Array.from({ length: 500 }, (_, index) => effect('net.upload', { target: `host${index}`, words: `sends ${index}` }));
    const { lines, brief } = explained({}, facts({ effects: many }));
    expect(lines.length).toBeLessThan(40);
    expect(lines.join('\n')).toContain('and 480 more');
    expect(brief).toContain('and 497 more');
  });
});

describe('the place in a text', () => {
  it('is marked on each line that it touches', () => {
    expect(caretLines('echo a\nrm -rf /\necho b', { start: 7, end: 15 })).toEqual([' rm -rf /', ' ^^^^^^^^']);
    expect(caretLines('rm \\\n -rf /', { start: 0, end: 11 })).toEqual([' rm \\', ' ^^^^', '  -rf /', ' ^^^^^^']);
  });

  it('is shown with a part of a long line around it, and hidden characters made visible', () => {
    const [line = '', carets = ''] = caretLines(`${'a'.repeat(300)}rm -rf /${'b'.repeat(300)}`, { start: 300, end: 308 });
    expect(line.length).toBeLessThan(110);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('rm -rf /');
    expect(caretLines('r\u200bm', { start: 0, end: 3 })).toEqual([' r·m', ' ^^^']);
  });
});
