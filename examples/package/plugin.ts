/** Refuses changes to what the project lists in `protected-paths.txt`. */
import { definePlugin, deny } from '@vp/sdk';

/** Beside the config; one path a line, relative to the folder that the agent works in. `#` starts a comment. */
const LIST = 'protected-paths.txt';

export default definePlugin({
  name: 'protected-paths',
  hooks: {
    async 'pre-command'({ facts, session }, ctx) {
      const changes = (facts?.effects ?? []).filter(({ kind }) => kind === 'write' || kind === 'delete');
      if (changes.length === 0) return undefined;
      // Read at each change, so that an edit counts at once. If the list cannot be read the tap throws, and the call is denied.
      for (const path of pathsOf(await ctx.fs.readText(LIST))) {
        const whole = `${session.cwd}/${path}`;
        if (changes.some(({ target }) => target !== null && isWithin(whole, target))) {
          return deny({
            rule: `protected-paths/${path}`,
            reason: `${path} is changed by people only`,
            instead: 'propose the change in your report',
          });
        }
      }
      return undefined;
    },
  },
});

function pathsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().replace(/\/$/, ''))
    .filter((line) => line !== '');
}

/** Whether one path is the other, below it, or above it: to delete a folder changes what is in it. */
function isWithin(listed: string, target: string): boolean {
  return target === listed || target.startsWith(`${listed}/`) || listed.startsWith(`${target}/`);
}
