/**
 * A kernel in a process of its own, to be killed: takes up what is there, starts sessions, and prints a JSON line for each thing that
 * happens. Its argument is a JSON object of `Doomed`.
 */
import { appendFileSync } from 'node:fs';
import { startHost } from './sessions.ts';

/** What it is to do. */
export interface Doomed {
  readonly home: string;
  readonly bin: string;
  readonly project: string;
  /** One session for each. */
  readonly prompts: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** A question is answered by nobody, or allowed. Default: by nobody. */
  readonly allows?: boolean;
  /** Every event that a tap is shown is added to this file, a line each: `id replayed`. */
  readonly seen?: string;
  /** Sessions that have ended to be started once more. */
  readonly restarts?: readonly string[];
}

const { home, bin, project, prompts, variables, allows, seen, restarts } = JSON.parse(process.argv[2] ?? '{}') as Doomed;
const tell = (what: object): void => console.log(JSON.stringify(what));
const host = await startHost({
  home,
  variables,
  config: { bin, canary: false, withoutFacts: 'allow' },
  taps: {
    'pre-command': (call) => {
      tell({ asked: call.tool });
      return allows ? [] : new Promise(() => undefined);
    },
    'on-output': ({ events, replayed }) => {
      if (seen) appendFileSync(seen, events.map(({ id }) => `${id} ${replayed}\n`).join(''));
    },
  },
});
await host.sessions.adopted();
tell({ adopted: true });
for (const id of restarts ?? []) {
  const { sessionId, pid } = await host.sessions.restartSession(id, { mode: 'anew', note: '' });
  tell({ sessionId, pid });
}
for (const prompt of prompts) {
  const { sessionId, pid } = await host.sessions.spawnSession({ workingDirectory: project, prompt });
  tell({ sessionId, pid });
}
