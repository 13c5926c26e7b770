/** A service with many live sessions of a light agent, for benches. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pool, sessions } from '@vp/sdk';
import { connect, type Connection } from '../../kernel/cli/remote.ts';
import { folderOf } from '../../plugins/claude/holder/folder.ts';
import { readProcess } from '../../plugins/claude/holder/holder.ts';
import { place, type Place, type Running } from '../support/vp.ts';

const light = join(import.meta.dirname, '..', 'support', 'agents', 'light.sh');

/** Notes for each event how long after it was said a tap saw it, and writes the times (milliseconds) down at the end. */
const STOPWATCH = `import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin } from '@vp/sdk';

export default definePlugin({
  name: 'stopwatch',
  setup(ctx) {
    const delays: number[] = [];
    ctx.hook('on-output', ({ events }) => {
      const now = performance.timeOrigin + performance.now();
      for (const { text } of events) {
        const [, at] = /^at (\\\\d+)$/.exec(text ?? '') ?? [];
        if (at !== undefined) delays.push(now - Number(at) / 1e6);
      }
    });
    ctx.own('delays', () => writeFileSync(join(ctx.home, '..', 'delays.json'), JSON.stringify(delays)));
  },
});
`.replaceAll('\\\\d', '\\d');

/** Makes a place whose service bears many sessions. */
export async function crowdedPlace(): Promise<Place> {
  const here = await place();
  await here.write('stopwatch.ts', STOPWATCH);
  await here.config({
    plugins: [
      '@vp/store',
      '@vp/charter',
      ['@vp/claude', { bin: light, withoutFacts: 'allow', canary: false, reserveMb: 1 }],
      ['@vp/pool', { maxConcurrentSessions: 10_000, maxQueueSize: 10_000, maxStarting: 16, minFreeMemoryMb: 0 }],
      '@vp/gateway',
      { use: './stopwatch.ts', trust: 'kernel' },
    ],
  });
  return here;
}

/** Starts sessions and waits until they all live. Each stays open until it is ended. */
export async function fill(here: Place, client: Connection, count: number, prompt: string): Promise<void> {
  for (let n = 0; n < count; n += 1) await client.use(pool).submit({ config: { workingDirectory: here.project, prompt, keepOpen: true } });
  await living(client, count);
}

/** Waits until so many sessions have got as far as their prompt. */
export async function living(client: Connection, count: number): Promise<void> {
  for (;;) {
    const rows = await client.use(sessions).getActiveSessions();
    if (rows.filter(({ state }) => state === 'running' || state === 'waiting').length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Connects to the place's service. */
export async function clientOf(here: Place): Promise<Connection> {
  const client = await connect(here.state);
  client.lost.catch(() => undefined);
  return client;
}

/** Ends a service in the usual way. */
export async function stopService(service: Running): Promise<void> {
  service.child.kill('SIGTERM');
  await service.ended;
}

/** Ends the agents and holders of a place by the numbers that they have recorded: `remove` would look for each among all processes. */
export function endSessions(here: Place): void {
  for (const id of readdirSync(join(here.state, 'sessions'))) {
    const { pid, holder } = folderOf(here.state, id);
    for (const name of [readProcess(pid), readProcess(holder)]) if (name !== undefined) end(name.pid);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return; // it has ended by itself
  }
}

/** Resident memory of a process, megabytes (10^6 bytes). */
export function rss(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1_024) / 1e6;
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
