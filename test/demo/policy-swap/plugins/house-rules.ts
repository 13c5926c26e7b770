/** House rules: what no agent may run here, and what to do instead. The demo edits this file while a session runs. */
import { definePlugin, deny } from '@vp/sdk';

const rules = [
  { rule: 'no-recursive-delete', words: /\brm\s+-\w*r/, reason: 'gone is gone', instead: 'move it aside: `mv build build.old`' },
];

export default definePlugin({
  name: 'house-rules',
  hooks: {
    'pre-command'({ tool, input }) {
      const command = tool === 'Bash' ? String(input['command']) : '';
      return rules.filter(({ words }) => words.test(command)).map(({ rule, reason, instead }) => deny({ rule, reason, instead }));
    },
  },
});
