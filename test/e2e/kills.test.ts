/** The service is killed again and again while sessions run: nothing that was accepted is lost, and nothing happens twice. */
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { realAgent, startApi, type ApiRequest, type ScriptedApi, type Turn } from '../support/api/index.ts';
import { OBSERVER, seeded, surviveKills, type Task } from '../support/chaos.ts';
import { place, type Place } from '../support/vp.ts';

const isSoak = process.env['VP_SOAK'] === '1';
/** In the soak tasks are longer, so that with few new ones in each round all slots are in use. */
const LIGHT = isSoak
  ? { rounds: 200, agents: 20, tasks: 4, steps: 20, pace: 0.5 }
  : { rounds: 10, agents: 5, tasks: 5, steps: 5, pace: 0.05 };
const light = join(import.meta.dirname, '..', 'support', 'agents', 'light.sh');

let here: Place | undefined;
let api: ScriptedApi | undefined;

afterEach(async () => {
  await here?.remove();
  await api?.close();
});

/** Every third asks for a call, every fifth crashes by itself. */
function lightTask(n: number): Task {
  const crash = n % 5 === 4 ? 2 : 0;
  return {
    prompt: `task ${n}: steps=${LIGHT.steps} ask=${n % 3 === 0 ? 3 : 0} crash=${crash} pace=${LIGHT.pace}`,
    attempts: crash === 0 ? 1 : 2,
  };
}

async function prepare(bin: string, slots: number): Promise<Place> {
  const made = await place(api?.url);
  await made.write('observer.ts', OBSERVER);
  await made.config({
    plugins: [
      ['@vp/store', {}],
      '@vp/charter',
      ['@vp/claude', { bin, withoutFacts: 'allow', canary: false, keepEnded: 10_000, reserveMb: 1 }],
      ['@vp/pool', { maxConcurrentSessions: slots, maxStarting: slots, minFreeMemoryMb: 0, maxQueueSize: 10_000 }],
      ['@vp/recovery', { backoff: { baseMs: 50, maxMs: 200 }, intensity: { max: 10_000 } }],
      '@vp/gateway',
      { use: './observer.ts', trust: 'kernel' },
    ],
  });
  return made;
}

test(
  `${LIGHT.rounds} kills with ${LIGHT.agents} light agents: each request ends once, each call is answered, each event is seen`,
  { timeout: isSoak ? 7_200_000 : 240_000 },
  async () => {
    await chmod(light, 0o755);
    here = await prepare(light, LIGHT.agents);
    const seed = Date.now();
    console.log(`seed ${seed}`);
    await surviveKills({ place: here, rounds: LIGHT.rounds, tasksPerRound: LIGHT.tasks, task: lightTask, random: seeded(seed) });
    const effects = (await readdir(here.project)).filter((name) => name.startsWith('effects-'));
    expect(effects.length).toBe(LIGHT.rounds * LIGHT.tasks);
    for (const name of effects) {
      const lines = (await readFile(join(here.project, name), 'utf8')).trim().split('\n');
      // What the call did is there once, and so is the end.
      expect(new Set(lines).size).toBe(lines.length);
      expect(lines.at(-1)).toBe('done');
    }
  },
);

/** A call that leaves a trace, then the end. What has been answered is in the request. */
function realTurn({ body }: ApiRequest): Turn {
  if ((body.tools ?? []).length === 0) return { text: 'ok' };
  const said = JSON.stringify(body.messages);
  const [, n] = /task (\d+)/.exec(said) ?? [];
  if (said.includes('tool_result')) return { text: `task ${n} is done`, delayMs: 200 };
  return { tools: [{ name: 'Bash', input: { command: `echo ran-${n} >> trace-${n}` } }], delayMs: 200 };
}

test('2 kills with the real agent: each request ends once, and each call ran once', { timeout: 180_000 }, async () => {
  api = await startApi(realTurn);
  here = await prepare(realAgent, 2);
  const task = (n: number): Task => ({ prompt: `task ${n}: leave a trace`, attempts: 1 });
  const rows = await surviveKills({ place: here, rounds: 2, tasksPerRound: 2, task, random: seeded(Date.now()) });
  expect(rows.map((row) => row.result?.replace(/\d+/, 'N'))).toEqual(rows.map(() => 'task N is done'));
  for (let n = 0; n < rows.length; n += 1) expect(await readFile(join(here.project, `trace-${n}`), 'utf8')).toBe(`ran-${n}\n`);
});
