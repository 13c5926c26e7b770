/** A plugin's record: which of its generations is current, in what state, and how it has behaved. */
import type { Permissions } from '@vp/schemas';
import type { HookName } from '@vp/sdk';
import type { RuntimeFigures } from '@vp/sdk/runtime';
import type { PluginEntry } from '../loader/config.ts';
import { reasonOf, withRemedy } from './errors.ts';
import type { Generation } from './generation.ts';
import { HOOKS } from '../hooks/table.ts';
import type { Loaded } from '../loader/load.ts';
import type { TapFigures } from '../hooks/stats.ts';

/**
 * - `starting`: nothing of it counts yet. `active`: in force. `restarting`: the old one has stopped, the new one is not up.
 * - `failed`: a restart or its provider failed. `stopped`: asked to, or with the kernel.
 */
export type PluginState = 'starting' | 'active' | 'restarting' | 'failed' | 'stopped';

/** A row of `vp plugins`. */
export interface PluginStatus {
  readonly name: string;
  readonly version: string;
  readonly tier: Loaded['tier'];
  readonly state: PluginState;
  readonly generation: number;
  /** Tap errors and failed reloads since the kernel started. */
  readonly errors: number;
  readonly lastError: string | null;
  /** A newer version that is not in force: why, and what to do. */
  readonly pending: string | null;
  readonly calls: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly hooks: Readonly<Partial<Record<HookName, TapFigures>>>;
  readonly provides: readonly string[];
  /** Labels of what it owns. */
  readonly owns: readonly string[];
  /** What a sandboxed plugin may do; null for one in the kernel, which may do everything. */
  readonly permissions: Permissions | null;
  /** The same in plain words. */
  readonly words: readonly string[];
  /** Of its own process; null where it has none. */
  readonly memoryBytes: number | null;
  readonly cpuMs: number | null;
  /** The newest last; times are ISO 8601. */
  readonly kills: readonly { readonly at: string; readonly reason: string; readonly detail: string }[];
  /** Set once it has been given up. */
  readonly quarantined: { readonly since: string; readonly reason: string; readonly lift: string } | null;
  readonly dropped: RuntimeFigures['dropped'] | null;
}

export class PluginRecord {
  name: string;
  entry: PluginEntry;
  state: PluginState = 'starting';
  current: Generation | undefined;
  /** Number of the newest generation that was set up. */
  generations = 0;
  errors = 0;
  lastError: string | null = null;
  pending: string | null = null;
  /** Settles when a restart is over. */
  back: Promise<unknown> | undefined;
  /** Guard hooks that it tapped when it was last up; undefined before. */
  guards: ReadonlySet<HookName> | undefined;
  /** The code it runs, or ran last. */
  loaded: Loaded;
  /** Files of a version that was refused: a change in one of them may mend it. */
  tried: readonly string[] = [];

  constructor(loaded: Loaded, entry: PluginEntry) {
    this.name = loaded.name;
    this.loaded = loaded;
    this.entry = entry;
  }

  /** Notes an error; it shows in the status. */
  noteError(error: unknown): void {
    this.errors += 1;
    this.lastError = reasonOf(error);
  }

  /** A version is not put in force; the one before runs on, where there is one. */
  refuse(loaded: Pick<Loaded, 'inputs'>, error: unknown): void {
    this.noteError(error);
    this.tried = loaded.inputs;
    this.pending = withRemedy(error);
    if (this.current === undefined) this.state = 'failed';
  }

  /** Makes a generation the current one. */
  take(generation: Generation): void {
    this.current = generation;
    this.loaded = generation.loaded;
    this.state = 'active';
    this.pending = null;
    this.tried = [];
    this.#noteGuards();
  }

  /** Nothing is current any more. */
  release(): void {
    // Taps may have come and gone since it was activated.
    this.#noteGuards();
    this.current = undefined;
  }

  /** Files whose change concerns this plugin. */
  get files(): readonly string[] {
    return [...this.loaded.inputs, ...this.tried];
  }

  /** Whether a required plugin's absence closes this hook: the ones it guarded when it was last up, every one if it never was. */
  closes(hook: HookName): boolean {
    return this.state !== 'active' && (this.guards === undefined || this.guards.size === 0 || this.guards.has(hook));
  }

  #noteGuards(): void {
    if (this.current) this.guards = new Set(this.current.taps.map((tapped) => tapped.hook).filter((hook) => HOOKS[hook].guards));
  }

  status(): PluginStatus {
    const hooks = Object.fromEntries([...(this.current?.stats ?? [])].map(([hook, stats]) => [hook, stats.figures()]));
    const figures = Object.values(hooks);
    const busiest = figures.toSorted((a, b) => b.calls - a.calls)[0];
    return {
      name: this.name,
      version: this.loaded.version,
      tier: this.loaded.tier,
      state: this.state,
      generation: this.current?.number ?? this.generations,
      errors: this.errors,
      lastError: this.lastError,
      pending: this.pending,
      calls: figures.reduce((sum, one) => sum + one.calls, 0),
      p50Ms: busiest?.p50Ms ?? null,
      p99Ms: busiest?.p99Ms ?? null,
      hooks,
      provides: this.loaded.provides,
      owns: this.current?.scope.labels ?? [],
      ...sandboxStatus(this.loaded.runtime?.figures(this.name)),
    };
  }
}

type SandboxStatus = Pick<PluginStatus, 'permissions' | 'words' | 'memoryBytes' | 'cpuMs' | 'kills' | 'quarantined' | 'dropped'>;

function sandboxStatus(figures: RuntimeFigures | undefined): SandboxStatus {
  if (figures === undefined)
    return { permissions: null, words: [], memoryBytes: null, cpuMs: null, kills: [], quarantined: null, dropped: null };
  const { permissions, words, memoryBytes, cpuMs, kills, quarantined, dropped } = figures;
  const time = (at: number): string => new Date(at).toISOString();
  return {
    permissions,
    words,
    memoryBytes,
    cpuMs,
    kills: kills.map(({ at, reason, detail }) => ({ at: time(at), reason, detail })),
    quarantined: quarantined && { ...quarantined, since: time(quarantined.since) },
    dropped,
  };
}
