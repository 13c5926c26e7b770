/** A sandboxed plugin that comes up, and one that is replaced while its verdicts are asked for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFolder, inTurns, median, row, timed, type Row } from '../harness.ts';
import { call, policy, quantile, withStage, type Stage } from './stage.ts';

const STARTS = 20;
const SAVES = 12;
/** Between two questions. */
const EVERY_MS = 2;
const LATEST_MS = 20_000;

/** Milliseconds from nothing to in force: read, checked, process, isolate, setup. */
async function start({ kernel }: Stage): Promise<number> {
  await kernel.stopPlugin('policy');
  const started = performance.now();
  const [outcome] = await kernel.reload('policy');
  const ms = performance.now() - started;
  if (outcome?.result !== 'swapped') throw new Error('the plugin did not start');
  return ms;
}

function bare(): Promise<number> {
  return timed(() => once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit'));
}

/** Spawn to ready. */
export function startRows(): Promise<Row[]> {
  return inFolder((folder) =>
    withStage(folder, { 'policy.ts': policy('policy') }, ['./policy.ts'], async (stage) => {
      const values = await inTurns(STARTS, { start: () => start(stage), bare });
      return [0.5, 0.99].map((part) =>
        row({
          name: `start of a sandboxed plugin until it is in force, ${part === 0.5 ? 'p50' : 'p99'} of ${STARTS}`,
          value: quantile(values.start, part),
          unit: 'ms',
          yardstick: quantile(values.bare, part),
          beside: 'node -e 0',
        }),
      );
    }),
  );
}

/** Asks for verdicts all the time. Every one of them is to come from one version or the other. */
class Asking {
  lost = 0;
  asked = 0;
  readonly #stage: Stage;
  readonly #wanted = { version: 0, seen: Promise.withResolvers<void>() };
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#done = this.#run();
  }

  /** Milliseconds from the save to the first verdict of the new version. */
  async save(name: string): Promise<number> {
    this.#wanted.version += 1;
    this.#wanted.seen = Promise.withResolvers();
    const started = performance.now();
    this.#stage.save(`${name}.ts`, policy(name, this.#wanted.version));
    const late = AbortSignal.timeout(LATEST_MS);
    late.addEventListener('abort', () => this.#wanted.seen.reject(new Error('the new version is not in force')));
    await this.#wanted.seen.promise;
    return performance.now() - started;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    const ctx = this.#stage.ctx();
    while (!this.#isOver) {
      const [finding] = await ctx.fire('pre-command', call(this.asked));
      this.asked += 1;
      const version = /^version (\d+)$/.exec(finding?.reason ?? '')?.[1];
      if (version === undefined) this.lost += 1;
      if (Number(version) === this.#wanted.version) this.#wanted.seen.resolve();
      await sleep(EVERY_MS);
    }
  }
}

/** Asks a plugin for verdicts all the time, while `act` goes on. */
function withAsking<T>(name: string, trust: { readonly trust?: 'kernel' }, act: (asking: Asking) => Promise<T>): Promise<T> {
  const plugins = [{ use: `./${name}.ts`, ...trust }];
  const during = async (stage: Stage): Promise<T> => {
    const asking = new Asking(stage);
    try {
      return await act(asking);
    } finally {
      await asking.end();
    }
  };
  return inFolder((folder) => withStage(folder, { [`${name}.ts`]: policy(name) }, plugins, during, { watch: true }));
}

/** Save to the first verdict of the new version. */
export function saveRows(): Promise<Row[]> {
  return withAsking('near', { trust: 'kernel' }, (near) =>
    withAsking('far', {}, async (far) => {
      const values = await inTurns(SAVES, { far: () => far.save('far'), near: () => near.save('near') }, 2);
      return [
        row({
          name: 'save to first verdict of the new version, 60 ms until a file counts as written among them',
          value: median(values.far),
          unit: 'ms',
          yardstick: median(values.near),
          beside: 'the same plugin with trust: kernel',
        }),
        row({
          name: 'of the verdicts asked for meanwhile, lost',
          value: far.lost,
          unit: 'calls',
          yardstick: near.lost,
          beside: `the same with trust: kernel; ${far.asked} and ${near.asked} were asked for`,
          aim: ['0', (value) => value === 0],
        }),
      ];
    }),
  );
}
