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
 * `getSessionStatus` answers with what it is given, `spawnSession` when `release()` was called, `sendInput` emits that many output
 * events of 1 KB, `terminateSession` fails.
 */
const SESSIONS = `
import { definePlugin, sessions, VpError } from '@vp/sdk';
export default definePlugin({
  name: 'stand-in',
  provides: ['sessions@1'],
  setup(ctx) {
    const held = [];
    const nothing = () => [];
    const service = ctx.provide(sessions, {
      spawnSession: (config) => new Promise((resolve) => held.push(() => resolve({ sessionId: config.prompt, pid: 1, completion: new Promise(() => undefined) }))),
      getSessionStatus: (id) => id,
      interrupt: async () => { for (const go of held.splice(0)) go(); },
      sendInput: (id, input) => { for (let n = 0; n < Number(input); n += 1) service.emit('session-output', { sessionId: id, events: [String(n).padEnd(1000)], replayed: false }); },
      terminateSession: async () => { throw new VpError('VP_SESSION_UNKNOWN', 'no such session', { hint: 'see vp sessions' }); },
      closeInput: () => { throw new TypeError('not of VP'); },
      getActiveSessions: nothing, listSessions: nothing, cleanupCompletedSessions: () => 0, getCrashReports: nothing, getMetricsSummary: () => ({}),
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
  await writeFile(join(folder, 'stand-in.ts'), SESSIONS);
  if (options.last !== undefined) await writeFile(join(folder, 'last.ts'), options.last);
  const local = (file: string) => ({ use: file, trust: 'kernel' });
  const configWith = (gateway: object): object => ({
    plugins: [local('./stand-in.ts'), ['@vp/gateway', gateway], ...(options.last === undefined ? [] : [local('./last.ts')])],
    reload: { watch: false },
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
