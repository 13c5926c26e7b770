/** Tallies the tools that agents use, and says when one has been used ten times more. */
import { definePlugin } from '@vp/sdk';
import { tally } from './tally.ts';

export default definePlugin({
  name: 'tool-tally',
  needs: ['tally@1'],
  setup(ctx) {
    const sums = ctx.use(tally);
    ctx.hook('post-command', ({ tool }) => void sums.add(tool));
    sums.on('ten', ({ name, sum }) => ctx.log.info(`${name} has been used ${sum} times`));
  },
});
