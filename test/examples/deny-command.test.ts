import { preCommand, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import denyCommand from '../../examples/deny-command/deny-command.ts';

async function verdicts(config: Record<string, unknown>, ...commands: string[]) {
  const plugin = await testPlugin(denyCommand, { config });
  const found = [];
  for (const command of commands) found.push((await plugin.fire('pre-command', preCommand({ input: { command } })))[0]?.level ?? 'none');
  expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
  return found;
}

describe('deny-command', () => {
  it('refuses what starts with a listed word, and nothing else', async () => {
    expect(await verdicts({ commands: ['git push'] }, 'git push', ' git push --force', 'git pushy', 'git status')).toEqual([
      'deny',
      'deny',
      'none',
      'none',
    ]);
  });

  it('refuses a shutdown where nothing is configured', async () => {
    expect(await verdicts({}, 'shutdown now', 'ls')).toEqual(['deny', 'none']);
  });

  it('tells the agent why, and what to do instead', async () => {
    const plugin = await testPlugin(denyCommand);
    const [finding] = await plugin.fire('pre-command', preCommand({ input: { command: 'reboot' } }));
    expect(finding).toMatchObject({
      plugin: 'deny-command',
      rule: 'deny-command/reboot',
      reason: 'reboot is not allowed here',
      instead: 'say what you need it for, and stop there',
    });
    expect(await plugin.fire('pre-command', preCommand({ tool: 'Read', input: { file_path: 'reboot' } }))).toEqual([]);
  });
});
