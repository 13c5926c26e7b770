/** Provides what the probe wants. */
import { definePlugin } from '@vp/sdk';
import { counter } from './contract.ts';

export default definePlugin({
  name: 'counter',
  provides: ['counter@1'],
  setup(ctx) {
    let sum = 0;
    const service = ctx.provide(counter, {
      add(by) {
        sum += by;
        service.emit('added', sum);
        return Promise.resolve(sum);
      },
    });
  },
});
