/** Provides the service `tally`. */
import { definePlugin } from '@vp/sdk';
import { tally } from './tally.ts';

export default definePlugin({
  name: 'tally',
  provides: ['tally@1'],
  setup(ctx) {
    const sums: Record<string, number> = {};
    const service = ctx.provide(tally, {
      add(name) {
        const sum = (sums[name] ?? 0) + 1;
        sums[name] = sum;
        if (sum % 10 === 0) service.emit('ten', { name, sum });
        return sum;
      },
      sums: () => ({ ...sums }),
    });
  },
});
