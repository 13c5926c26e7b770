/** The real CLI over plain pipes, with the very arguments and opening that VP gives it: the yardstick of what VP puts between. */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { makeFolder, type SessionFolder } from '../../plugins/claude/holder/folder.ts';
import { claudeArgv, claudeSettings } from '../../plugins/claude/start/launch.ts';
import { getSettings, initialize, userMessage } from '../../plugins/claude/protocol/protocol.ts';
import { realAgent, type AgentHome } from '../support/api/index.ts';

/** What an agent is started with and told. */
export interface Launch {
  readonly argv: readonly string[];
  readonly input: readonly string[];
}

/** A running agent. */
export interface Piped {
  say(text: string): void;
  /** End of input, and then the end of the process. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

/** Makes a session's folder, and what to start in it. */
export function prepare(folder: SessionFolder, id: string, home: AgentHome): Launch {
  makeFolder(folder);
  writeFileSync(folder.settings, claudeSettings(false));
  writeFileSync(folder.instructions, 'You are being measured.\n');
  const argv = claudeArgv({ bin: realAgent, folder, id, limits: {}, trustProject: false, memory: [home.project] });
  return { argv, input: [initialize(), getSettings(), userMessage('go', randomUUID())] };
}

/** Starts it. `onLine` is given each line of its output. */
export function startPiped({ argv, input }: Launch, home: AgentHome, onLine: (line: string) => void): Piped {
  const [program = '', ...args] = argv;
  const agent = spawn(program, args, { cwd: home.project, env: home.env, stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise<void>((resolve) => agent.once('exit', () => resolve()));
  agent.stdin.on('error', () => undefined);
  for (const text of input) agent.stdin.write(text);
  createInterface({ input: agent.stdout }).on('line', onLine);
  return {
    say: (text) => void agent.stdin.write(text),
    close: () => (agent.stdin.end(), exited),
    kill: () => (agent.kill('SIGKILL'), exited),
  };
}
