/**
 * `npm run demo`, in two acts: a session of the real claude CLI under plugins, one of which is edited while it runs; four sessions, two
 * at a time, of which one agent and then the service are killed. Offline. Exit code 1 where anything is not as it should be, 130 when
 * interrupted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome, realAgent, repository, startApi } from '../support/api/index.ts';
import { checkKills } from './nothing-lost/checks.ts';
import { playKills } from './nothing-lost/play.ts';
import { checkStory } from './policy-swap/checks.ts';
import { showFigures } from './policy-swap/figures.ts';
import { play } from './policy-swap/run.ts';
import { Screen } from './screen.ts';
import { tellStory, writeProject } from './policy-swap/story.ts';

/** Many times what it takes; a demo that hangs must end and say so. */
const LIMIT_MS = 180_000;

const screen = new Screen(process.stdout, process.env);
const stop = new AbortController();

/** @returns whether all was as it should be */
async function main(): Promise<boolean> {
  const head = screen.paint(['bold', 'cyan'], 'VP demo');
  screen.line(`${head}: real claude CLI ${versionOf()}, scripted Messages API on 127.0.0.1, offline`);
  screen.text(
    'Only what the model says is a script. The agent, the kernel, the plugins, the tool calls and every figure are real. No login, no cost.',
    {
      style: 'dim',
    },
  );
  if (!existsSync(realAgent)) throw new Error('the claude CLI is not installed here: run `npm ci` first, with install scripts allowed');
  const api = await startApi([]);
  const home = await agentHome(api.url);
  try {
    await writeProject(home.project);
    const story = tellStory(home.project);
    api.use(story.script);
    const run = await play({ screen, home, story, signal: stop.signal });
    stop.signal.throwIfAborted();
    screen.heading('5  What was measured');
    showFigures(screen, { ...run, verdicts: run.verdicts.map(({ micros }) => micros) });
    const heard = [...story.heard];
    const kills = await playKills(screen, api, stop.signal);
    const checks = [...checkStory(run, home.project, heard), ...checkKills(kills)];
    screen.heading('9  Was it as told?');
    for (const { claim, held } of checks)
      screen.text(claim, { indent: 2, mark: held ? screen.paint('green', '✓') : screen.paint('red', '✗') });
    return checks.every(({ held }) => held);
  } finally {
    await api.close();
    await home.remove();
  }
}

function versionOf(): string {
  const file = join(repository, 'node_modules', '@anthropic-ai', 'claude-code', 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : '(not installed)';
}

for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name));
// Who reads goes away, as `| head` does: what runs is ended and cleaned up all the same.
process.stdout.on('error', () => stop.abort('closed output'));
const limit = setTimeout(() => stop.abort('time'), LIMIT_MS).unref();
try {
  const started = performance.now();
  const good = await main();
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  screen.line();
  if (!good) throw new Error('the story did not go as told: see the lines marked ✗');
  screen.line(`${screen.paint(['bold', 'green'], 'All as told.')} ${seconds} s, everything that it started or wrote is gone again.`);
} catch (error) {
  const { aborted, reason } = stop.signal;
  process.exitCode = aborted && reason !== 'time' ? 130 : 1;
  console.error(`The demo failed: ${aborted ? endedBy(reason) : error instanceof Error ? error.message : String(error)}`);
  if (!aborted && error instanceof Error && error.cause !== undefined) console.error(error.cause);
} finally {
  clearTimeout(limit);
}

function endedBy(reason: unknown): string {
  return reason === 'time' ? `it did not end within ${LIMIT_MS / 1_000} s` : `interrupted by ${String(reason)}`;
}
