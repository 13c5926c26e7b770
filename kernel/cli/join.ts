/** A kernel for a command: the service that runs on the state folder, or one of its own that ends with its last session. */
import {
  isVpError,
  serviceName,
  type CommandContext,
  type Facade,
  type Remote,
  type ServiceRef,
  type Sessions,
  type SessionEvents,
} from '@vp/sdk';
import type { VpConfig } from '@vp/schemas';
import { homeOf } from '../core/home.ts';
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
  /** Resolves once no session runs that this process must stay for. At once where the kernel is another process. */
  untilIdle(ref: ServiceRef<Sessions, SessionEvents>, signal: AbortSignal, onWait: (sessions: number) => void): Promise<void>;
  leave(): Promise<void>;
}

const RETRY_MS = 50;

/** What runs where there is no config file. */
const BUILT_IN: VpConfig = { plugins: ['@vp/charter', '@vp/claude', '@vp/gateway'] };

/** Joins the running kernel, else starts one. Waits for one that starts or stops now. @throws what `startService` and `connect` throw */
export async function join(cwd: string, env: Readonly<Record<string, string | undefined>>, onHangup: () => void): Promise<Joined> {
  const home = homeOf(env);
  for (;;) {
    const joined = runningKernel(home) === undefined ? await startOwn(cwd, env, onHangup) : await joinRunning(home);
    if (joined) return joined;
    await new Promise((resolve) => void setTimeout(resolve, RETRY_MS));
  }
}

/** Undefined where another process was faster. */
async function startOwn(cwd: string, env: Readonly<Record<string, string | undefined>>, onHangup: () => void): Promise<Joined | undefined> {
  let started: Service | undefined;
  // `vp reload` comes as this signal, and so does the end of a terminal.
  const hangup = (): void => {
    if (hasRequests(homeOf(env))) void started?.reload();
    else onHangup();
  };
  process.on('SIGHUP', hangup);
  try {
    const service = await startService({ config: (await configFile(cwd)) ?? BUILT_IN, env, auto: 'outside-workspaces' });
    started = service;
    return {
      use: (ref) => remote(ref, service.kernel.use(ref)),
      lost: new Promise<never>(() => undefined),
      untilIdle: (ref, signal, onWait) => idle(service, ref, signal, onWait),
      leave: () => service.stop().finally(() => process.off('SIGHUP', hangup)),
    };
  } catch (error) {
    process.off('SIGHUP', hangup);
    if (isVpError(error) && error.code === 'VP_KERNEL_RUNNING') return undefined;
    throw error;
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
  return { ...Object.fromEntries(methods), on: facade.on.bind(facade), service: serviceName(ref) } as Remote<T, E>;
}

/** Others may have joined: their sessions need this kernel until they end. */
async function idle(
  service: Service,
  ref: ServiceRef<Sessions, SessionEvents>,
  signal: AbortSignal,
  onWait: (sessions: number) => void,
): Promise<void> {
  const facade = service.kernel.use(ref);
  const others = signal.aborted ? 0 : facade.getActiveSessions().length;
  if (others > 0) onWait(others);
  while (!signal.aborted && facade.getActiveSessions().length > 0) {
    await new Promise<void>((resolve) => {
      const undo = facade.on('session-ended', () => done());
      const done = (): void => {
        undo();
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
