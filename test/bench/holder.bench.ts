/** The holder's share of the time to the real CLI's first event: the same arguments and input, through a holder and over pipes. */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { watch, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { folderOf, makeFolder } from '../../plugins/claude/folder.ts';
import { readExit, startHolder } from '../../plugins/claude/holder.ts';
import { claudeArgv, claudeSettings } from '../../plugins/claude/launch.ts';
import { getSettings, initialize, userMessage } from '../../plugins/claude/protocol.ts';
import { ring, spool } from '../../plugins/claude/spool.ts';
import { Tail } from '../../plugins/claude/tail.ts';
import { agentHome, realAgent, startApi, type AgentHome } from '../support/api/index.ts';
import { eventually } from '../support/sessions.ts';
import { inFolder, inTurns, median, report, row } from './harness.ts';

const ROUNDS = 20;
const FIRST_EVENT = '"subtype":"init"';

interface Launch {
  readonly argv: readonly string[];
  readonly input: readonly string[];
}

function launchOf(files: { settings: string; instructions: string }, id: string, home: AgentHome): Launch {
  writeFileSync(files.settings, claudeSettings(false));
  writeFileSync(files.instructions, 'You are being measured.\n');
  const argv = claudeArgv({ bin: realAgent, folder: files, id, limits: {}, trustProject: false, memory: [home.project] });
  return { argv, input: [initialize(), getSettings(), userMessage('go', randomUUID())] };
}

async function held(state: string, home: AgentHome): Promise<number> {
  const id = randomUUID();
  const folder = folderOf(state, id);
  makeFolder(folder);
  const { argv, input } = launchOf(folder, id, home);
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
  const folder = folderOf(state, id);
  makeFolder(folder);
  const { argv, input } = launchOf(folder, id, home);
  const [program = '', ...args] = argv;
  const seen = Promise.withResolvers<number>();
  const started = performance.now();
  const agent = spawn(program, args, { cwd: home.project, env: home.env, stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise((resolve) => agent.once('exit', resolve));
  agent.stdin.on('error', () => undefined);
  for (const text of input) agent.stdin.write(text);
  createInterface({ input: agent.stdout }).on('line', (line) => {
    if (line.includes(FIRST_EVENT)) seen.resolve(performance.now() - started);
  });
  const ms = await seen.promise;
  agent.kill('SIGKILL');
  await exited;
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
