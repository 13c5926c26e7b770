/**
 * @vp/sdk/runtime: what the kernel and the runtime of sandboxed plugins agree on. `kernel/bin` joins the two. To the kernel a sandboxed
 * plugin is one like any other: a definition whose taps and setup happen to go to another process. A plugin has no need of this.
 */
import type { Permissions, PluginManifest, SandboxLimits } from '@vp/schemas/types';
import type { PluginDefinition } from './define.ts';
import type { ServiceRef } from './service.ts';

/** A plugin that is to be loaded. */
export interface RuntimeRequest {
  /** What the config says. */
  readonly use: string;
  /** `file`: named by its path; `package`: by its name, and so held to the bytes that were granted. */
  readonly kind: 'file' | 'package';
  /** Absolute paths. */
  readonly entry: string;
  readonly manifestFile?: string;
  /** From plugin.json, checked against its schema. */
  readonly manifest?: PluginManifest;
  /** From package.json. */
  readonly version?: string;
  /** The config file, for messages. */
  readonly origin?: string;
  /** What the config grants. */
  readonly grant?: Permissions;
  readonly limits?: SandboxLimits;
  /** Where relative paths of the plugin start: the folder of the config. */
  readonly baseDir: string;
  readonly cacheDir?: string;
  /** Milliseconds of a hook, or of `setup`, `drain`, `dispose`, as the config says now. */
  readonly deadlineMs: (what: string) => number;
}

/** A plugin that can be set up; none of its code has run. */
export interface RuntimePlugin {
  readonly manifest: PluginManifest;
  readonly definition: PluginDefinition;
  /** Of code, permissions and limits: equal hashes need no reload. */
  readonly codeHash: string;
  /** Absolute paths whose change means a new version. */
  readonly inputs: readonly string[];
}

/** Why the process of a plugin was ended. */
export interface Kill {
  /** Epoch milliseconds. */
  readonly at: number;
  /** One of the reasons in `sandbox/kills.ts`. */
  readonly reason: string;
  /** What was measured, in words. */
  readonly detail: string;
}

/** How a sandboxed plugin is, whatever its generation. */
export interface RuntimeFigures {
  /** What is in force. */
  readonly permissions: Permissions;
  /** The same in plain words, a line each. */
  readonly words: readonly string[];
  /** Resident memory of its process; null where none runs. */
  readonly memoryBytes: number | null;
  /** CPU time of its process so far; null where none runs. */
  readonly cpuMs: number | null;
  /** The newest last. */
  readonly kills: readonly Kill[];
  /** Set once it has been given up. */
  readonly quarantined: { readonly since: number; readonly reason: string; readonly lift: string } | null;
  /** What it said or should have been told beyond its limits. */
  readonly dropped: { readonly logs: number; readonly events: number; readonly messages: number };
}

/** Loads and runs plugins that nobody trusts. */
export interface PluginRuntime {
  /**
   * Checks all that can be known without running the plugin's code.
   * @throws VpError with the file and what to do
   */
  load(request: RuntimeRequest): Promise<RuntimePlugin>;
  /** Undefined for a plugin that was never loaded. */
  figures(plugin: string): RuntimeFigures | undefined;
  /** Whether its process was given up or ended for good, so that a reload sets it up anew though nothing has changed. */
  isSpent(plugin: string): boolean;
  /** Ends all processes of a plugin at once, without asking them. */
  end(plugin: string, reason: 'revoked'): void;
  /** Calls `listener` when a plugin's figures change in a way that a person should see: a kill, a restart, quarantine. */
  onChange(listener: (plugin: string) => void): () => void;
  /** Ends what is left, also where a plugin's own end failed. */
  close(): Promise<void>;
}

/** What a runtime is made with. */
export interface RuntimeOptions {
  /** The state folder. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The contract of a service that somebody provides or has provided, by `id@major`. */
  readonly service: (name: string) => ServiceRef | undefined;
  /** Writes a line to the kernel's log, for what is said about a plugin rather than by it. */
  readonly warn: (fields: object, message: string) => void;
}
