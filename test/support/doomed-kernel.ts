/**
 * A kernel in a process of its own, to be killed: starts one session, never answers a question, and prints a JSON line for each thing
 * that happens. Arguments: a JSON object `{ home, bin, project, prompt, variables }`.
 */
import { startHost } from './sessions.ts';

const { home, bin, project, prompt, variables } = JSON.parse(process.argv[2] ?? '{}') as {
  home: string;
  bin: string;
  project: string;
  prompt: string;
  variables: Record<string, string>;
};
const host = await startHost({
  home,
  variables,
  config: { bin, canary: false, withoutFacts: 'allow' },
  taps: {
    'pre-command': (call) => {
      console.log(JSON.stringify({ asked: call.tool }));
      return new Promise(() => undefined);
    },
  },
});
const { sessionId, pid } = await host.sessions.spawnSession({ workingDirectory: project, prompt });
console.log(JSON.stringify({ sessionId, pid }));
