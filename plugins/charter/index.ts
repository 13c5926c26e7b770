/** @vp/charter: provides the service `charters`. */
import { charters, definePlugin } from '@vp/sdk';
import { Evaluator } from './evaluate.ts';
import { CharterKeeper } from './keeper.ts';
import { newRegistry } from './registry.ts';
import { CharterStore } from './store.ts';

/** Options of the plugin; `plugin.json` has their defaults. */
interface CharterOptions {
  readonly stableMs: number;
  readonly maxCharters: number;
}

export default definePlugin<CharterOptions>({
  name: '@vp/charter',
  setup(ctx) {
    const { log, signal, config } = ctx;
    const registry = ctx.shared('registry-1', newRegistry);
    const evaluator = new Evaluator({ ahead: true });
    ctx.own('charter evaluation', evaluator);
    const keeper = new CharterKeeper({
      registry,
      evaluator,
      stableMs: config.stableMs,
      log,
      signal,
      changed: (charter) => service.emit('changed', charter),
      rejected: (id, problems) => service.emit('rejected', { id, problems }),
    });
    ctx.own('charter watches', keeper);
    const service = ctx.provide(charters, new CharterStore({ registry, keeper, evaluator, log, ...config }));
    ctx.onActivate(() => keeper.activate());
  },
});
