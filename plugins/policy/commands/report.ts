/** What a replay came to, for people and for programs. */
import type { CommandContext } from '@vp/sdk';
import type { Difference, Replay } from '../log/replay.ts';

const MAX_ROWS = 50;

/** Prints a replay. `title` says what the calls were judged by. */
export function printReplay(context: CommandContext, title: string, { judged, same, differences, unlisted }: Replay): void {
  if (context.json) {
    context.print(JSON.stringify({ judged, same, differences, unlisted }));
    return;
  }
  context.print(`${title}: ${judged} calls judged, ${same} decided as before, ${differences.length + unlisted} otherwise`);
  for (const one of differences.slice(0, MAX_ROWS)) context.print(`  ${rowOf(one)}`);
  const more = differences.length + unlisted - MAX_ROWS;
  if (more > 0) context.print(`  and ${more} more; --json gives the first ${differences.length}`);
}

function rowOf({ seq, at, tool, input, was, is, because }: Difference): string {
  const text = JSON.stringify(input) ?? '';
  const shown = text.length > 100 ? `${text.slice(0, 99)}…` : text;
  const why =
    because === null ? '' : because === 'files-changed' ? ' (files have changed since)' : ' (the log holds the input without its secrets)';
  return `${seq} ${new Date(at).toISOString()} ${was.verdict} → ${is.verdict}${is.rule === null ? '' : ` by ${is.rule}`}${why}: ${tool} ${shown}`;
}
