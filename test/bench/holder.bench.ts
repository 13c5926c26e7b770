/** The holder's share of the time to the real CLI's first event: the same arguments and input, through a holder and over pipes. */
import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { folderOf } from '../../plugins/claude/holder/folder.ts';
import { readExit, startHolder } from '../../plugins/claude/holder/holder.ts';
import { ring, spool } from '../../plugins/claude/holder/spool.ts';
import { Tail } from '../../plugins/claude/holder/tail.ts';
import { agentHome, startApi, type AgentHome } from '../support/api/index.ts';
import { eventually } from '../support/sessions.ts';
import { inFolder, inTurns, median, report, row } from './harness.ts';
import { prepare, startPiped } from './piped.ts';

const ROUNDS = 20;
const FIRST_EVENT = '"subtype":"init"';

async function held(state: string, home: AgentHome): Promise<number> {
  const id = randomUUID();
  const folder = folderOf(state, id);
  const { argv, input } = prepare(folder, id, home);
  const seen = Promise.withResolvers<number>();
  const started = performance.now();
  for (const [n, text] of input.entries()) spool(folder, n + 1, text);
  const agent = await startHolder({ folder, id, argv, cwd: home.project, env: home.env });
  const tail = new Tail(folder.out, 0, 64e6, (lines) => {
    if (lines.some(({ text }) => text?.includes(FIRST_EVENT))) seen.resolve(performance.now() - started);
  });
  const watcher = watch(folder.root, () => tail.poke());
  ring(folder);
  tail.poke();
  const ms = await seen.promise;
  watcher.close();
  tail.stop();
  process.kill(agent.pid, 'SIGKILL');
  await eventually(() => readExit(folder) !== undefined);
  return ms;
}

async function direct(state: string, home: AgentHome): Promise<number> {
  const id = randomUUID();
  const launch = prepare(folderOf(state, id), id, home);
  const seen = Promise.withResolvers<number>();
  const started = performance.now();
  const agent = startPiped(launch, home, (line) => {
    if (line.includes(FIRST_EVENT)) seen.resolve(performance.now() - started);
  });
  const ms = await seen.promise;
  await agent.kill();
  return ms;
}

report(
  await inFolder(async (state) => {
    const api = await startApi([{ text: 'done' }]);
    const home = await agentHome(api.url);
    try {
      const values = await inTurns(ROUNDS, { held: () => held(state, home), direct: () => direct(state, home) }, 1);
      return [
        row({
          name: 'spawn to first event of the real CLI, through the holder',
          value: median(values.held),
          unit: 'ms',
          yardstick: median(values.direct),
          beside: 'the same over pipes',
          aim: ['<= 1.02 x', (_value, ratio) => ratio <= 1.02],
        }),
      ];
    } finally {
      await api.close();
      await home.remove();
    }
  }),
);
