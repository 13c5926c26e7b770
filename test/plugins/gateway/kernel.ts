/** A kernel in this process with the gateway and a stand-in for the sessions that does what a test says. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@vp/kernel';
import { prepareHome } from '../../../kernel/service/lock.ts';
import { repository } from '../../support/api/index.ts';

export interface GatewayKernel {
  readonly kernel: Kernel;
  readonly home: string;
  readonly folder: string;
  readonly socket: string;
  /** Its config with other options of the gateway. */
  configWith(gateway: object): object;
  stop(): Promise<void>;
}

/**
 * Of `sessions`: `getSessionStatus` answers with what it is given, `sendInput` emits that many output events of 1 KB, or the test's payload,
 * `terminateSession` fails, `readOutput` gives its arguments. Of `pool`: `requestSession` answers once `resume()` was called,
 * `getMetrics` gives the version of the plugin.
 */
export const standIn = (version: number): string => `
import { definePlugin, pool, sessions, VpError } from '@vp/sdk';
export default definePlugin({
  name: 'stand-in',
  provides: ['sessions@1', 'pool@1'],
  setup(ctx) {
    const held = [];
    const nothing = () => [];
    const service = ctx.provide(sessions, {
      spawnSession: nothing, restartSession: nothing, adopted: nothing, checkConfig: nothing, releaseSession: nothing,
      getSessionStatus: (id) => id,
      sendInput: (id, input) => { if (input === 'payload') service.emit('session-output', globalThis[Symbol.for('vp.test.payload')]); else for (let n = 0; n < Number(input); n += 1) service.emit('session-output', { sessionId: id, events: [String(n).padEnd(1000)], replayed: false }); },
      terminateSession: async () => { throw new VpError('VP_SESSION_UNKNOWN', 'no such session', { hint: 'see vp sessions' }); },
      closeInput: () => { throw new TypeError('not of VP'); },
      interrupt: () => ({ self: 1n }),
      readOutput: async (...args) => args.map((one) => one === undefined ? 'left out' : one),
      getActiveSessions: nothing, listSessions: nothing, cleanupCompletedSessions: () => 0, getCrashReports: nothing, getCrashReport: () => null, getMetricsSummary: () => ({}),
    });
    const queue = ctx.provide(pool, {
      submit: async (request) => request,
      requestSession: (request) => new Promise((resolve) => held.push(() => resolve({ sessionId: request.config.prompt, pid: 1, completion: new Promise(() => undefined) }))),
      resume: () => { for (const go of held.splice(0)) go(); },
      getMetrics: () => ({ version: ${version} }),
      drain: async () => queue.emit('pool-drained', {}),
      getPoolStatus: nothing, cancelRequest: nothing, stopSession: nothing, listSessions: nothing, getSession: nothing,
    });
  },
});
`;

export async function gatewayKernel(
  options: {
    readonly home?: string;
    readonly env?: Record<string, string>;
    readonly config?: object;
    /** Source of a plugin that starts last. */
    readonly last?: string;
  } = {},
): Promise<GatewayKernel> {
  const folder = await mkdtemp(join(tmpdir(), 'vp-gateway-'));
  const home = options.home ?? join(folder, 'state');
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'stand-in.ts'), standIn(1));
  if (options.last !== undefined) await writeFile(join(folder, 'last.ts'), options.last);
  const local = (file: string) => ({ use: file, trust: 'kernel' });
  const configWith = (gateway: object): object => ({
    plugins: [local('./stand-in.ts'), ['@vp/gateway', gateway], ...(options.last === undefined ? [] : [local('./last.ts')])],
    reload: { watch: false },
    // A call that waits for ever must not make the test wait as long.
    deadlines: { drain: 500 },
  });
  const file = join(folder, 'vp.config.json');
  await writeFile(file, JSON.stringify(configWith({ ...options.config })));
  const kernel = createKernel(file, { home, env: options.env ?? {} });
  prepareHome(home);
  try {
    await kernel.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    kernel,
    home,
    folder,
    socket: join(home, 'vp.sock'),
    configWith,
    async stop() {
      await kernel.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
