/** What an agent says, from its file through parser and state to an observer that counts: sandboxed, and the same with the kernel's trust. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessions, type Logger } from '@vp/sdk';
import { inFolder, inTurns, median, row, type Row } from '../harness.ts';
import { Loop } from '../../hostile/loop.ts';
import { transcript } from '../transcript.ts';
import { withStage, type Stage } from './stage.ts';

const TURNS = 33_333;
const ROUNDS = 5;

/** Says when it has seen all, and at the end what it has seen; the end is told after all else. */
const observer = (events: number): string => `import { definePlugin } from '@vp/sdk';
let seen = 0;
export default definePlugin({
  name: 'observer',
  hooks: {
    'on-output': ({ events }, ctx) => {
      seen += events.length;
      if (seen === ${events}) ctx.log.info('all');
    },
    'session-end': (_end, ctx) => {
      ctx.log.info(String(seen));
      seen = 0;
    },
  },
});
`;

/** What the observer has said. */
class Heard {
  /** When it had seen all; undefined where it did not. */
  all: number | undefined;
  seen = Promise.withResolvers<number>();
  readonly logger: Logger = {
    debug: () => undefined,
    info: (said: object | string, message?: string) => this.#hear(said, message),
    warn: () => undefined,
    error: () => undefined,
  };

  expect(): void {
    this.all = undefined;
    this.seen = Promise.withResolvers();
  }

  #hear(said: object | string, message?: string): void {
    const text = typeof said === 'string' ? said : (message ?? '');
    if (text === 'all') this.all = performance.now();
    else if (/^\d+$/.test(text)) this.seen.resolve(Number(text));
  }
}

interface Watch {
  readonly dropped: number[];
  readonly gaps: number[];
}

/** Events per second, from the end of the first batch until the observer has seen the last event. */
async function through({ kernel }: Stage, heard: Heard, file: string, expected: number, watch: Watch): Promise<number> {
  const service = kernel.use(sessions);
  let first: { readonly at: number; readonly events: number } | undefined;
  const undo = service.on('session-output', ({ events }) => (first ??= { at: performance.now(), events: events.length }));
  heard.expect();
  const loop = new Loop();
  const { completion } = await service.spawnSession({ workingDirectory: join(file, '..'), prompt: file });
  const { state, reason } = await completion;
  const seen = await heard.seen.promise;
  const ended = performance.now();
  loop.stop();
  undo();
  service.cleanupCompletedSessions();
  if (state !== 'completed' || first === undefined) throw new Error(`the session ${state}: ${reason ?? ''}`);
  watch.dropped.push(expected - seen);
  watch.gaps.push(loop.longestMs);
  return (seen - first.events) / (((heard.all ?? ended) - first.at) / 1_000);
}

/** Throughput, what was dropped, and how long the kernel's loop was held. */
export function outputRows(): Promise<Row[]> {
  return inFolder(async (folder) => {
    const file = join(folder, 'transcript.jsonl');
    const { text, lines } = transcript(TURNS);
    writeFileSync(file, text);
    // The agent's last line is its result.
    const expected = lines + 1;
    const claude = ['@vp/claude', { bin: join(import.meta.dirname, '../replayer.ts'), canary: false }] as const;
    const stageOf = <T>(trust: object, heard: Heard, act: (stage: Stage) => Promise<T>): Promise<T> =>
      inFolder((own) => {
        const plugins = ['@vp/charter', claude, { use: './observer.ts', ...trust }];
        return withStage(own, { 'observer.ts': observer(expected) }, plugins, act, { log: () => heard.logger, firer: false });
      });
    const [near, far] = [new Heard(), new Heard()];
    const watch = { sandboxed: { dropped: [], gaps: [] }, kernel: { dropped: [], gaps: [] } } satisfies Record<string, Watch>;
    const values = await stageOf({ trust: 'kernel' }, near, (kernel) =>
      stageOf({}, far, (sandboxed) =>
        inTurns(ROUNDS, {
          sandboxed: () => through(sandboxed, far, file, expected, watch.sandboxed),
          kernel: () => through(kernel, near, file, expected, watch.kernel),
        }),
      ),
    );
    const beside = 'the same plugin with trust: kernel';
    return [
      row({
        name: `${expected.toLocaleString('en-US')} events through a sandboxed observer`,
        value: median(values.sandboxed),
        unit: '1/s',
        yardstick: median(values.kernel),
        beside,
      }),
      row({
        name: 'of them not seen, at the pace at which a file is read, worst round',
        value: Math.max(...watch.sandboxed.dropped),
        unit: 'events',
        yardstick: Math.max(...watch.kernel.dropped),
        beside,
        aim: ['0', (value) => value === 0],
      }),
      row({
        name: "longest pause of the kernel's loop meanwhile, worst round",
        value: Math.max(...watch.sandboxed.gaps),
        unit: 'ms',
        yardstick: Math.max(...watch.kernel.gaps),
        beside,
        aim: ['< 100 ms', (value) => value < 100],
      }),
    ];
  });
}
