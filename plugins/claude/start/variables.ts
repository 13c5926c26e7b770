/** The kernel's environment variables, by the kernel's own account of them. */
import type { Env } from '@vp/sdk';

/** Looked for also where this process does not have them: a kernel may have been given an environment of its own. */
const KNOWN = [
  'PATH',
  'HOME',
  'LANG',
  'TERM',
  'TZ',
  'TMPDIR',
  'SHELL',
  'USER',
  'LOGNAME',
  'SSH_AUTH_SOCK',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'CLAUDE_CONFIG_DIR',
];

/** All that can be named. */
export function variablesOf(env: Env): Record<string, string | undefined> {
  const names = new Set([...Object.keys(process.env), ...KNOWN]);
  return Object.fromEntries([...names].map((name) => [name, env.get(name)]));
}
