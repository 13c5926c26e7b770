/** What an agent is started with: arguments, environment, settings. Pure, so that a guard sees exactly what will run. */
import type { Charter, SpawnLimits } from '@vp/sdk';
import type { SessionFolder } from '../holder/folder.ts';

/** What decides the arguments of Claude Code. */
export interface ClaudeLaunch {
  readonly bin: string;
  readonly folder: Pick<SessionFolder, 'settings' | 'instructions'>;
  /** VP's id of the session, and the agent's of a new conversation. */
  readonly id: string;
  readonly resume?: string;
  readonly model?: string;
  readonly limits: SpawnLimits;
  readonly trustProject: boolean;
  /** Directories whose CLAUDE.md reaches the model though the project's settings are not read. */
  readonly memory: readonly string[];
}

/** Asked for twice: a settings file that does not parse is dropped whole by the agent, this is not. */
const MANAGED = JSON.stringify({ permissions: { ask: ['*'] } });

/** Program and arguments. The prompt is not among them: it goes through standard input. */
export function claudeArgv(launch: ClaudeLaunch): string[] {
  const { limits } = launch;
  return [
    launch.bin,
    '-p',
    '--input-format',
    'stream-json',
    '--output-format',
    'stream-json',
    '--verbose',
    '--permission-prompt-tool',
    'stdio',
    '--permission-mode',
    'default',
    '--replay-user-messages',
    '--settings',
    launch.folder.settings,
    '--managed-settings',
    MANAGED,
    '--append-system-prompt-file',
    launch.folder.instructions,
    // The project's settings can name programs and variables (apiKeyHelper, env): only the user's own are read.
    ...(launch.trustProject
      ? []
      : ['--setting-sources', 'user', '--strict-mcp-config', ...launch.memory.flatMap((dir) => ['--add-dir', dir])]),
    ...(launch.resume === undefined ? ['--session-id', launch.id] : ['--resume', launch.resume]),
    ...(launch.model === undefined ? [] : ['--model', launch.model]),
    ...(limits.maxTurns === undefined ? [] : ['--max-turns', String(limits.maxTurns)]),
    ...(limits.maxCostUsd === undefined ? [] : ['--max-budget-usd', String(limits.maxCostUsd)]),
  ];
}

/** The settings file: every tool asks, no hook but VP's callback runs, no sandbox answers for VP. */
export function claudeSettings(trustProject: boolean): string {
  const settings = {
    ...(trustProject ? {} : { disableAllHooks: true }),
    permissions: { ask: ['*'], disableBypassPermissionsMode: 'disable' },
    sandbox: { ...(trustProject ? {} : { enabled: false }), autoAllowBashIfSandboxed: false },
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** Variables that every session gets. `PREFIX_*` stands for all that begin so. */
const PASSED = [
  'PATH',
  'HOME',
  'LANG',
  'LC_*',
  'TERM',
  'TZ',
  'TMPDIR',
  'SHELL',
  'USER',
  'LOGNAME',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'ANTHROPIC_*',
  'CLAUDE_*',
];

/** Of an agent that runs the kernel, not of the one that the kernel runs. */
const NOT_PASSED: ReadonlySet<string> = new Set(['CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SSE_PORT', 'CLAUDE_CODE_SESSION_ID']);

/** What decides a session's environment. */
export interface EnvironmentRules {
  /** The plugin's option `env.pass`. */
  readonly pass: readonly string[];
  readonly charter: Charter;
  /** Added by the request and by `pre-spawn` taps. */
  readonly added: Readonly<Record<string, string | undefined>>;
}

/** The environment of a session: an allow list over the kernel's, and what was added on purpose. */
export function environmentOf(own: Readonly<Record<string, string | undefined>>, rules: EnvironmentRules): Record<string, string> {
  const { charter } = rules;
  const patterns = [...PASSED, ...rules.pass, ...charter.operational.env, ...(charter.operational.sshAgent ? ['SSH_AUTH_SOCK'] : [])];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !NOT_PASSED.has(name) && patterns.some((pattern) => matches(pattern, name))) env[name] = value;
  }
  for (const [name, value] of Object.entries(rules.added)) if (value !== undefined) env[name] = value;
  // The holder sets the mark for the agent alone, so that it is not swept with it.
  delete env['VP_SESSION'];
  if (!charter.operational.trustProject) env['CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD'] = '1';
  return env;
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
