/** Slows a session down after so many dollars, and stops it after more. */
import { definePlugin, type BudgetAnswer } from '@vp/sdk';

interface Options {
  readonly throttleUsd: number;
  readonly denyUsd: number;
}

export default definePlugin<Options>({
  name: 'session-budget',
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      throttleUsd: { description: 'Dollars after which a session is slowed down.', type: 'number', exclusiveMinimum: 0, default: 2 },
      denyUsd: { description: 'Dollars after which it may do nothing more.', type: 'number', exclusiveMinimum: 0, default: 10 },
    },
  },
  setup(ctx) {
    const { throttleUsd, denyUsd } = ctx.config;
    // A schema cannot compare two values. What setup throws keeps the plugin from starting.
    if (throttleUsd > denyUsd) throw new Error(`throttleUsd (${throttleUsd}) must not be more than denyUsd (${denyUsd})`);
    ctx.hook('budget-check', ({ costUsd }): BudgetAnswer | undefined => {
      const spent = `$${costUsd.toFixed(2)} of $${denyUsd.toFixed(2)} spent`;
      if (costUsd >= denyUsd) return { severity: 'deny', reason: `${spent}: report what is done and what is left` };
      if (costUsd >= throttleUsd) return { severity: 'throttle', reason: spent };
      return undefined;
    });
  },
});
