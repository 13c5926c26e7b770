/** The demo's run: kernel, session, a policy that is edited in the middle. Gives what was measured; shows what happens. */
import { copyFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKernel, type Kernel, type PluginStatus } from '@vp/kernel';
import { sessions, type Logger, type SessionRow, type VerdictEvent } from '@vp/sdk';
import { realAgent, repository, type AgentHome } from '../../support/api/index.ts';
import type { Times } from './figures.ts';
import { Narrator } from './narrator.ts';
import type { Screen } from '../screen.ts';
import { BEFORE_LINE, NEW_RULE, PROMPT, type Story } from './story.ts';

const POLICY = 'house-rules';

/** What a run came to. */
export interface Run {
  readonly times: Times;
  readonly row: SessionRow;
  readonly verdicts: readonly VerdictEvent[];
  readonly plugins: readonly PluginStatus[];
  readonly replaced: PluginStatus;
  /** The session's process before and after the swap. */
  readonly pids: readonly (number | null)[];
}

/** Where things happen. */
export interface Stage {
  readonly screen: Screen;
  readonly home: AgentHome;
  readonly story: Story;
  readonly signal: AbortSignal;
}

/** Plays the story. Ends what it started, also where it fails. */
export async function play(stage: Stage): Promise<Run> {
  const times = { started: performance.now(), ready: 0, spawned: 0, proved: 0, firstEvent: 0, saved: 0, swapped: 0, ended: 0 };
  const plugins = await writePlugins(stage.home.root);
  const kernel = createKernel(
    {
      plugins: [
        '@vp/charter',
        ['@vp/claude', { bin: realAgent, withoutFacts: 'allow' }],
        { use: `./${POLICY}.ts`, trust: 'kernel' },
        { use: './onlooker.ts', trust: 'kernel' },
      ],
      required: [POLICY],
    },
    { home: join(stage.home.root, 'vp'), baseDir: plugins, env: stage.home.env, log: () => logger(stage.screen, times) },
  );
  try {
    stage.screen.heading('1  The kernel starts');
    await kernel.start();
    times.ready = performance.now();
    for (const { name, generation, state, tier } of kernel.status().plugins) {
      stage.screen.line(`  ${stage.screen.paint('bold', name.padEnd(12))}  ${state}, generation ${generation}, trust ${tier}`);
    }
    return await runSession(stage, kernel, join(plugins, `${POLICY}.ts`), times);
  } finally {
    const service = kernel.use(sessions);
    if (kernel.status().state === 'ready') {
      await Promise.all(service.getActiveSessions().map(({ sessionId }) => service.terminateSession(sessionId, false)));
    }
    await kernel.stop();
  }
}

async function runSession(
  { screen, home, story, signal }: Stage,
  kernel: Kernel,
  policy: string,
  times: { -readonly [K in keyof Times]: number },
): Promise<Run> {
  const service = kernel.use(sessions);
  const verdicts: VerdictEvent[] = [];
  const narrator = new Narrator(screen, home.project, () => statusOf(kernel).generation);
  service.on('session-output', ({ events }) => {
    times.firstEvent ||= performance.now();
    for (const event of events) narrator.event(event);
  });
  service.on('verdict', (verdict) => {
    verdicts.push(verdict);
    narrator.verdict(verdict);
  });

  screen.heading('2  A session, under the policy house-rules');
  screen.text(`prompt: ${PROMPT}`, { indent: 2, hang: 8, style: 'bold' });
  screen.text('First the gate is proved on this claude CLI: a call must wait, and must not run when it is denied.', {
    indent: 2,
    style: 'dim',
  });
  times.spawned = performance.now();
  const { sessionId, pid, completion } = await service.spawnSession({ workingDirectory: home.project, prompt: PROMPT });
  signal.addEventListener('abort', () => void service.terminateSession(sessionId, false), { once: true });

  const early = await Promise.race([story.pause, completion]);
  if (early !== undefined)
    throw new Error(`the session ended too early: ${early.state}, ${early.reason ?? early.result ?? 'no reason given'}`);
  const replaced = statusOf(kernel);
  const pids = [pid, service.getSessionStatus(sessionId)?.pid ?? null];
  screen.heading('3  The policy is edited while the session runs');
  await edit(screen, kernel, policy, times);
  pids.push(service.getSessionStatus(sessionId)?.pid ?? null);
  screen.heading('4  The same session goes on, under the new version');
  story.goOn();
  const row = await completion;
  times.ended = performance.now();
  screen.line();
  screen.line(
    `  ${screen.paint(row.state === 'completed' ? 'green' : 'red', `■ session ${row.state}`)}${row.reason === null ? '' : `: ${row.reason}`}`,
  );
  return { times, row, verdicts, plugins: kernel.status().plugins, replaced, pids };
}

