/** What the process around a kernel decides. */
import type { Logger } from '@vp/sdk';
import type { MakeRuntime } from './runtime.ts';

export interface KernelOptions {
  /** The state folder. Default: `$VP_HOME`, else `$XDG_STATE_HOME/vp`, else `~/.local/state/vp`. */
  readonly home?: string;
  /** Where relative paths start for a config given as an object. Default: the working directory. */
  readonly baseDir?: string;
  /** Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A logger for each plugin. Default: none is written. */
  readonly log?: (plugin: string) => Logger;
  /** Default of `reload.auto`. */
  readonly auto?: 'outside-workspaces' | 'never';
  /** Makes what runs plugins that nobody trusts; asked at the first of them. Without it such a plugin is refused. */
  readonly runtime?: MakeRuntime;
}
