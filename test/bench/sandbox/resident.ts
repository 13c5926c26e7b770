/** What sandboxed plugins cost that are there and do nothing: memory, processor, and time when the kernel starts. Linux only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFolder, inTurns, median, row, type Row } from '../harness.ts';
import { end } from '../installation.ts';
import { pluginFolder } from '../plugins.ts';
import { cpu, rss } from '../processes.ts';
import { policy } from './stage.ts';

const PLUGINS = 10;
const STARTS = 5;
const LOOKS = 2;
/** Until what the start left behind has settled. */
const SETTLE_MS = 3_000;
const WATCH_MS = 10_000;
const BARE = 'node that waits';

/** A kernel in a process of its own that has said that it is ready. */
interface Service {
  readonly child: ChildProcess;
  /** Milliseconds from the spawn to that. */
  readonly ms: number;
  ask(): Promise<number[]>;
  end(): Promise<void>;
}

async function start(baseDir: string, plugins: readonly string[]): Promise<Service> {
  const started = performance.now();
  const args = ['--expose-gc', '--no-warnings', join(import.meta.dirname, 'service.ts'), baseDir, ...plugins];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the kernel did not start');
  });
  ended.catch(() => undefined);
  const next = async (): Promise<string> => (await Promise.race([once(lines, 'line'), ended]))[0] as string;
  await next();
  const ms = performance.now() - started;
  const ask = async (): Promise<number[]> => {
    const answer = next();
    child.stdin.write('\n');
    return JSON.parse(await answer) as number[];
  };
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
  return { child, ms, ask, end: stop };
}

interface Look {
  /** Megabytes. */
  readonly kernel: readonly [none: number, ten: number];
  readonly host: number;
  readonly bare: number;
  /** Per cent of a processor, over ten seconds. */
  readonly shares: { readonly kernel: number; readonly host: number; readonly bare: number };
}

/** All of them at once: what does nothing does not disturb. */
async function look(baseDir: string, names: readonly string[]): Promise<Look> {
  const [none, ten] = [await start(baseDir, []), await start(baseDir, names)];
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)'], { stdio: 'ignore' });
  await once(bare, 'spawn');
  await none.ask();
  const hosts = await ten.ask();
  if (hosts.length !== names.length) throw new Error(`${hosts.length} host processes for ${names.length} plugins`);
  await sleep(SETTLE_MS);
  const [noneId, tenId, bareId] = [none.child.pid ?? 0, ten.child.pid ?? 0, bare.pid ?? 0];
  const used = (): number[] => [tenId, bareId, ...hosts].map(cpu);
  const before = used();
  const started = performance.now();
  await sleep(WATCH_MS);
  const passed = performance.now() - started;
  const [kernelShare = 0, bareShare = 0, ...hostShares] = used().map((ms, n) => ((ms - (before[n] ?? 0)) / passed) * 100);
  const seen: Look = {
    kernel: [rss(noneId), rss(tenId)],
    host: median(hosts.map(rss)),
    bare: rss(bareId),
    shares: { kernel: kernelShare, host: median(hostShares), bare: bareShare },
  };
  await Promise.all([none.end(), ten.end(), end(bare)]);
  return seen;
}

function lookRows(looks: readonly Look[]): Row[] {
  const of = (pick: (one: Look) => number): number => median(looks.map(pick));
  const share = of(({ shares }) => shares.bare);
  return [
    row({
      name: 'idle host process, memory (RSS)',
      value: of(({ host }) => host),
      unit: 'MB',
      yardstick: of(({ bare }) => bare),
      beside: BARE,
    }),
    row({
      name: 'idle host process, processor share over 10 s',
      value: of(({ shares }) => shares.host),
      unit: '%',
      yardstick: share,
      beside: BARE,
    }),
    row({
      name: `kernel that watches ${PLUGINS} idle host processes, processor share`,
      value: of(({ shares }) => shares.kernel),
      unit: '%',
      yardstick: share,
      beside: BARE,
    }),
    row({
      name: 'memory of the kernel for each sandboxed plugin',
      value: of(({ kernel: [none, ten] }) => (ten - none) / PLUGINS),
      unit: 'MB',
      beside: `(RSS with ${PLUGINS} - RSS with none) / ${PLUGINS}, what they share included`,
    }),
  ];
}

/** An idle host process, the kernel's own share, and the start of a kernel with ten. */
export function residentRows(): Promise<Row[]> {
  return inFolder(async (folder) => {
    const baseDir = pluginFolder(folder);
    const names = Array.from({ length: PLUGINS }, (_, n) => `policy-${n}`);
    for (const name of names) writeFileSync(join(baseDir, `${name}.ts`), policy(name));
    const started = async (plugins: readonly string[]): Promise<number> => {
      const service = await start(baseDir, plugins);
      await service.end();
      return service.ms;
    };
    // The first start makes the state folder and fills its caches.
    const starts = await inTurns(STARTS, { ten: () => started(names), none: () => started([]) });
    const looks: Look[] = [];
    for (let n = 0; n < LOOKS; n += 1) looks.push(await look(baseDir, names));
    return [
      row({
        name: `spawn to ready of a kernel with ${PLUGINS} sandboxed plugins`,
        value: median(starts.ten),
        unit: 'ms',
        yardstick: median(starts.none),
        beside: 'the same without plugins',
      }),
      ...lookRows(looks),
    ];
  });
}
