/** Taps every hook and objects to nothing, so that the demo's table of hooks shows each of them. */
import { definePlugin } from '@vp/sdk';

export default definePlugin({
  name: 'onlooker',
  hooks: {
    'pre-spawn': () => undefined,
    'session-start': () => undefined,
    'on-output': () => undefined,
    'pre-command': () => undefined,
    'budget-check': () => undefined,
    'pre-edit': () => undefined,
    'post-edit': () => undefined,
    'post-command': () => undefined,
    'session-end': () => undefined,
  },
});
