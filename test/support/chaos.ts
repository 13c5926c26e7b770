/**
 * Rounds in which the service is killed without warning while sessions start, run, ask, crash and end; then everything that was
 * accepted must have ended once, everything that was said must have been seen, and every call must have been answered.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pool, sessions, store, type PoolRow } from '@vp/sdk';
import { connect, type Connection } from '../../kernel/cli/remote.ts';
import { linux } from '../../plugins/claude/platform/linux.ts';
import type { Place, Running } from './vp.ts';

/** When in a round the service is killed. */
export type Moment = 'random' | 'spawn' | 'adoption' | 'recovery' | 'reload' | 'commit';

const MOMENTS: readonly Moment[] = ['random', 'spawn', 'adoption', 'recovery', 'reload', 'commit'];

/** One piece of work. */
export interface Task {
  readonly prompt: string;
  /** How many attempts it takes when nothing else goes wrong. */
  readonly attempts: number;
}

/** What is done. */
export interface Rounds {
  readonly place: Place;
  readonly rounds: number;
  readonly tasksPerRound: number;
  readonly task: (n: number) => Task;
  /** From 0 (included) to 1. Given, so that a run can be told again. */
  readonly random: () => number;
}

/** Writes down every event that a tap is shown, before anything else can happen to it. */
export const OBSERVER = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin } from '@vp/sdk';

export default definePlugin({
  name: 'observer',
  setup(ctx) {
    const file = join(ctx.home, '..', 'observed');
    ctx.hook('on-output', ({ events, replayed }) =>
      appendFileSync(file, events.map(({ id }) => (replayed ? 'again ' : 'fresh ') + id + '\\n').join('')));
  },
});
`;

/** Kills the service \`rounds\` times, lets everything end, and checks. Gives the rows. */
export async function surviveKills({ place, rounds, tasksPerRound, task, random }: Rounds): Promise<readonly PoolRow[]> {
  const tasks: Task[] = [];
  const accepted = new Map<number, string>();
  for (let round = 0; round < rounds; round += 1) {
    for (let n = 0; n < tasksPerRound; n += 1) tasks.push(task(tasks.length));
    const moment = MOMENTS[round % MOMENTS.length] ?? 'random';
    const service = place.spawn(['start']);
    const act = moment === 'adoption' ? Promise.resolve() : submitAll(place, service, tasks, accepted).catch(() => undefined);
    await Promise.race([reached(moment, place, service, random), service.ended]);
    service.child.kill('SIGKILL');
    const { code, err } = await service.ended;
    if (code !== null) throw new Error(`the service ended by itself in round ${round} (${moment}): ${err}`);
    await act;
  }
  const service = await place.service();
  await submitAll(place, service, tasks, accepted);
  const client = await connect(place.state);
  try {
    return await check(place, client, tasks, accepted);
  } finally {
    await client.close();
    service.child.kill('SIGTERM');
    await service.ended;
  }
}

/** Submits what has not been acknowledged, each under a key of its own. */
async function submitAll(place: Place, service: Running, tasks: readonly Task[], accepted: Map<number, string>): Promise<void> {
  await service.says('vp ready');
  const client = await connect(place.state);
  try {
    for (const [n, { prompt }] of tasks.entries()) {
      if (accepted.has(n)) continue;
      const answer = await client
        .use(pool)
        .submit({ idempotencyKey: `task-${n}`, config: { workingDirectory: place.project, prompt, attended: false } });
      accepted.set(n, answer.requestId);
    }
  } finally {
    await client.close();
  }
}

async function reached(moment: Moment, place: Place, service: Running, random: () => number): Promise<void> {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  if (moment === 'adoption') {
    await service.says('vp ready');
    return pause(random() * 80);
  }
  await service.says('vp ready');
  switch (moment) {
    case 'spawn':
      await more(() => folders(place).length);
      return pause(random() * 60);
    case 'recovery':
      await pause(200 + random() * 800);
      return;
    case 'reload':
      await pause(random() * 200);
      service.child.kill('SIGHUP');
      return pause(random() * 150);
    case 'commit':
      return pause(random() * 100);
    case 'random':
      return pause(random() * 1_200);
    default:
      return never(moment);
  }
}

/** Waits until a number has grown, a second at most. */
async function more(count: () => number): Promise<void> {
  const before = count();
  for (let n = 0; n < 200 && count() <= before; n += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}

function folders(place: Place): string[] {
  try {
    return readdirSync(join(place.state, 'sessions'));
  } catch {
    return [];
  }
}

async function check(
  place: Place,
  client: Connection,
  tasks: readonly Task[],
  accepted: ReadonlyMap<number, string>,
): Promise<readonly PoolRow[]> {
  await allEnded(client);
  const rows = await client.use(pool).listSessions({ limit: 1_000 });
  expect(rows.length).toBe(Math.min(1_000, tasks.length));
  expect(new Set(rows.map((row) => row.requestId)).size).toBe(rows.length);
  expect(rows.filter((row) => row.state !== 'completed').map(({ state, reason, error }) => ({ state, reason, error }))).toEqual([]);
  const byRequest = new Map(rows.map((row) => [row.requestId, row]));
  for (const [n, task] of tasks.entries()) {
    const row = byRequest.get(accepted.get(n) ?? '');
    if (row === undefined) continue; // older than the rows that were asked for
    expect({ n, attempts: row.attempts }).toEqual({ n, attempts: task.attempts });
  }
  await endedOnce(client, tasks.length);
  await everythingSeen(place, client, rows);
  expect(rows.flatMap((row) => linux.members(row.sessionId, undefined))).toEqual([]);
  return rows;
}

async function allEnded(client: Connection): Promise<void> {
  for (;;) {
    const { active, queued } = await client.use(pool).getPoolStatus();
    if (active + queued === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Each request has one end in the log. */
async function endedOnce(client: Connection, requests: number): Promise<void> {
  const ends = new Map<string, number>();
  let after = 0;
  for (;;) {
    const page = await client.use(store).events({ after, types: ['request-ended'], limit: 1_000 });
    for (const { stream, seq } of page) {
      ends.set(stream, (ends.get(stream) ?? 0) + 1);
      after = seq;
    }
    if (page.length === 0) break;
  }
  expect(ends.size).toBe(requests);
  expect([...ends.values()].filter((count) => count !== 1)).toEqual([]);
}

/** Each event was shown to the taps, and a second time only as one that they may have seen. */
async function everythingSeen(place: Place, client: Connection, rows: readonly PoolRow[]): Promise<void> {
  const seen = new Map<string, ('fresh' | 'again')[]>();
  for (const line of readFileSync(join(place.state, '..', 'observed'), 'utf8').split('\n')) {
    const [how, id] = line.split(' ');
    if (id !== undefined) seen.set(id, [...(seen.get(id) ?? []), how as 'fresh' | 'again']);
  }
  const missed: string[] = [];
  for (const { sessionId } of rows) {
    let next = 0;
    for (;;) {
      const page = await client.use(sessions).readOutput(sessionId, next, 5_000);
      for (const { id } of page.events) if (!seen.has(id)) missed.push(id);
      next = page.next;
      if (!page.more) break;
    }
  }
  expect(missed).toEqual([]);
  expect([...seen].filter(([, times]) => times.slice(1).includes('fresh')).map(([id]) => id)).toEqual([]);
}

/** A random number generator that gives the same again for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function never(value: never): never {
  throw new TypeError(`no such moment: ${String(value)}`);
}
