/** @vp/recovery: provides the service `recovery`. */
import { charters, definePlugin, recovery, sessions, store, type PluginContext } from '@vp/sdk';
import type { Options } from './config.ts';
import { pruneDumps } from './dumps.ts';
import { Follower } from './follow.ts';
import { Ledger } from './ledger.ts';
import { SessionRecoveryManager } from './manager.ts';
import { newMemory, parkOf } from './memory.ts';
import manifest from './plugin.json' with { type: 'json' };

/** A park ends by the clock, which may be set or stand still while the machine sleeps: it is looked at this often. */
const PARK_LOOK_MS = 1_000;
const PRUNE_EVERY_MS = 3_600_000;

export default definePlugin<Options>({ name: '@vp/recovery', setup });

async function setup(ctx: PluginContext<Options>): Promise<void> {
  const { config, log } = ctx;
  const sessionService = ctx.use(sessions);
  const charterService = ctx.use(charters);
  const ledger = new Ledger(ctx.use(store), ctx.shared('memory-1', newMemory));
  await ledger.load();
  const manager = new SessionRecoveryManager({
    ctx,
    version: manifest.version,
    ledger,
    sessions: sessionService,
    maxRetries: (id) => {
      if (id === undefined || !ctx.has(charters)) return config.maxRetries;
      return charterService.current(id)?.charter.operational.maxRetries ?? config.maxRetries;
    },
    emit: (event, payload) => service.emit(event, payload),
  });
  const service = ctx.provide(recovery, manager);
  const follower = new Follower({ ledger, sessions: sessionService, log, emit: (event, payload) => service.emit(event, payload) });
  let inForce = false;
  ctx.onActivate(() => (inForce = true));
  sessionService.on('session-spawned', ({ row }) => inForce && follower.begun(row));
  sessionService.on('session-output', ({ sessionId, events }) => inForce && follower.said(sessionId, events));
  sessionService.on('session-ended', ({ status }) => inForce && follower.ended(status));
  ctx.onReady(
    () =>
      void sessionService.adopted().then(
        () => follower.catchUp(),
        (error: unknown) => log.warn({ error }, 'no sessions to look at'),
      ),
  );
  ctx.setInterval(() => endPark(ctx, ledger, manager), PARK_LOOK_MS);
  ctx.onReady(() => void prune(ctx, ledger));
  ctx.setInterval(() => void prune(ctx, ledger), PRUNE_EVERY_MS);
}

function endPark({ log }: PluginContext<Options>, { memory }: Ledger, manager: SessionRecoveryManager): void {
  if (memory.totals.park === null || parkOf(memory, Date.now()) !== null) return;
  manager
    .endPark()
    .catch((error: unknown) => log.warn({ error }, 'the end of the wait for a limit could not be stored; it is tried again'));
}

async function prune({ config, home, log }: PluginContext<Options>, ledger: Ledger): Promise<void> {
  try {
    await pruneDumps(home, config.dumps, Date.now());
    await ledger.prune(config.dumps.keepDays, Date.now());
  } catch (error) {
    log.warn({ error }, 'old crash dumps or recoveries could not be removed; it is tried again in an hour');
  }
}
