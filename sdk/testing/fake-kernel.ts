/** What several plugins of one test share: hooks, services, shared values, log. */
import type { HookName } from '../hooks.ts';
import { FakeServices } from './fake-services.ts';
import type { LogLine } from './memory.ts';
import { pass, sortTaps, type TestTap } from './taps.ts';

interface Held {
  readonly value: unknown;
  readonly end: (() => void | Promise<void>) | undefined;
  holders: number;
}

export class FakeKernel {
  readonly log: LogLine[] = [];
  readonly services = new FakeServices((event, error) => this.complain('kernel', `a listener of ${event} threw`, { error }));
  readonly workspaces = new Set<string>();
  readonly #taps = new Map<string, readonly TestTap[]>();
  readonly #shared = new Map<string, Held>();

  /** Names of the plugins, in the order in which they were set up. */
  get plugins(): ReadonlySet<string> {
    return new Set(this.#taps.keys());
  }

  /** Of one plugin, or of all in the order in which they run. */
  taps(plugin?: string): readonly TestTap[] {
    return plugin === undefined ? [...this.#taps.values()].flat() : (this.#taps.get(plugin) ?? []);
  }

  /** @throws VP_AFTER_UNKNOWN, VP_AFTER_CYCLE where these taps could not take their place. Changes nothing. */
  check(plugin: string, taps: readonly TestTap[]): void {
    const all = new Map([...this.#taps, [plugin, taps]]);
    for (const hook of new Set(taps.map((tap) => tap.hook))) this.#sorted(hook, all);
  }

  /** Puts a plugin's taps in the place of those it had. */
  replace(plugin: string, taps: readonly TestTap[]): void {
    this.#taps.set(plugin, taps);
  }

  remove(plugin: string): void {
    this.#taps.delete(plugin);
  }

  fire(hook: HookName, payload: unknown): unknown {
    return pass(hook, this.#sorted(hook, this.#taps), payload, (tap, why) => this.complain(tap.plugin, `tap of ${tap.hook}: ${why}`));
  }

  /** A value that is made once and ended when the last holder has let go. */
  hold<T>(key: string, create: () => T, end?: (value: T) => void | Promise<void>): { value: T; release: () => Promise<void> } {
    let held = this.#shared.get(key);
    if (held === undefined) {
      const value = create();
      held = { value, end: end && (() => end(value)), holders: 0 };
      this.#shared.set(key, held);
    }
    held.holders += 1;
    return { value: held.value as T, release: () => this.#release(key, held) };
  }

  complain(plugin: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.log.push({ level: 'warn', plugin, message, fields });
  }

  async #release(key: string, held: Held): Promise<void> {
    held.holders -= 1;
    if (held.holders > 0) return;
    this.#shared.delete(key);
    await held.end?.();
  }

  #sorted(hook: HookName, taps: ReadonlyMap<string, readonly TestTap[]>): TestTap[] {
    return sortTaps(
      [...taps.values()].flat().filter((tap) => tap.hook === hook),
      new Set(taps.keys()),
    );
  }
}
