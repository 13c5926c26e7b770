/** @vp/claude: supervised Claude Code sessions. */
import { charters, definePlugin, policy, sessions, store, type PluginContext } from '@vp/sdk';
import { Canary } from './canary/canary.ts';
import type { Options } from './config.ts';
import { driverOf } from './drivers/index.ts';
import type { Environment } from './environment.ts';
import { errors } from './errors.ts';
import { EventLog } from './session/event-log.ts';
import { Gate } from './gate/gate.ts';
import { platformOf } from './platform/platform.ts';
import { createRegistry } from './state/registry.ts';
import { ClaudeSessionSpawner } from './spawner.ts';
import { variablesOf } from './start/variables.ts';

export default definePlugin<Options>({ name: '@vp/claude', setup });

function setup(ctx: PluginContext<Options>): void {
  const platform = platformOf(process.platform);
  if (platform === undefined) throw errors('VP_PLATFORM', { platform: process.platform });
  const charterService = ctx.use(charters);
  const eventStore = ctx.use(store);
  const variables = (): Readonly<Record<string, string | undefined>> => variablesOf(ctx.env);
  const env: Environment = {
    ctx,
    config: ctx.config,
    platform,
    gate: new Gate(ctx, charterService, ctx.use(policy)),
    driverOf,
    registry: ctx.shared('sessions', createRegistry),
    eventLog: new EventLog(() => (ctx.has(store) ? eventStore : undefined), ctx.log),
    boot: platform.bootId(),
    token: {},
    emit: (event, payload) => provision.emit(event, payload),
    ended: (held) => spawner.ended(held),
  };
  const canary = new Canary(ctx.home, ctx.config.canary, () => variables()['PATH'], ctx.log);
  const spawner = new ClaudeSessionSpawner({ env, charters: charterService, canary, variables });
  const provision = ctx.provide(sessions, spawner);
  ctx.own('sessions', () => spawner.dispose());
  ctx.onActivate(() => spawner.activate());
}
