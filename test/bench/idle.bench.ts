/** An idle service: memory beside a bare node that waits, and its share of one processor. Linux only: reads /proc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFolder, inTurns, median, report, row } from './harness.ts';
import { end, installBuilt, installSources, startService, type Installation } from './installation.ts';
import { cpu, rss } from './processes.ts';

const ROUNDS = 3;
/** Until what the start left behind has settled. */
const SETTLE_MS = 4_000;
const WATCH_MS = 5_000;
const BARE = 'node that waits';

async function look(pid: number, shares: number[]): Promise<number> {
  await sleep(SETTLE_MS);
  const before = cpu(pid);
  const started = performance.now();
  await sleep(WATCH_MS);
  shares.push(((cpu(pid) - before) / (performance.now() - started)) * 100);
  return rss(pid);
}

async function service(installation: Installation, shares: number[]): Promise<number> {
  const { child, pid } = await startService(installation);
  const memory = await look(pid, shares);
  await end(child);
  return memory;
}

async function bare(shares: number[]): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const memory = await look(child.pid ?? 0, shares);
  await end(child);
  return memory;
}

report(
  await inFolder(async (folder) => {
    const [built, sources] = [installBuilt(folder), installSources(folder)];
    const shares = { built: [] as number[], sources: [] as number[], bare: [] as number[] };
    // The bundle cache is warmed first: the compiler's process belongs to a first start.
    for (const one of [built, sources]) await end((await startService(one)).child);
    const memory = await inTurns(
      ROUNDS,
      { built: () => service(built, shares.built), sources: () => service(sources, shares.sources), bare: () => bare(shares.bare) },
      0,
    );
    const node = median(memory.bare);
    const atRest = median(shares.bare);
    return [
      row({
        name: 'idle memory (RSS), built',
        value: median(memory.built),
        unit: 'MB',
        yardstick: node,
        beside: BARE,
        aim: ['<= yardstick + 50 MB', (value) => value <= node + 50],
      }),
      row({ name: 'idle memory (RSS), .ts sources', value: median(memory.sources), unit: 'MB', yardstick: node, beside: BARE }),
      row({
        name: 'idle processor share, built',
        value: median(shares.built),
        unit: '%',
        yardstick: atRest,
        beside: BARE,
        aim: ['<= 0.1 %', (value) => value <= 0.1],
      }),
      row({ name: 'idle processor share, .ts sources', value: median(shares.sources), unit: '%', yardstick: atRest, beside: BARE }),
    ];
  }),
);
