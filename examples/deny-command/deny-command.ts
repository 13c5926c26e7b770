/** Refuses shell commands that start with one of the listed words. A guard against slips, not against intent: it reads text only. */
import { definePlugin, deny } from '@vp/sdk';

interface Options {
  readonly commands: readonly string[];
}

export default definePlugin<Options>({
  name: 'deny-command',
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      commands: {
        description: 'Words that no command may start with.',
        type: 'array',
        items: { type: 'string', minLength: 1 },
        default: ['shutdown', 'reboot'],
      },
    },
  },
  setup(ctx) {
    ctx.hook('pre-command', ({ tool, input }) => {
      if (tool !== 'Bash') return;
      const command = String(input['command']).trim();
      const word = ctx.config.commands.find((one) => command === one || command.startsWith(`${one} `));
      if (word === undefined) return;
      return deny({
        rule: `deny-command/${word}`,
        reason: `${word} is not allowed here`,
        instead: 'say what you need it for, and stop there',
      });
    });
  },
});
