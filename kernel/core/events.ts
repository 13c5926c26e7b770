/** What a kernel tells those who host it. */
import type { HookName, Undo } from '@vp/sdk';
import type { Config } from '../loader/config.ts';
import type { PluginStatus } from './plugin.ts';
import type { Outcome } from '../reload/replace.ts';

export type KernelState = 'stopped' | 'starting' | 'ready' | 'draining';

export interface KernelEvents {
  state: KernelState;
  /** A plugin's row has changed. */
  plugin: PluginStatus;
  reload: Outcome;
  /** A sandboxed plugin does not run from the start on; all else does. */
  'plugin-failed': { readonly plugin: string; readonly error: unknown };
  /** Changed files that wait for `reload`: of a plugin, or of the config (`vp.config`). */
  staged: { readonly what: string; readonly files: readonly string[] };
  'config-applied': Config;
  'config-rejected': { readonly error: unknown };
  'tap-failed': { readonly hook: HookName; readonly plugin: string; readonly error: unknown };
  /** What a shadow tap would have said. */
  shadowed: { readonly hook: HookName; readonly plugin: string; readonly answer: unknown };
}

type Listener = (payload: never) => void;

/** A small typed emitter. A listener that throws is the host's own fault and stops nobody else. */
export class Events {
  readonly #listeners = new Map<string, Set<Listener>>();

  on<K extends keyof KernelEvents>(event: K, listener: (payload: KernelEvents[K]) => void): Undo {
    const set = this.#listeners.get(event) ?? new Set<Listener>();
    this.#listeners.set(event, set.add(listener));
    return () => void set.delete(listener);
  }

  emit<K extends keyof KernelEvents>(event: K, payload: KernelEvents[K]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        (listener as (payload: KernelEvents[K]) => void)(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
