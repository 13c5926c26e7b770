/** Hooks without a kernel: taps given as plain functions. */
import type { HookName, HookResults, HookTypes, TapOptions } from '@vp/sdk';
import { TapStats } from '../../../kernel/hooks/stats.ts';
import { Taps, type PluginOrder, type Tapped } from '../../../kernel/hooks/taps.ts';

export interface Given extends TapOptions {
  readonly hook: HookName;
  /** Default: `p` and the position. */
  readonly plugin?: string;
  readonly handler: (payload: never) => unknown;
}

/** The taps in force, their counters by plugin, and what the observer was told. */
export function hooks(given: readonly Given[], order: Partial<PluginOrder> = {}) {
  const names = [...new Set(given.map((one, index) => one.plugin ?? `p${index}`))];
  const stats = new Map(names.map((name) => [name, new TapStats()]));
  const failed: { hook: HookName; plugin: string; error: unknown }[] = [];
  const shadowed: { hook: HookName; plugin: string; answer: unknown }[] = [];
  const taps = new Taps(
    { names: () => names, closedBy: () => undefined, deadlineMs: () => 40, ...order },
    {
      failed: (hook, plugin, error) => void failed.push({ hook, plugin, error }),
      shadowed: (hook, plugin, answer) => void shadowed.push({ hook, plugin, answer }),
    },
  );
  const tapped = given.map((one, index) => tappedOf({ plugin: `p${index}`, ...one }, stats));
  const put = (name: string): Tapped[] => tapped.filter((one) => one.entry.plugin === name);
  taps.check(new Map(names.map((name) => [name, put(name)])));
  for (const name of names) taps.replace(name, put(name));
  const fire = <H extends HookName>(hook: H, payload: HookTypes[H]['payload']): HookResults[H] =>
    taps.fire(hook, payload) as HookResults[H];
  const figures = (plugin: string) => stats.get(plugin)?.figures();
  return { taps, fire, failed, shadowed, figures, names };
}

/** One tap as the kernel wraps it. */
export function tappedOf(given: Given & { plugin: string }, stats = new Map<string, TapStats>()): Tapped {
  const { hook, plugin, handler, order = 'normal', after = [], guard = false, shadow = false } = given;
  const entry = {
    plugin,
    order,
    after,
    guard,
    shadow,
    call: (payload: unknown) => handler(payload as never),
    stats: stats.get(plugin) ?? new TapStats(),
  };
  return { hook, entry };
}

/** A promise that never settles. */
export const hang = (): Promise<never> => new Promise(() => undefined);

/** What can be awaited without being a promise. */
export function thenable(then: (done: (answer: unknown) => void) => unknown): object {
  return { then };
}
