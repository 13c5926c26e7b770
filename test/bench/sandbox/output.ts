/**
 * What agents say, to an observer that counts: sandboxed, and the same with the kernel's trust. As fast as the observer takes it; at the
 * pace of many agents; and from a file that is read at once, which is faster than any agent.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { sessions, type Logger } from '@vp/sdk';
import { inFolder, inTurns, median, row, type Row } from '../harness.ts';
import { Loop } from '../../hostile/loop.ts';
import { transcript } from '../transcript.ts';
import { withStage, type Stage } from './stage.ts';

const EVENTS = 100_000;
const BATCH = 20;
/** The observer says how much it has seen each time it has seen so much more. */
const STEP = 2_000;
/** Events under way: fewer than may wait by default. */
const UNDER_WAY = 8_000;
const ROUNDS = 3;
/** The pace of 200 agents, each with 50 events in a second. */
const PACE = 10_000;
const TICK_MS = 10;
const TURNS = 33_333;
const WORDS = 'I look at the lines after it, since the error comes from there. '.repeat(6);
const BESIDE = 'the same plugin with trust: kernel';

const OBSERVER = `import { definePlugin } from '@vp/sdk';
let seen = 0;
let said = 0;
export default definePlugin({
  name: 'observer',
  hooks: {
    'on-output': ({ events }, ctx) => {
      seen += events.length;
      if (seen < said + ${STEP}) return;
      said = seen;
      ctx.log.info('seen ' + seen);
    },
    'session-end': (_end, ctx) => ctx.log.info('end ' + seen),
  },
});
`;

/** What the observer has said. */
class Heard {
  seen = 0;
  readonly logger: Logger = {
    debug: () => undefined,
    info: (fields: object | string, message?: string) => this.#hear(typeof fields === 'string' ? fields : (message ?? '')),
    warn: () => undefined,
    error: () => undefined,
  };
  #changed = Promise.withResolvers<void>();
  #end = Promise.withResolvers<number>();

  /** Resolves once it has seen so many. */
  async atLeast(count: number): Promise<void> {
    while (this.seen < count) await this.#changed.promise;
  }

  /** How many it had seen when a session ended. */
  async atEnd(): Promise<number> {
    const seen = await this.#end.promise;
    this.#end = Promise.withResolvers();
    return seen;
  }

  #hear(text: string): void {
    const [, what, count] = /^(seen|end) (\d+)$/.exec(text) ?? [];
    if (what === undefined) return;
    this.seen = Number(count);
    if (what === 'end') this.#end.resolve(this.seen);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const batch = (first: number) => ({
  session: { id: `s${(first / BATCH) % 200}`, orchestrator: 'default', cwd: '/', charterHash: 'h' },
  replayed: false,
  events: Array.from({ length: BATCH }, (_, n) => ({ id: `s:${first + n}`, at: first, type: 'text' as const, text: WORDS })),
});

/** Events per second, as fast as they are taken. */
async function rate(stage: Stage, heard: Heard): Promise<number> {
  const ctx = stage.ctx();
  const before = heard.seen;
  const started = performance.now();
  for (let n = 0; n < EVENTS; n += BATCH) {
    await heard.atLeast(before + n - UNDER_WAY);
    ctx.fire('on-output', batch(n));
    await turn();
  }
  await heard.atLeast(before + EVENTS);
  return EVENTS / ((performance.now() - started) / 1_000);
}

interface Paced {
  readonly dropped: number;
  readonly longestMs: number;
}

/** Events at the pace of many agents. */
async function paced(stage: Stage, heard: Heard): Promise<Paced> {
  const ctx = stage.ctx();
  const before = heard.seen;
  const loop = new Loop();
  const started = performance.now();
  for (let n = 0; n < EVENTS;) {
    const due = Math.min(EVENTS, ((performance.now() - started) / 1_000) * PACE);
    for (; n < due; n += BATCH) ctx.fire('on-output', batch(n));
    await sleep(TICK_MS);
  }
  loop.stop();
  const dropped = (): number => stage.kernel.status().plugins.find(({ name }) => name === 'observer')?.dropped?.events ?? 0;
  while (dropped() === 0 && heard.seen < before + EVENTS) await sleep(TICK_MS);
  return { dropped: dropped(), longestMs: loop.longestMs };
}

function withObserver<T>(trust: { readonly trust?: 'kernel' }, act: (stage: Stage, heard: Heard) => Promise<T>): Promise<T> {
  const heard = new Heard();
  const plugins = [{ use: './observer.ts', ...trust }];
  return inFolder((folder) =>
    withStage(folder, { 'observer.ts': OBSERVER }, plugins, (stage) => act(stage, heard), { log: () => heard.logger }),
  );
}

async function firedRows(): Promise<Row[]> {
  const values = await withObserver({ trust: 'kernel' }, (kernel, near) =>
    withObserver({}, (sandboxed, far) => inTurns(ROUNDS, { far: () => rate(sandboxed, far), near: () => rate(kernel, near) })),
  );
  const far = await withObserver({}, paced);
  const near = await withObserver({ trust: 'kernel' }, paced);
  const count = EVENTS.toLocaleString('en-US');
  const pace = `${count} events at ${PACE.toLocaleString('en-US')} in a second`;
  return [
    row({
      name: `${count} events through a sandboxed observer`,
      value: median(values.far),
      unit: '1/s',
      yardstick: median(values.near),
      beside: BESIDE,
    }),
    row({
      name: `${pace}, dropped`,
      value: far.dropped,
      unit: 'events',
      yardstick: near.dropped,
      beside: BESIDE,
      aim: ['0', (value) => value === 0],
    }),
    row({
      name: `${pace}, longest pause of the kernel's loop`,
      value: far.longestMs,
      unit: 'ms',
      yardstick: near.longestMs,
      beside: BESIDE,
      aim: ['< 100 ms', (value) => value < 100],
    }),
  ];
}

/** How many of the events of a session that says all at once are not seen. */
function unseen(trust: { readonly trust?: 'kernel' }, file: string, lines: number): Promise<number> {
  const heard = new Heard();
  const claude = ['@vp/claude', { bin: join(import.meta.dirname, '../replayer.ts'), canary: false }] as const;
  const plugins = ['@vp/charter', claude, { use: './observer.ts', ...trust }];
  const through = async ({ kernel }: Stage): Promise<number> => {
    const { completion } = await kernel.use(sessions).spawnSession({ workingDirectory: join(file, '..'), prompt: file });
    const { state, reason } = await completion;
    if (state !== 'completed') throw new Error(`the session ${state}: ${reason ?? ''}`);
    // The agent's last line is its result.
    return lines + 1 - (await heard.atEnd());
  };
  return inFolder((folder) => withStage(folder, { 'observer.ts': OBSERVER }, plugins, through, { log: () => heard.logger, firer: false }));
}

/** Throughput, what was dropped, and how long the kernel's loop was held. */
export function outputRows(): Promise<Row[]> {
  return inFolder(async (folder) => {
    const file = join(folder, 'transcript.jsonl');
    const { text, lines } = transcript(TURNS);
    writeFileSync(file, text);
    return [
      ...(await firedRows()),
      row({
        name: 'of the events of a session that says 100,000 at once, dropped',
        value: await unseen({}, file, lines),
        unit: 'events',
        yardstick: await unseen({ trust: 'kernel' }, file, lines),
        beside: BESIDE,
      }),
    ];
  });
}
