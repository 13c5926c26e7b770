/** What is saved in a sandboxed plugin is in force at once, so no agent may save there. */
import { preCommand } from '@vp/sdk/testing';
import { expect, it } from 'vitest';
import { refusing, Sandboxed } from './support.ts';

it('an agent may not change the files of a sandboxed plugin, and may change others beside it', async () => {
  const here = new Sandboxed();
  const quiet = here.file('quiet', `hooks: { 'on-output': () => {} }`);
  await here.start({ plugins: [here.world.firer('pre-command'), quiet, '@vp/charter', '@vp/policy'] });
  const cwd = here.world.dir;
  const rules = async (tool: string, input: Record<string, unknown>): Promise<(string | undefined)[]> => {
    const call = preCommand({ tool, input });
    return (await here.world.fire('pre-command', { ...call, session: { ...call.session, cwd } })).map(({ rule }) => rule);
  };
  const write = (name: string) => rules('Write', { file_path: here.world.path(name), content: refusing('x') });
  expect(await write('quiet.ts')).toContainEqual(expect.stringContaining('guard'));
  expect(await rules('Bash', { command: 'echo > ./quiet.ts' })).toContainEqual(expect.stringContaining('guard'));
  expect(await write('other.ts')).toEqual([]);
});
