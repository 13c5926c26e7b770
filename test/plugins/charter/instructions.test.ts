import { describe, expect, it } from 'vitest';
import { defaultCharter } from '../../../plugins/charter/compile.ts';
import { instructionsFor } from '../../../plugins/charter/instructions.ts';
import { normalise } from '../../../plugins/charter/normalise.ts';
import { charterPlugin } from './support.ts';

const full = normalise({
  name: 'orchestrator-eng',
  tier: 2,
  identity: { name: 'Engineering VP', email: 'eng@example.com', role: 'Senior Software Engineer', personality: 'Decisive' },
  objectives: ['Ship with tests'],
  responsibilities: ['Triage requests'],
  constraints: { forbiddenCommands: ['git push --force', 'echo `x`'], forbiddenPatterns: ['/production/i'], requiredApprovals: ['deploy'] },
  safetyHeuristics: { escalate: ['Production\n  deployments'] },
  resources: { maxTokens: 200_000, maxExecutionTime: 1_800_000, allowedTools: ['read', 'bash'] },
}).charter;

describe('the instructions of a session', () => {
  it('hold every part of the charter and of the session', () => {
    if (!full) throw new Error('not valid');
    const text = instructionsFor(full, { task: 'Mend the login.', cwd: '/project', memory: 'We use pnpm.', project: 'A web shop.' });
    const headings = text.split('\n').filter((line) => line.startsWith('#'));
    expect(headings).toEqual([
      '# Engineering VP: instructions of this session',
      '## Who you are',
      '## What your work is for',
      '## Your standing duties',
      '## What you must not do',
      '## Your limits',
      '## Your task',
      '## What you remember',
      '## About the project',
    ]);
    for (const part of [
      '`orchestrator-eng`',
      'Senior Software Engineer, tier 2',
      'eng@example.com',
      'Decisive',
      '- Ship with tests',
      '- Triage requests',
    ])
      expect(text).toContain(part);
    for (const part of ['- `git push --force`', '- `` echo `x` ``', '- `/production/i`', '- deploy', '- Production deployments'])
      expect(text).toContain(part);
    for (const part of [
      'Time: 30 minutes',
      'Tokens: 200,000',
      'Tools: only `Read`, `Bash`',
      '`/project`',
      'Mend the login.',
      'We use pnpm.',
      'A web shop.',
    ])
      expect(text).toContain(part);
  });

  it('leave out what there is nothing to say about', () => {
    const text = instructionsFor(defaultCharter().charter, { task: 'Say hello', cwd: '/project' });
    expect(text).not.toContain('## Your limits');
    expect(text).not.toContain('## What you remember');
    expect(text).toContain('Every tool call is judged before it runs.');
    expect(text.endsWith('Say hello\n')).toBe(true);
  });

  it('are given by the service, for a charter that is in force', async () => {
    const { service } = await charterPlugin();
    expect(service.instructions('default', { task: 'x', cwd: '/y' })).toContain('# VP session');
    expect(() => service.instructions('/nowhere.yaml', { task: 'x', cwd: '/y' })).toThrow(
      expect.objectContaining({ code: 'VP_CHARTER_UNKNOWN' }),
    );
  });
});
