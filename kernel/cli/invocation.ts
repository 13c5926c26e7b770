/** One command line, taken apart: what every command is given. */
import type { Command as Listed } from '@vp/schemas';
import type { Checks, Command } from '@vp/sdk';
import type { KernelOptions } from '../core/kernel.ts';

/** A command that is no plugin's and not the kernel's own. */
export type JoinedCommand = Omit<Listed, 'module' | 'kernel'> & { readonly load: () => Promise<{ readonly default: Command }> };

/** What `kernel/bin` joins to the command line: the kernel itself knows no sandbox. */
export interface Extensions {
  readonly runtime?: NonNullable<KernelOptions['runtime']>;
  readonly commands?: readonly JoinedCommand[];
  readonly checks?: () => Promise<Checks>;
}

export interface Invocation {
  readonly args: readonly string[];
  /** By long name in camel case. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `--json` was given: print JSON only. */
  readonly json: boolean;
  readonly extensions: Extensions;
}
