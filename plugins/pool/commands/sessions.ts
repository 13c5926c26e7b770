/** `vp sessions`: what runs, waits and has ended, newest first. */
import { pool, type Command, type PoolRow } from '@vp/sdk';
import { checked } from './asked.ts';
import { numberOf, short, shortId, span, table } from './words.ts';

const MOST = 1_000;
/** What a person reads at once. */
const SHOWN = 30;

const HEADING = ['ID', 'STATE', 'PRIORITY', 'ORCHESTRATOR', 'TRIES', 'AGE', 'COST', 'DIRECTORY', ''];
const NOTE_WIDTH = 60;
const CWD_WIDTH = 40;

const list: Command = async (context) => {
  const { json, options } = context;
  const limit = checked(() => numberOf(options, 'limit')) ?? (json || options['all'] === true ? MOST : SHOWN);
  const rows = await context.use(pool).listSessions({ limit: Math.min(Math.ceil(limit), MOST) });
  if (json) {
    context.print(JSON.stringify(rows));
    return 0;
  }
  if (rows.length === 0) {
    context.warn('No sessions. Start one: vp submit "PROMPT"');
    return 0;
  }
  for (const line of table(
    HEADING,
    rows.map((row) => cells(row, Date.now())),
  ))
    context.print(line);
  if (options['all'] !== true && rows.length === limit) context.warn('Older ones: vp sessions --all');
  return 0;
};

export default list;

function cells(row: PoolRow, now: number): string[] {
  const { sessionId, state, priority, orchestrator, attempts, createdAt, costUsd, cwd } = row;
  const age = span(Math.max(0, now - Date.parse(createdAt)));
  const directory = cwd.length > CWD_WIDTH ? `…${cwd.slice(1 - CWD_WIDTH)}` : cwd;
  const cost = costUsd === null ? '' : `$${costUsd.toFixed(2)}`;
  return [shortId(sessionId), state, priority, orchestrator, String(attempts), age, cost, directory, short(noteOf(row, now), NOTE_WIDTH)];
}

/** Why it is as it is, or what it waits for. */
function noteOf({ position, estimatedWaitMs, waitsUntil, reason, error }: PoolRow, now: number): string {
  const place = position === null ? [] : [`place ${position}`];
  const until = waitsUntil === null ? [] : [`in ${span(Math.max(0, Date.parse(waitsUntil) - now))}`];
  const wait = estimatedWaitMs === null || waitsUntil !== null ? [] : [`about ${span(estimatedWaitMs)}`];
  const why = error?.message ?? reason;
  return [...place, ...until, ...wait, ...(why === null ? [] : [why])].join(', ');
}
