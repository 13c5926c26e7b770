/** A stranger's path: the policy of the README, copied from it word for word, run with the real agent, broken, mended. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentHome, repository, startApi, type AgentHome, type ScriptedApi } from '../support/api/index.ts';

const [policy = '', config = ''] = [...readFileSync(join(repository, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  (block) => block[1] ?? '',
);

let api: ScriptedApi;
let home: AgentHome;
let folder: string;

beforeAll(async () => {
  api = await startApi(({ body }) => {
    const turns = body.messages.filter((message) => message.role === 'assistant').length;
    if (turns === 0) return { tools: [{ name: 'Bash', input: { command: 'bash -c "git tag v1"', description: 'tag' } }] };
    if (turns === 1) return { tools: [{ name: 'Bash', input: { command: 'touch allowed', description: 'mark' } }] };
    return { text: 'done' };
  });
  home = await agentHome(api.url);
  folder = join(home.root, 'stranger');
  mkdirSync(join(folder, 'work'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'vp.config.ts'), config);
  writeFileSync(join(folder, 'no-tags.ts'), policy);
});

afterAll(async () => {
  await api.close();
  await home.remove();
});

it('the policy of the README denies what it says, and the agent goes on', async () => {
  const { code, out } = await run();
  expect(out).toContain('denied by no-tags: releases are tagged by people');
  expect(out).toMatch(/✓ Bash +touch allowed/);
  expect(out).toContain('completed');
  expect(code).toBe(0);
  expect(lastToolResult(api)).toContain('say in the report which version');
});

it('a broken policy starts nothing, and the message names file, line and what to do', async () => {
  writeFileSync(join(folder, 'no-tags.ts'), policy.replace("name: 'no-tags',", 'name: ,'));
  const before = api.requests.length;
  const { code, err } = await run();
  expect(code).toBe(2);
  expect(err).toContain('VP_SANDBOX_SYNTAX');
  expect(err).toMatch(/no-tags\.ts:4:\d+/);
  expect(err).toContain('Mend the line named above');
  expect(api.requests.length).toBe(before);
});

it('the mended policy is in force again', async () => {
  writeFileSync(join(folder, 'no-tags.ts'), policy);
  const { code, out } = await run();
  expect(out).toContain('denied by no-tags');
  expect(code).toBe(0);
});

function run(): Promise<{ code: number; out: string; err: string }> {
  const env = { ...home.env, VP_HOME: join(home.root, 'state') };
  const args = [join(repository, 'kernel/bin/vp.js'), 'run', 'tag it', '--cwd', 'work'];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: folder, env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** What the agent was told of its calls, in its newest request. */
function lastToolResult({ requests }: ScriptedApi): string {
  return JSON.stringify(requests.at(-1)?.body.messages.filter((message) => message.role === 'user'));
}
