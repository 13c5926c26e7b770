/** @vp/store: provides the service `store`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { definePlugin, store, type PluginContext } from '@vp/sdk';
import type { Options } from './config.ts';
import type { Engine } from './engine.ts';
import { errors } from './errors.ts';
import manifest from './plugin.json' with { type: 'json' };
import { StoreService } from './service.ts';
import { SqliteEngine } from './sqlite/engine.ts';
import { closeHandle, newHandle, type Handle } from './sqlite/handle.ts';
import { newestOf, schemaOf } from './sqlite/migrate.ts';
import { MIGRATIONS } from './sqlite/migrations.ts';
import { openDatabase } from './sqlite/open.ts';

const PRUNE_EVERY_MS = 600_000;
const DAY_MS = 86_400_000;

export default definePlugin<Options>({ name: '@vp/store', setup });

function setup(ctx: PluginContext<Options>): void {
  const { config } = ctx;
  const handle = ctx.shared('handle-1', () => openHandle(ctx), closeHandle);
  const [found, known] = [schemaOf(handle.driver), newestOf(MIGRATIONS)];
  if (found !== known) throw errors('VP_STORE_RESTART', { found, known });
  const engine = new SqliteEngine(handle, config.batchKb * 1_000);
  const service = ctx.provide(store, new StoreService(engine, config.callMb * 1e6, ctx.signal));
  ctx.onActivate(() => engine.takeOver((events) => service.emit('appended', events)));
  ctx.onReady(() => void prune(ctx, engine));
  ctx.setInterval(() => void prune(ctx, engine), PRUNE_EVERY_MS);
}

function openHandle({ home, config, log }: PluginContext<Options>): Handle {
  const { busyMs, cacheMb } = config;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return newHandle(openDatabase({ path: join(home, 'state.db'), busyMs, cacheMb, writtenBy: manifest.version, log }));
}

/** A little at a time, with everything else in between. */
async function prune({ config, signal, log }: PluginContext<Options>, engine: Engine): Promise<void> {
  const retention = { keepMs: config.eventsKeepDays * DAY_MS, max: config.eventsMax };
  try {
    while (!signal.aborted && engine.prune(retention, Date.now()) > 0) await turn();
  } catch (error) {
    log.warn({ error }, 'old events could not be removed; it is tried again in ten minutes');
  }
}
