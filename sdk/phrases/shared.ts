/** What several rows of the table share. */
import type { ActionMatch } from './row.ts';

type Scopes = NonNullable<ActionMatch['scopes']>;

/** Neither in the workspace nor temporary. */
export const OUTSIDE: Scopes = ['home', 'system', 'outside', 'device'];
/** In the workspace, or temporary. */
export const INSIDE: Scopes = ['workspace', 'root', 'temp'];
/** Names of this machine. */
export const LOCAL = ['localhost', '127.*', '::1', '[::1]', '0.0.0.0', '*.localhost'];
/** The branch that everybody builds on. */
export const MAIN = ['main', 'master'].flatMap((name) => [name, `+${name}`, `*/${name}`, `*:${name}`]);
/** Pushes that overwrite or delete. */
export const FORCED = ['git.push-force', 'git.push-lease', 'git.push-delete'];

/** Simple commands that begin with one of these. */
export function commands(...texts: readonly string[]): ActionMatch[] {
  return texts.map((command) => ({ command }));
}
