/** A place of its own for the real agent: nothing of this machine's user, a made-up key, and the scripted API. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An isolated home and project. */
export interface AgentHome {
  readonly root: string;
  readonly home: string;
  /** The project folder that sessions work in. */
  readonly project: string;
  /** The whole environment for the agent's program. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Absolute path of the repository. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The real agent's program, as installed with the repository. */
export const realAgent = join(repository, 'node_modules', '.bin', 'claude');

/** Makes a temporary home. `remove` deletes all of it. */
export async function agentHome(apiUrl: string, more: Readonly<Record<string, string>> = {}): Promise<AgentHome> {
  const root = await mkdtemp(join(tmpdir(), 'vp-agent-'));
  const home = join(root, 'home');
  const project = join(root, 'project');
  const configDir = join(home, '.claude');
  await mkdir(configDir, { recursive: true });
  await mkdir(project);
  const key = 'sk-ant-made-up-key-for-tests-000000000000';
  await writeFile(
    join(configDir, '.claude.json'),
    JSON.stringify({ hasCompletedOnboarding: true, theme: 'dark', customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] } }),
  );
  return {
    root,
    home,
    project,
    env: {
      PATH: `${join(repository, 'node_modules', '.bin')}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
      HOME: home,
      TMPDIR: root,
      LANG: 'C.UTF-8',
      CLAUDE_CONFIG_DIR: configDir,
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: apiUrl,
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ...more,
    },
    // The agent's last writes may still be on their way when its process has ended.
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }),
  };
}
