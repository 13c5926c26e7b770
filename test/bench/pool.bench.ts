/** Requests per second through the pool with the real store, beside an empty promise queue; and how that grows with the queue. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '@vp/kernel';
import { pool, type Priority } from '@vp/sdk';
import { pick, type Candidate } from '../../plugins/pool/schedule.ts';
import { inFolder, inTurns, median, report, row, timed } from './harness.ts';
import { pluginFolder, withKernel } from './plugins.ts';

const SLOTS = 10;
const ROUNDS = 5;
const QUEUED = [10, 100, 1_000] as const;
const PRIORITIES: readonly Priority[] = ['critical', 'high', 'medium', 'low'];

/** Sessions that end as soon as they have begun: what is left is the pool and the store. */
const SESSIONS = `import { definePlugin, sessions } from '@vp/sdk';

export default definePlugin({
  name: 'empty-sessions',
  provides: ['sessions@1'],
  setup(ctx) {
    const rows = new Map();
    const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };
    const metrics = { commandsExecuted: 0, filesModified: 0, approvalsRequested: 0, denials: 0, errors: 0, turns: 1, executionTime: 1 };
    const none = () => undefined;
    const provision = ctx.provide(sessions, {
      ...Object.fromEntries(Object.keys(sessions.methods).map((name) => [name, none])),
      adopted: () => Promise.resolve(),
      listSessions: () => [],
      getSessionStatus: (id) => rows.get(id) ?? null,
      async spawnSession({ sessionId, requestId, workingDirectory: cwd, priority }) {
        const row = { sessionId, requestId, cwd, priority, orchestrator: 'default', state: 'running', type: 'claude-code', governed: true,
          attempts: 1, pid: 1, createdAt: '', startedAt: '', endedAt: null, exitCode: null, signal: null, usage, costUsd: 0, result: null,
          reason: null, agentSessionId: null, metrics, recentOutput: '' };
        rows.set(sessionId, row);
        setImmediate(() => {
          rows.delete(sessionId);
          provision.emit('session-ended', { sessionId, status: { ...row, state: 'completed', endedAt: '' }, crash: null });
        });
        return { sessionId, pid: 1, completion: new Promise(none) };
      },
    });
  },
});
`;

/** Requests per second, from the first submit to the last end. */
async function through(kernel: Kernel, count: number): Promise<number> {
  const service = kernel.use(pool);
  const ended = Promise.withResolvers<void>();
  let left = count;
  const undo = service.on('request-ended', () => {
    left -= 1;
    if (left === 0) ended.resolve();
  });
  const ms = await timed(async () => {
    const requests = Array.from({ length: count }, (_, n) =>
      service.submit({ config: { workingDirectory: '/', prompt: `${n}` }, priority: PRIORITIES[n % PRIORITIES.length] ?? 'low' }),
    );
    await Promise.all(requests);
    await ended.promise;
  });
  undo();
  return count / (ms / 1_000);
}

/** The same number of tasks that do nothing, as many at a time. */
async function promiseQueue(count: number): Promise<number> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: SLOTS }, work)));
  return count / (ms / 1_000);
}

/** Microseconds to choose one of so many. */
function choose(count: number): number {
  const candidates = Array.from({ length: count }, (_, n): Candidate => ({
    priority: PRIORITIES[n % PRIORITIES.length] ?? 'low',
    waitedMs: (n * 7_919) % 600_000,
    orchestrator: `o${n % 7}`,
    order: n,
  }));
  const scene = { weights: { critical: 4, high: 3, medium: 2, low: 1 }, agingMs: 60_000, running: new Map(), served: new Map() };
  const times = 20;
  const started = performance.now();
  for (let n = 0; n < times; n += 1) pick(candidates, scene);
  return ((performance.now() - started) / times) * 1_000;
}

report(
  await inFolder(async (folder) => {
    const plugins = pluginFolder(folder);
    writeFileSync(join(plugins, 'empty-sessions.ts'), SESSIONS);
    const options = { maxConcurrentSessions: SLOTS, maxStarting: SLOTS, minFreeMemoryMb: 0, keepRequests: 100_000 };
    const used = ['@vp/store', '@vp/charter', { use: './empty-sessions.ts', trust: 'kernel' as const }, ['@vp/pool', options] as const];
    return withKernel(folder, plugins, used, process.env, async (kernel) => {
      const values = await inTurns(ROUNDS, {
        ten: () => through(kernel, QUEUED[0]),
        hundred: () => through(kernel, QUEUED[1]),
        thousand: () => through(kernel, QUEUED[2]),
        empty: () => promiseQueue(QUEUED[2]),
        choose: () => choose(1_000),
        chooseMany: () => choose(10_000),
      });
      const perRequest = (rates: readonly number[]): number => 1_000 / median(rates);
      return [
        row({
          name: `requests through the pool, ${QUEUED[2]} at once, ${SLOTS} slots`,
          value: median(values.thousand),
          unit: '1/s',
          yardstick: median(values.empty),
          beside: 'an empty promise queue',
        }),
        row({
          name: `time per request, ${QUEUED[1]} at once`,
          value: perRequest(values.hundred),
          unit: 'ms',
          yardstick: perRequest(values.ten),
          beside: `${QUEUED[0]} at once`,
        }),
        row({
          name: `time per request, ${QUEUED[2]} at once`,
          value: perRequest(values.thousand),
          unit: 'ms',
          yardstick: perRequest(values.ten),
          beside: `${QUEUED[0]} at once`,
          aim: ['<= 1.5 x', (_value, ratio) => ratio <= 1.5],
        }),
        row({
          name: 'choice of the next of 10,000',
          value: median(values.chooseMany),
          unit: 'µs',
          yardstick: median(values.choose),
          beside: 'of 1,000',
          aim: ['<= 15 x', (_value, ratio) => ratio <= 15],
        }),
      ];
    });
  }),
);
