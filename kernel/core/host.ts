/** What the kernel lends to each generation of a plugin. */
import type { Logger } from '@vp/sdk';
import type { Services } from './services.ts';
import type { Shared } from './shared.ts';
import type { Taps } from './taps.ts';
import type { Workspaces } from './workspaces.ts';

export interface Host {
  /** The state folder. */
  readonly home: string;
  /** Where relative paths of the config start. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly taps: Taps;
  readonly services: Services;
  readonly shared: Shared;
  readonly workspaces: Workspaces;
  /** A plugin's logger. */
  log(plugin: string): Logger;
  /** Milliseconds of `setup`, `drain`, `dispose`. */
  deadlineMs(step: 'setup' | 'drain' | 'dispose'): number;
}
