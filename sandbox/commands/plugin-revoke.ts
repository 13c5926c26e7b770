/** `vp plugin revoke NAME`: takes a grant back. Nothing that is wrong with the plugin keeps it from being stopped. */
import { isVpError, reasonOf, type Command, type CommandContext } from '@vp/sdk';
import { readGrants, revokeGrant, userName } from '../permissions/grants.ts';
import { homeOf, runningPlugins } from './project.ts';
import { endOf, tell } from './reloaded.ts';
import { isPath, readTarget } from './target.ts';
import { plain, styled } from './text.ts';

const revoke: Command = async (context) => {
  const home = homeOf(context.env);
  const name = await nameOf(context, context.args[0] ?? '', home);
  const record = await revokeGrant(home, name, userName());
  const told = await tell(context, home, name);
  if (context.json) context.print(JSON.stringify({ revoked: record, service: told }));
  else {
    context.print(styled('yellow', `Revoked: ${name} does not start any more, whatever the config grants.`));
    context.print(endOf(told));
    context.print(`To give it again: vp plugin grant ${name}`);
  }
  return 0;
};

export default revoke;

/** The plugin's own name. One that is there and cannot be read is taken at the word given; a word for nothing is an error. */
async function nameOf(context: CommandContext, given: string, home: string): Promise<string> {
  if (readGrants(home).has(given)) return given;
  try {
    return (await readTarget(context, given)).read.manifest.name;
  } catch (error) {
    const isMissing = isVpError(error) && error.code === 'VP_PLUGIN_NOT_FOUND';
    const named = isVpError(error) && error.plugin !== given ? error.plugin : undefined;
    if ((isPath(given) && named === undefined) || (isMissing && runningPlugins(home)?.includes(given) !== true)) throw error;
    if (!context.json) context.warn(`The plugin cannot be read (${plain(reasonOf(error), 200)}); the name is taken as given.`);
    return named ?? given;
  }
}
