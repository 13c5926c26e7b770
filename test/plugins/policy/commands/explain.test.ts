/** `vp policy explain`. */
import { describe, expect, it } from 'vitest';
import explain from '../../../../plugins/policy/commands/explain.ts';
import { run } from './support.ts';

describe('vp policy explain', () => {
  it('shows facts, effects, rules, what decided, what instead, and what the agent is told', async () => {
    const { code, out } = await run(explain, ['git -C . push origin +main'], { cwd: '/nowhere/project' });
    const text = out.join('\n');
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^deny: /);
    for (const part of [
      'commands',
      'effects',
      'git.push-force',
      'git.force-push (floor)',
      '^^^',
      'allowed instead',
      'the agent is told',
      'Denied by',
    ])
      expect(text).toContain(part);
  });

  it('prints JSON', async () => {
    const { out } = await run(explain, ['ls'], { json: true });
    expect(JSON.parse(out.join(''))).toMatchObject({
      judgement: { verdict: 'allow' },
      facts: { commands: [{ name: 'ls' }] },
      brief: 'Allowed.',
    });
  });

  it('takes other tools and other folders', async () => {
    const { out } = await run(explain, [], {
      options: { tool: 'Write', input: '{"file_path":"/etc/passwd","content":"x"}', cwd: '/nowhere' },
    });
    expect(out[0]).toMatch(/^deny: /);
    expect(out.join('\n')).toContain('Write in /nowhere');
  });

  it('says what it needs', async () => {
    expect((await run(explain, [])).code).toBe(2);
    await expect(run(explain, [], { options: { tool: 'Write', input: '[]' } })).rejects.toMatchObject({ code: 'VP_POLICY_OPTION' });
  });
});
