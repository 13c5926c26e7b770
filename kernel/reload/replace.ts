/**
 * From changed files to changed plugins. One reload at a time, the latest version wins, and a version that fails in any way leaves
 * the one before it running.
 */
import type { Previous } from '@vp/sdk';
import type { Generation } from '../core/generation.ts';
import type { Host } from '../core/host.ts';
import { retire, stage, swap, takeDown } from '../core/lifecycle.ts';
import type { Loaded } from '../loader/load.ts';
import type { PluginRecord } from '../core/plugin.ts';

/** How a reload of one plugin ended. */
export type Outcome =
  | { readonly plugin: string; readonly result: 'swapped' | 'restarted'; readonly generation: number }
  | { readonly plugin: string; readonly result: 'unchanged' }
  | { readonly plugin: string; readonly result: 'refused'; readonly error: unknown };

/** Puts a loaded version in force, by the way its manifest asks for. Never throws: a refusal is an outcome. */
export async function replacePlugin(record: PluginRecord, loaded: Loaded, host: Host): Promise<Outcome> {
  if (record.current?.loaded.hash === loaded.hash && loaded.runtime?.isSpent(loaded.name) !== true) {
    record.pending = null;
    return { plugin: record.name, result: 'unchanged' };
  }
  const restart = loaded.manifest.reload === 'restart' || record.loaded.manifest.reload === 'restart';
  return restart && record.current !== undefined ? restartPlugin(record, loaded, host) : swapPlugin(record, loaded, host);
}

async function swapPlugin(record: PluginRecord, loaded: Loaded, host: Host): Promise<Outcome> {
  let next: Generation;
  try {
    next = await stage(record, loaded, host);
  } catch (error) {
    return refuse(record, loaded, error);
  }
  const old = swap(record, next, host);
  if (old) await retire(old, host);
  return { plugin: record.name, result: 'swapped', generation: next.number };
}

/** For what cannot exist twice: the old version stops first. If the new one fails, the old one is set up again. */
async function restartPlugin(record: PluginRecord, loaded: Loaded, host: Host): Promise<Outcome> {
  const before = record.loaded;
  const previous = await record.current?.handOver();
  const { promise, resolve } = Promise.withResolvers<void>();
  record.state = 'restarting';
  record.back = promise;
  try {
    await takeDown(record, host);
    const next = await stage(record, loaded, host, { previous });
    swap(record, next, host);
    return { plugin: record.name, result: 'restarted', generation: next.number };
  } catch (error) {
    await setUpAgain(record, before, previous, host);
    return refuse(record, loaded, error);
  } finally {
    record.back = undefined;
    resolve();
  }
}

async function setUpAgain(record: PluginRecord, before: Loaded, previous: Previous | undefined, host: Host): Promise<void> {
  try {
    swap(record, await stage(record, before, host, { previous }), host);
  } catch (error) {
    record.state = 'failed';
    record.noteError(error);
  }
}

function refuse(record: PluginRecord, loaded: Loaded, error: unknown): Outcome {
  record.refuse(loaded, error);
  return { plugin: record.name, result: 'refused', error };
}
