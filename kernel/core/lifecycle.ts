/**
 * The life of a generation, told in order: stage it beside the old one, swap in one synchronous step, drain the old one, dispose
 * it. Whatever fails before the swap is undone without the old one having noticed.
 */
import { serviceName, type Previous } from '@vp/sdk';
import { reasonOf } from './errors.ts';
import { Generation } from './generation.ts';
import type { Host } from './host.ts';
import type { Loaded } from '../loader/load.ts';
import type { PluginRecord } from './plugin.ts';
import { within } from './scope.ts';

/** What differs from an ordinary reload. */
export interface StageOptions {
  /** Default: what the config in force says. */
  readonly shadow?: boolean;
  /** What the version before left; default: what the current one hands over. */
  readonly previous?: Previous | undefined;
  /** Whether the taps can take their places. Default: among the plugins that are loaded now. */
  readonly check?: () => void;
}

/** Sets a new generation up. Nothing of it counts yet. @throws what `Generation.stage` throws, all of it undone */
export async function stage(record: PluginRecord, loaded: Loaded, host: Host, options: StageOptions = {}): Promise<Generation> {
  const { shadow = record.entry.shadow } = options;
  const previous = 'previous' in options ? options.previous : await record.current?.handOver();
  record.generations += 1;
  const next = new Generation(record.generations, loaded, shadow, host);
  await next.stage(previous, options.check ?? (() => host.taps.check(new Map([[record.name, next.taps]]))));
  return next;
}

/** Puts a staged generation in the place of the current one. Synchronous: no call sees half of each. Gives the old one. */
export function swap(record: PluginRecord, next: Generation, host: Host): Generation | undefined {
  const old = record.current;
  host.taps.replace(record.name, next.taps);
  for (const provision of next.provisions) host.services.provide(provision);
  const kept = new Set(next.provisions.map((provision) => serviceName(provision.ref)));
  for (const provision of old?.provisions ?? []) if (!kept.has(serviceName(provision.ref))) host.services.withdraw(provision);
  if (old) old.active = false;
  next.active = true;
  record.take(next);
  next.runAll(next.activators, (error) => record.noteError(error));
  if (host.isReady()) next.runAll(next.readiers, (error) => record.noteError(error));
  return old;
}

/** Takes a plugin down with nothing in its place. */
export async function takeDown(record: PluginRecord, host: Host): Promise<void> {
  const old = record.current;
  record.release();
  host.taps.replace(record.name, []);
  for (const provision of old?.provisions ?? []) host.services.withdraw(provision);
  if (old === undefined) return;
  old.active = false;
  await retire(old, host);
}

/** Waits for the calls in flight on a generation that is no longer current, then ends what it owns. */
export async function retire(old: Generation, host: Host): Promise<void> {
  const log = host.log(old.loaded.name);
  const ms = host.deadlineMs('drain');
  const drained = (): Promise<unknown> => Promise.all([host.taps.drained(), ...old.provisions.map((one) => host.services.drained(one))]);
  if ((await within(ms, drained)) === 'late') log.warn({ ms }, 'calls were still running when the old version was ended');
  const { errors, stuck } = await old.scope.dispose(host.deadlineMs('dispose'));
  for (const { label, error } of errors) log.warn({ error: reasonOf(error) }, `"${label}" could not be ended`);
  for (const label of stuck) log.warn(`"${label}" did not end in time`);
}
