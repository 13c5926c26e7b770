/** Has the running service look at a plugin after a grant was given or taken back. */
import type { CommandContext, ReloadAnswer } from '@vp/sdk';
import { runningPlugins } from './project.ts';
import { plain, styled } from './text.ts';

/** `absent`: a service runs, and its config has no such plugin. */
export type Told = ReloadAnswer | { readonly state: 'absent' };

/** Asks for a reload of the plugin. */
export async function tell(context: CommandContext, home: string, plugin: string): Promise<Told> {
  const answer = (await context.reload?.(plugin)) ?? { state: 'not-running' };
  const isAbsent = answer.state === 'reloaded' && answer.error !== undefined && runningPlugins(home)?.includes(plugin) === false;
  return isAbsent ? { state: 'absent' } : answer;
}

/** What came of it after a grant, in words. */
export function inForce(plugin: string, told: Told): string {
  switch (told.state) {
    case 'not-running':
      return 'No service runs; the next one goes by it.';
    case 'absent':
      return 'The service that runs has no such plugin; name it in the config and run `vp reload`.';
    case 'reloaded':
      if (told.error !== undefined) return styled('red', `The service has not put ${plugin} in force: ${plain(told.error)}`);
      return `The service has looked at it: ${plain(told.result)}.`;
    default:
      return told satisfies never;
  }
}

/** What came of it after a revocation, in words; a refusal is what is wanted then. */
export function endOf(told: Told): string {
  switch (told.state) {
    case 'not-running':
      return 'No service runs; the next one goes by it.';
    case 'absent':
      return 'The service that runs has no such plugin.';
    case 'reloaded':
      return `The service has ended it: ${plain(told.error ?? told.result)}`;
    default:
      return told satisfies never;
  }
}
