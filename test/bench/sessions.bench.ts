/** Many live sessions: memory of the kernel for each, how soon an event is seen, how long a new kernel takes to take them up. Linux only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFolder, median, report, row, type Row } from './harness.ts';
import { clientOf, crowdedPlace, endSessions, fill, living, percentile, rss, stopService } from './live.ts';

const SETTLE_MS = 4_000;
const WATCH_MS = 12_000;
const CROWD = 200;
const PACE_S = 2;

/** Memory for each session, and the time that a new kernel takes until all of them are taken up. */
async function crowd(count: number): Promise<{ readonly memory: number; readonly adoption: number; readonly empty: number }> {
  const here = await crowdedPlace();
  try {
    const first = await here.service();
    await sleep(SETTLE_MS);
    const before = rss(first.child.pid);
    const client = await clientOf(here);
    await fill(here, client, count, 'steps=1');
    await sleep(SETTLE_MS);
    const memory = (rss(first.child.pid) - before) / count;
    await client.close();
    first.child.kill('SIGKILL');
    await first.ended;
    const started = performance.now();
    const second = await here.service();
    const again = await clientOf(here);
    await living(again, count);
    const adoption = performance.now() - started;
    await again.close();
    await stopService(second);
    endSessions(here);
    return { memory, adoption, empty: await emptyStart() };
  } finally {
    await here.remove();
  }
}

/** The same service without a session, until it answers. */
async function emptyStart(): Promise<number> {
  const here = await crowdedPlace();
  try {
    await stopService(await here.service());
    const started = performance.now();
    const service = await here.service();
    const client = await clientOf(here);
    await living(client, 0);
    const ms = performance.now() - started;
    await client.close();
    await stopService(service);
    return ms;
  } finally {
    await here.remove();
  }
}

/** How long after it was said a tap saw an event, p99, with so many sessions that say something every two seconds. */
async function seen(count: number): Promise<number> {
  const here = await crowdedPlace();
  try {
    const service = await here.service();
    const client = await clientOf(here);
    await fill(here, client, count, `stamp steps=100000 pace=${PACE_S}`);
    await client.close();
    await sleep(WATCH_MS);
    await stopService(service);
    const delays = JSON.parse(readFileSync(join(here.root, 'delays.json'), 'utf8')) as number[];
    // What was said while the sessions were being started is left out.
    return percentile(delays.slice(-Math.floor((count * WATCH_MS) / 1_000 / PACE_S)), 0.99);
  } finally {
    await here.remove();
  }
}

/** The same from plain files that are watched and read, and nothing else done with them. */
async function bare(count: number): Promise<number> {
  return inFolder(async (folder) => {
    const delays: number[] = [];
    const writers: ChildProcess[] = [];
    const undo: (() => unknown)[] = [];
    for (let n = 0; n < count; n += 1) {
      const dir = join(folder, String(n));
      mkdirSync(dir);
      writeFileSync(join(dir, 'out'), '');
      const file = await open(join(dir, 'out'), 'r');
      let offset = 0;
      const look = async (): Promise<void> => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(4_096), 0, 4_096, offset);
        offset += bytesRead;
        const now = performance.timeOrigin + performance.now();
        for (const line of buffer.toString('utf8', 0, bytesRead).split('\n')) {
          if (line !== '') delays.push(now - Number((JSON.parse(line) as { at: string }).at) / 1e6);
        }
      };
      const watcher = watch(dir, () => void look());
      undo.push(
        () => watcher.close(),
        () => file.close(),
      );
      const script = `while :; do sleep ${PACE_S}; echo "{\\"at\\":\\"$(date +%s%N)\\"}" >>out; done`;
      writers.push(spawn('/bin/sh', ['-c', script], { cwd: dir, stdio: 'ignore' }));
      await sleep(5);
    }
    await sleep(WATCH_MS);
    for (const writer of writers) writer.kill('SIGKILL');
    for (const one of undo) await one();
    return percentile(delays, 0.99);
  });
}

const rows: Row[] = [];
for (const count of [10, 100, CROWD, 1_000]) {
  const { memory, adoption, empty } = await crowd(count);
  process.stderr.write('.');
  rows.push(
    row({
      name: `kernel memory for each of ${count} live sessions of a light agent`,
      value: memory,
      unit: 'MB',
      beside: '',
      ...(count === CROWD ? { aim: ['<= 0.5 MB', (value: number) => value <= 0.5] as const } : {}),
    }),
    row({
      name: `kill -9, start, and ${count} sessions taken up`,
      value: adoption,
      unit: 'ms',
      yardstick: empty,
      beside: 'a start without sessions',
    }),
  );
}
const delays = { seen: [] as number[], bare: [] as number[] };
for (let round = 0; round < 2; round += 1) {
  delays.seen.push(await seen(CROWD));
  delays.bare.push(await bare(CROWD));
  process.stderr.write('.');
}
rows.push(
  row({
    name: `event said to event seen by a tap, p99, ${CROWD} live sessions`,
    value: median(delays.seen),
    unit: 'ms',
    yardstick: median(delays.bare),
    beside: 'files that are watched and read, and nothing else',
  }),
);
report(rows);
