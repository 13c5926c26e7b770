/** Commands that a plugin adds to `vp`. The manifest describes them; the module is loaded only when one is run. */
import type { PluginManifest } from '@vp/schemas/types';
import type { ServiceRef } from './service.ts';

/** A service reached from a command: over the socket or in the same process, so every method is asynchronous. */
export type Remote<T extends object, E extends object> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
} & { on<K extends keyof E & string>(event: K, listener: (payload: E[K]) => void): () => void };

/** A plugin on disk, found as the kernel would find it for the same words in a config. */
export interface FoundPlugin {
  /** `file`: named by its path; `package`: by its name. */
  readonly kind: 'file' | 'package';
  /** Absolute path of its entry. */
  readonly entry: string;
  /** Absolute path of its plugin.json, and what that says, where it has one. */
  readonly manifestFile?: string;
  readonly manifest?: PluginManifest;
  /** From package.json. */
  readonly version?: string;
}

/** What became of a plugin that a command asked to reload. */
export type ReloadAnswer =
  | { readonly state: 'not-running' }
  /** `result` as in `vp reload`; `error` where it was refused. */
  | { readonly state: 'reloaded'; readonly result: string; readonly error?: string };

/** What a command is given. */
export interface CommandContext {
  readonly args: readonly string[];
  /** By long name in camel case, as commander gives them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `--json` was given: print JSON only. */
  readonly json: boolean;
  /** Standard output is a terminal. */
  readonly tty: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  warn(line: string): void;
  /** A service of the kernel; where the manifest says `kernel: "none"`, one that a plugin offers `offline`. */
  use<T extends object, E extends object>(ref: ServiceRef<T, E>): Remote<T, E>;
  /** Has the running service load a plugin anew, by its name. Absent for commands of plugins. */
  reload?(plugin: string): Promise<ReloadAnswer>;
  /**
   * Finds a plugin by what a config says for it. A path that is not absolute, or a package name, is looked up from `from`; default the
   * folder of the nearest config, else the working directory. Absent for commands of plugins.
   * @throws VP_PLUGIN_NOT_FOUND, VP_MANIFEST_INVALID
   */
  locate?(use: string, from?: string): FoundPlugin | Promise<FoundPlugin>;
}

/** The default export of a command's module. Gives the exit code. @throws VpError for anything the user should read. */
export type Command = (context: CommandContext) => Promise<number>;

/**
 * The default export of a module of `offline` in a manifest: makes the methods that a command without a kernel may call. Others are
 * left out.
 */
export type Offline = (context: { readonly env: Readonly<Record<string, string | undefined>> }) => Readonly<Record<string, unknown>>;

/** One thing that `vp doctor` looked at. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** The default export of a module of checks. It looks and changes nothing. */
export type Checks = (context: {
  readonly home: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}) => Promise<readonly CheckResult[]>;
