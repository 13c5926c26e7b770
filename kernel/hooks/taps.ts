/** All hooks of a kernel and who taps them. A plugin's taps change together, in one synchronous step. */
import type { HookName } from '@vp/sdk';
import { Hook, type Entry, type HookObserver } from './hook.ts';
import { HOOK_NAMES, HOOKS } from './table.ts';
import { checkEntries, sortEntries } from './order.ts';
import { within } from '../core/scope.ts';

/** An entry and the hook it is for. */
export interface Tapped {
  readonly hook: HookName;
  readonly entry: Entry;
}

/** What the taps need to know of the plugins. */
export interface PluginOrder {
  /** Names of all configured plugins, in the order in which they start. */
  names(): readonly string[];
  /** Required plugins that guard this hook and are not up; a promise where one of them is about to be. */
  closedBy(hook: HookName): { readonly plugin: string; readonly back?: Promise<unknown> } | undefined;
  /** Milliseconds of one pass of this hook. */
  deadlineMs(hook: HookName): number;
}

export class Taps {
  readonly #plugins: PluginOrder;
  readonly #hooks: Readonly<Record<HookName, Hook>>;
  readonly #tapped = new Map<string, readonly Tapped[]>();

  constructor(plugins: PluginOrder, observer: HookObserver) {
    this.#plugins = plugins;
    this.#hooks = Object.fromEntries(
      HOOK_NAMES.map((name) => [name, new Hook(name, HOOKS[name], () => plugins.deadlineMs(name), observer)]),
    ) as Record<HookName, Hook>;
  }

  /** Runs one pass. While a required plugin is not up, a guard hook waits for it if it is on its way, and else refuses. */
  fire(name: HookName, payload: unknown): unknown {
    const hook = this.#hooks[name];
    if (!hook.spec.guards) return hook.fire(payload);
    const closed = this.#plugins.closedBy(name);
    return closed === undefined ? hook.fire(payload) : this.#fireClosed(hook, payload, closed);
  }

  /**
   * Whether these plugins' taps could take their places among plugins of these names. Changes nothing.
   * @throws VP_AFTER_UNKNOWN, VP_AFTER_CYCLE
   */
  check(changes: ReadonlyMap<string, readonly Tapped[]>, names = this.#plugins.names()): void {
    const known = new Set(names);
    const tapped = new Map([...this.#tapped, ...changes].filter(([name]) => known.has(name)));
    for (const hook of HOOK_NAMES) checkEntries(hook, entriesOf(hook, names, tapped), known);
  }

  /** Puts a plugin's taps in the place of those it had. One synchronous step; passes in flight are not touched. */
  replace(plugin: string, tapped: readonly Tapped[]): void {
    const old = this.#tapped.get(plugin) ?? [];
    if (tapped.length > 0) this.#tapped.set(plugin, tapped);
    else this.#tapped.delete(plugin);
    const changed = new Set([...old, ...tapped].map((one) => one.hook));
    const names = new Set([...this.#plugins.names(), ...this.#tapped.keys()]);
    for (const hook of changed) this.#hooks[hook].replace(sortEntries(entriesOf(hook, names, this.#tapped)));
  }

  /** Resolves once every pass that saw replaced taps has ended. */
  async drained(): Promise<void> {
    await Promise.all(HOOK_NAMES.map((name) => this.#hooks[name].drained()));
  }

  /** The taps in force, by hook, in the order in which they run. */
  list(): { readonly hook: HookName; readonly entries: readonly Entry[] }[] {
    return HOOK_NAMES.map((hook) => ({ hook, entries: this.#hooks[hook].entries }));
  }

  async #fireClosed(hook: Hook, payload: unknown, closed: { plugin: string; back?: Promise<unknown> }): Promise<unknown> {
    const { back } = closed;
    if (back !== undefined) await within(this.#plugins.deadlineMs(hook.name), () => back.catch(() => undefined));
    const still = this.#plugins.closedBy(hook.name);
    if (still === undefined) return hook.fire(payload);
    return hook.failedPass(payload, still.plugin, `the required plugin "${still.plugin}" is not running`);
  }
}

/** One hook's entries, plugin by plugin. */
function entriesOf(hook: HookName, names: Iterable<string>, tapped: ReadonlyMap<string, readonly Tapped[]>): Entry[] {
  return [...names].flatMap((name) => (tapped.get(name) ?? []).filter((one) => one.hook === hook).map((one) => one.entry));
}
