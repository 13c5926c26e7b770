/** Cold start: from spawn to the ready line of `vp start` with the first-party plugins, beside `node -e 0`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inFolder, inTurns, median, report, row, timed } from './harness.ts';
import { end, installBuilt, installSources, startService, type Installation } from './installation.ts';

const ROUNDS = 9;
const BARE = 'node -e 0';

async function ready(installation: Installation): Promise<number> {
  const { child, ms } = await startService(installation);
  await end(child);
  return ms;
}

function bare(): Promise<number> {
  return timed(() => once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit'));
}

report(
  await inFolder(async (folder) => {
    const [built, sources] = [installBuilt(folder), installSources(folder)];
    // The first start makes the state folder, the second one fills its caches.
    const values = await inTurns(ROUNDS, { built: () => ready(built), sources: () => ready(sources), bare }, 2);
    const yardstick = median(values.bare);
    return [
      row({
        name: 'cold start to ready, built',
        value: median(values.built),
        unit: 'ms',
        yardstick,
        beside: BARE,
        aim: ['<= 8 x', (_value, ratio) => ratio <= 8],
      }),
      row({ name: 'cold start to ready, .ts sources', value: median(values.sources), unit: 'ms', yardstick, beside: BARE }),
    ];
  }),
);