/** Adds the rule, and waits until the kernel has put the new version in force. */
async function edit(screen: Screen, kernel: Kernel, policy: string, times: { saved: number; swapped: number }): Promise<void> {
  const lines = (await readFile(policy, 'utf8')).split('\n');
  const at = lines.indexOf(BEFORE_LINE);
  screen.text(`${POLICY}.ts`, { indent: 2, style: 'bold' });
  screen.text(lines[at - 1]?.trim() ?? '', { indent: 2, hang: 2, style: 'dim', mark: ' ' });
  screen.text(NEW_RULE.trim(), { indent: 2, hang: 2, style: 'green', mark: screen.paint('green', '+') });
  screen.text(BEFORE_LINE, { indent: 0, style: 'dim', mark: ' ' });
  const before = statusOf(kernel).generation;
  const outcome = nextReload(kernel);
  times.saved = performance.now();
  // As editors do it: the new file takes the old one's place whole.
  await writeFile(`${policy}.new`, lines.toSpliced(at, 0, NEW_RULE).join('\n'));
  await rename(`${policy}.new`, policy);
  await outcome;
  times.swapped = performance.now();
  const took = `${(times.swapped - times.saved).toFixed(0)} ms after it was saved`;
  screen.line();
  screen.line(
    `  ${screen.paint(['bold', 'green'], `↻ ${POLICY}: generation ${before} → ${statusOf(kernel).generation}`)}, ${took}; the agent noticed nothing`,
  );
}

function nextReload(kernel: Kernel): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const off = kernel.on('reload', (outcome) => {
    if (outcome.plugin !== POLICY) return;
    void off();
    if (outcome.result === 'swapped') resolve();
    else reject(new Error(`the edited policy was ${outcome.result}`, { cause: 'error' in outcome ? outcome.error : undefined }));
  });
  return promise;
}

function statusOf(kernel: Kernel): PluginStatus {
  const found = kernel.status().plugins.find(({ name }) => name === POLICY);
  if (found === undefined) throw new Error(`the plugin ${POLICY} is not there`);
  return found;
}

/** Puts the plugins beside the agent's home, outside the session's workspace: what an agent could edit would not apply itself. */
async function writePlugins(root: string): Promise<string> {
  const folder = join(root, 'plugins');
  await mkdir(folder);
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  for (const name of [`${POLICY}.ts`, 'onlooker.ts']) await copyFile(join(import.meta.dirname, 'plugins', name), join(folder, name));
  return folder;
}

/** Shows warnings, and notes when the gate was proved. */
function logger(screen: Screen, times: { proved: number }): Logger {
  const said = (first: object | string, second?: string): string => second ?? (typeof first === 'string' ? first : JSON.stringify(first));
  const warn = (first: object | string, second?: string): void => screen.text(`! ${said(first, second)}`, { indent: 2, style: 'yellow' });
  const info = (first: object | string, second?: string): void => {
    if (!said(first, second).includes('gate holds')) return;
    times.proved = performance.now();
    screen.line(`  ${screen.paint('green', '✓')} it holds`);
  };
  return { debug: () => undefined, info, warn, error: warn };
}
