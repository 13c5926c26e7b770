/** Where a kernel keeps its state. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The state folder that the environment names. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  if (env['VP_HOME']) return resolve(env['VP_HOME']);
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'vp');
}
