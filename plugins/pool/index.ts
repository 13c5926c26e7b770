/** @vp/pool: requests for sessions, kept until each has ended once. */
import {
  charters,
  definePlugin,
  pool,
  reasonOf,
  recovery,
  sessions,
  store,
  type Facade,
  type PluginContext,
  type Recovery,
  type RecoveryEvents,
} from '@vp/sdk';
import { abandoned, wanted } from './again.ts';
import { park, unpark } from './brake.ts';
import type { Options } from './config.ts';
import { attemptEnded } from './ends.ts';
import { errors } from './errors.ts';
import { Journal } from './journal.ts';
import { createLedger, entryOf, type Ledger } from './ledger.ts';
import { take } from './load.ts';
import { SessionPool } from './pool.ts';
import type { Tools } from './tools.ts';

export default definePlugin<Options>({ name: '@vp/pool', setup });

function setup(ctx: PluginContext<Options>): void {
  const ledger = ctx.shared('ledger', createLedger, close);
  const recoveryService = ctx.use(recovery);
  const tools: Tools = {
    config: ctx.config,
    ledger,
    journal: new Journal(ctx.use(store), ledger, ctx.log),
    sessions: ctx.use(sessions),
    charters: ctx.use(charters),
    recovery: () => (ctx.has(recovery) ? recoveryService : undefined),
    log: ctx.log,
  };
  const service = new SessionPool(tools, (fn, ms) => ctx.setTimeout(fn, ms));
  const provision = ctx.provide(pool, service);
  listen(tools, recoveryService, service);
  ctx.own('alarm', () => service.dispose());
  ctx.onActivate(() => {
    ledger.owner = service;
    ledger.emit = (event, payload) => provision.emit(event, payload);
    ledger.kick = () => service.pump();
    if (ledger.loading === null) void take(tools);
    service.pump();
  });
}

/** Two versions listen while one takes over from the other: only the one in force acts. */
function listen(tools: Tools, recoveryService: Facade<Recovery, RecoveryEvents>, service: SessionPool): void {
  const { ledger, log } = tools;
  const whenInForce =
    <P>(act: (payload: P) => void | Promise<void>) =>
    (payload: P): void => {
      if (ledger.owner !== service) return;
      Promise.try(act, payload).catch((error: unknown) => log.error({ error: reasonOf(error) }, 'an event could not be dealt with'));
    };
  tools.sessions.on(
    'session-state',
    whenInForce(({ sessionId, state }) => {
      const entry = entryOf(ledger, sessionId);
      if (entry === undefined || state === 'initializing' || entry.openingUntil === 0) return;
      entry.openingUntil = 0;
      ledger.kick();
    }),
  );
  tools.sessions.on(
    'session-ended',
    whenInForce(({ status, crash }) => attemptEnded(tools, status, crash)),
  );
  recoveryService.on(
    'recovery-wanted',
    whenInForce(({ sessionId, decision }) => wanted(tools, sessionId, decision)),
  );
  recoveryService.on(
    'recovery-abandoned',
    whenInForce(({ sessionId }) => abandoned(tools, sessionId)),
  );
  recoveryService.on(
    'parked',
    whenInForce((limit) => park(ledger, limit)),
  );
  recoveryService.on(
    'unparked',
    whenInForce(() => {
      unpark(ledger);
      ledger.kick();
    }),
  );
}

function close(ledger: Ledger): void {
  ledger.closed = true;
  for (const { begun, request } of ledger.entries.values()) begun.reject(errors('VP_POOL_STOPPED', { id: request.requestId }));
}
