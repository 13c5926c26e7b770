/** A kernel for a command: the service that runs on the state folder, or one of its own that ends with its last session. */
import { isVpError, pool, reasonOf, sessions, type CommandContext, type Facade, type Remote, type ServiceRef } from '@vp/sdk';
import type { VpConfig } from '@vp/schemas';
import { kernelError } from '../core/errors.ts';
import { homeOf } from '../core/home.ts';
import type { Kernel, KernelOptions } from '../core/kernel.ts';
import { runningKernel } from '../service/lock.ts';
import { hasRequests } from '../service/reload-request.ts';
import { startService, type Service } from '../service/service.ts';
import { readStatus } from '../service/status-file.ts';
import { configFile } from './config-file.ts';
import { connect } from './remote.ts';

/** The kernel that a command works with. */
export interface Joined {
  readonly use: CommandContext['use'];
  /** Rejects when the kernel goes away before the command has ended. */
  readonly lost: Promise<never>;
  /** Resolves once no session runs or waits that this process must stay for. At once where the kernel is another process. */
  untilIdle(signal: AbortSignal, onWait: (sessions: number) => void): Promise<void>;
  leave(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

const RETRY_MS = 50;

/** What runs where there is no config file. */
const BUILT_IN: VpConfig = {
  plugins: ['@vp/store', '@vp/charter', '@vp/policy', '@vp/claude', '@vp/pool', '@vp/recovery', '@vp/gateway'],
  required: ['@vp/policy'],
};

/** Joins the running kernel, else starts one. Waits for one that starts or stops now. @throws what `startService` and `connect` throw */
export async function join(cwd: string, env: Env, onHangup: () => void, runtime?: KernelOptions['runtime']): Promise<Joined> {
  const home = homeOf(env);
  for (;;) {
    const joined = runningKernel(home) === undefined ? await startOwn(cwd, env, onHangup, runtime) : await joinRunning(home);
    if (joined) return joined;
    await new Promise((resolve) => void setTimeout(resolve, RETRY_MS));
  }
}

/** Joins the running kernel. Waits for one that starts now. @throws VP_NOT_RUNNING, and what `connect` throws */
export async function joinService(env: Env): Promise<Joined> {
  const home = homeOf(env);
  for (;;) {
    if (runningKernel(home) === undefined) throw kernelError('VP_NOT_RUNNING');
    const joined = await joinRunning(home);
    if (joined) return joined;
    await new Promise((resolve) => void setTimeout(resolve, RETRY_MS));
  }
}

/** Undefined where another process was faster. */
async function startOwn(cwd: string, env: Env, onHangup: () => void, runtime: KernelOptions['runtime']): Promise<Joined | undefined> {
  let started: Service | undefined;
  // `vp reload` comes as this signal, and so does the end of a terminal.
  const hangup = (): void => {
    if (hasRequests(homeOf(env))) void started?.reload();
    else onHangup();
  };
  process.on('SIGHUP', hangup);
  try {
    const config = (await configFile(cwd)) ?? BUILT_IN;
    const service = await startService({ config, env, auto: 'outside-workspaces', ...(runtime === undefined ? {} : { runtime }) });
    started = service;
    await refuseWithout(service);
    return {
      use: (ref) => remote(ref, service.kernel.use(ref)),
      lost: new Promise<never>(() => undefined),
      untilIdle: (signal, onWait) => idle(service.kernel, signal, onWait),
      leave: () => service.stop().finally(() => process.off('SIGHUP', hangup)),
    };
  } catch (error) {
    process.off('SIGHUP', hangup);
    if (isVpError(error) && error.code === 'VP_KERNEL_RUNNING') return undefined;
    throw error;
  }
}

/**
 * A run in the foreground has somebody who can mend a plugin: one that is required and does not come up ends it, others are told.
 * @throws why a required plugin is not up
 */
async function refuseWithout(service: Service): Promise<void> {
  const { required = [] } = service.kernel.config ?? {};
  const names = new Set(service.kernel.status().plugins.map((plugin) => plugin.name));
  // One that could not be read may bear a required name that nobody else bears.
  const isNameless = required.some((name) => !names.has(name));
  for (const { plugin, error } of service.failed) {
    if (required.includes(plugin) || isNameless) {
      await service.stop();
      throw error;
    }
    process.stderr.write(`vp: ${plugin} does not run: ${reasonOf(error)}\n`);
  }
}

/** Undefined where nobody listens yet, or no more. @throws VP_SOCKET where the kernel is up without a gateway */
async function joinRunning(home: string): Promise<Joined | undefined> {
  try {
    const connection = await connect(home);
    return {
      use: (ref) => connection.use(ref),
      lost: connection.lost,
      untilIdle: () => Promise.resolve(),
      leave: () => connection.close(),
    };
  } catch (error) {
    if (readStatus(home)?.state === 'ready') throw error;
    return undefined;
  }
}

/** A facade in this process as if it were at the end of a wire: every method is asynchronous. */
function remote<T extends object, E extends object>(ref: ServiceRef<T, E>, facade: Facade<T, E>): Remote<T, E> {
  const call =
    (name: string) =>
    async (...args: unknown[]) =>
      (facade as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args);
  const methods = Object.keys(ref.methods).map((name) => [name, call(name)]);
  return { ...Object.fromEntries(methods), on: facade.on.bind(facade) } as Remote<T, E>;
}

/** Others may have joined: their sessions need this kernel until they end. */
async function idle(kernel: Kernel, signal: AbortSignal, onWait: (sessions: number) => void): Promise<void> {
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  const undos = [kernel.use(pool).on('request-ended', wake), kernel.use(sessions).on('session-ended', wake)];
  signal.addEventListener('abort', wake, { once: true });
  try {
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      changed = Promise.withResolvers();
      const open = await openSessions(kernel);
      if (open === 0) return;
      if (isFirst) onWait(open);
      await changed.promise;
    }
  } finally {
    for (const undo of undos) undo();
    signal.removeEventListener('abort', wake);
  }
}

/** Sessions that run, and requests that have not ended: one that is between two attempts counts too. */
async function openSessions(kernel: Kernel): Promise<number> {
  const counts = [
    async () => (await kernel.use(pool).listSessions({ open: true })).length,
    async () => kernel.use(sessions).getActiveSessions().length,
  ];
  for (const count of counts) {
    try {
      return await count();
    } catch {
      continue; // nobody provides it
    }
  }
  return 0;
}
