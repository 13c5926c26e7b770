/** The second act checks its own story. */
import type { Check } from '../policy-swap/checks.ts';
import type { Outcome } from './play.ts';
import { A_AGAIN, TASKS } from './story.ts';

/** Looks at the rows, the files and what the model was told. */
export function checkKills({ rows, script, services, survivors, mostAtOnce, order, ends, sessions, notes, migration }: Outcome): Check[] {
  const a = rows.find((row) => row.sessionId === sessions.A);
  const heardA = script.heard.get('A') ?? [];
  const last = heardA.at(-1) ?? '';
  return [
    { claim: 'four requests, four ends, each completed', held: rows.length === 4 && rows.every(({ state }) => state === 'completed') },
    { claim: 'no end was told twice', held: ends.length > 0 && new Set(ends).size === ends.length },
    { claim: 'never more than two at a time', held: mostAtOnce > 0 && mostAtOnce <= 2 },
    { claim: 'D, which was critical, came before C', held: order.indexOf(sessions.D) < order.indexOf(sessions.C) },
    {
      claim: 'A went on in its own conversation: its prompt is in there once, and the call that was cut off was named',
      held: a?.attempts === 2 && last.split('Task A: run the migration.').length === 2 && last.includes(A_AGAIN),
    },
    { claim: 'the migration of A ran once, and was not run again', held: migration === 'begun\n' },
    { claim: 'the service that ended is not the one that was killed', held: services.length === 2 && services[0] !== services[1] },
    {
      claim: 'agents that ran when the service was killed are the same processes afterwards',
      held: survivors.length > 0 && survivors.every(({ before, after }) => before !== null && before === after),
    },
    { claim: 'the call that B asked for while nobody could answer ran once', held: notes.B === 'one\ntwo\n' },
    {
      claim: 'all others took one attempt',
      held: rows.filter((row) => row !== a).every(({ attempts }) => attempts === 1) && TASKS.length === 4,
    },
  ];
}
