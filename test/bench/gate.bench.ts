/**
 * The gate's time for one tool call. With a made-up agent: from the moment at which the question is written to the moment at which
 * the answer is in the spool, and until the agent has read it. With the real CLI: a whole call, with the gate and without.
 */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sessions } from '@vp/sdk';
import { agentHome, realAgent, startApi, type AgentHome, type ScriptedApi, type Turn } from '../support/api/index.ts';
import { folderOf } from '../../plugins/claude/holder/folder.ts';
import { parseLine } from '../../plugins/claude/protocol/parse.ts';
import { allowTool, callbackAnswer } from '../../plugins/claude/protocol/protocol.ts';
import { inFolder, inTurns, median, report, row } from './harness.ts';
import { prepare, startPiped } from './piped.ts';
import { pluginFolder, TAPS, withKernel, writeTaps } from './plugins.ts';

const CALLS = 150;
const REAL_CALLS = 12;
const ROUNDS = 5;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const charter = ['@vp/charter'] as const;

/** Milliseconds of each call of the made-up agent: question written → answer in the spool, and → answer read. */
async function madeUp(folder: string): Promise<{ spooled: number[]; read: number[] }> {
  const plugins = pluginFolder(folder);
  const taps = writeTaps(plugins, 'pre-command', 'return undefined;');
  const claude = ['@vp/claude', { bin: join(import.meta.dirname, 'caller.ts'), canary: false, withoutFacts: 'allow' }] as const;
  return withKernel(folder, plugins, [...charter, claude, ...taps], process.env, async (kernel) => {
    const spooled: number[] = [];
    const service = kernel.use(sessions);
    // Told right after the answer was put into the spool.
    service.on('verdict', ({ input }) => void spooled.push(now() - Number(input['asked'])));
    const { completion } = await service.spawnSession({ workingDirectory: folder, prompt: String(CALLS) });
    const { state, result, reason } = await completion;
    if (state !== 'completed') throw new Error(`the session ${state}: ${reason ?? ''}`);
    return { spooled, read: JSON.parse(result ?? '[]') as number[] };
  });
}

/** As many calls as wanted, then the end. Notes when each request came in. */
function callsThenEnd(arrivals: number[]): Turn {
  arrivals.push(now());
  return arrivals.length > REAL_CALLS ? { text: 'done' } : { tools: [{ name: 'Bash', input: { command: 'true', description: 'a step' } }] };
}

/** The median time from one request to the next: one tool call of the real CLI. The first is left out. */
function perCall(arrivals: readonly number[]): number {
  const gaps = arrivals.slice(1).map((at, n) => at - (arrivals[n] ?? at));
  if (gaps.length < REAL_CALLS) throw new Error(`only ${gaps.length} calls of ${REAL_CALLS} were made`);
  return median(gaps.slice(1));
}

function listenTo(api: ScriptedApi): number[] {
  const arrivals: number[] = [];
  api.use((request) => ((request.body.tools ?? []).length === 0 ? { text: 'ok' } : callsThenEnd(arrivals)));
  return arrivals;
}

async function ungated(api: ScriptedApi, home: AgentHome): Promise<number> {
  const arrivals = listenTo(api);
  const args = ['-p', 'go', '--output-format', 'stream-json', '--verbose', '--allowedTools', 'Bash'];
  const agent = spawn(realAgent, args, { cwd: home.project, env: home.env, stdio: ['ignore', 'ignore', 'inherit'] });
  await once(agent, 'exit');
  return perCall(arrivals);
}

/** The same questions, answered at once by a program that does nothing else. */
async function asked(folder: string, api: ScriptedApi, home: AgentHome): Promise<number> {
  const arrivals = listenTo(api);
  const id = randomUUID();
  const ended = Promise.withResolvers<void>();
  const agent = startPiped(prepare(folderOf(folder, id), id, home), home, (line) => {
    for (const signal of parseLine(id, 0, line, 0).signals) {
      if (signal.kind !== 'question') continue;
      const { kind, requestId, input } = signal.question;
      agent.say(kind === 'tool' ? allowTool(requestId, input) : callbackAnswer(requestId, undefined));
    }
    if (line.includes('"type":"result"')) ended.resolve();
  });
  await ended.promise;
  await agent.close();
  return perCall(arrivals);
}

async function real(folder: string): Promise<Record<'gated' | 'asked' | 'ungated', number[]>> {
  const api = await startApi([]);
  const home = await agentHome(api.url);
  try {
    const claude = ['@vp/claude', { bin: realAgent, canary: false, withoutFacts: 'allow' }] as const;
    return await withKernel(folder, folder, [...charter, claude], home.env, (kernel) => {
      const gated = async (): Promise<number> => {
        const arrivals = listenTo(api);
        const { completion } = await kernel.use(sessions).spawnSession({ workingDirectory: home.project, prompt: 'go' });
        await completion;
        return perCall(arrivals);
      };
      return inTurns(ROUNDS, { gated, asked: () => asked(folder, api, home), ungated: () => ungated(api, home) }, 1);
    });
  } finally {
    await api.close();
    await home.remove();
  }
}

report(
  await inFolder(async (folder) => {
    const fake = await madeUp(folder);
    const cli = await real(folder);
    const yardstick = median(cli.ungated);
    const beside = 'a call of the real CLI without gate';
    return [
      row({
        name: `gate, question written to answer in the spool, ${TAPS} taps`,
        value: median(fake.spooled),
        unit: 'ms',
        yardstick,
        beside,
        aim: ['< 10 ms', (value) => value < 10],
      }),
      row({ name: 'gate, question written to answer read by the agent', value: median(fake.read), unit: 'ms', yardstick, beside }),
      row({
        name: 'a call of the real CLI that asks, answered at once over pipes',
        value: median(cli.asked),
        unit: 'ms',
        yardstick,
        beside,
      }),
      row({
        name: 'a call of the real CLI with the gate',
        value: median(cli.gated),
        unit: 'ms',
        yardstick: median(cli.asked),
        beside: 'the same, answered at once over pipes',
      }),
    ];
  }),
);
