/** A kernel as a service: lock, log, status, signals. The same for `vp start` and for the kernel inside a `vp run`. */
import type { VpConfig } from '@vp/schemas';
import { homeOf } from '../core/home.ts';
import { createKernel, type Kernel, type KernelOptions } from '../core/kernel.ts';
import { lock, prepareHome } from './lock.ts';
import { openLogs, type Logs, type LogSettings, type Screen } from './logs.ts';
import { notify, startWatchdog } from './notify.ts';
import { hasRequests, takeRequests } from './reload-request.ts';
import { Reporter } from './reporter.ts';
import { catchStrays } from './stray.ts';

/** How a service is run. */
export interface ServiceOptions {
  /** A config file, or a config. */
  readonly config: VpConfig | string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the log is also written. */
  readonly screen?: Screen;
  /** `never` for a service: code that changes on disk waits for `vp reload`. */
  readonly auto: 'never' | 'outside-workspaces';
  /** Runs plugins that nobody trusts. */
  readonly runtime?: NonNullable<KernelOptions['runtime']>;
  /** Ends a start that is under way; it then throws VP_KERNEL_STATE. */
  readonly signal?: AbortSignal;
}

/** A kernel that runs. */
export interface Service {
  readonly kernel: Kernel;
  readonly home: string;
  /** Sandboxed plugins that did not come up at the start, and why. */
  readonly failed: readonly { readonly plugin: string; readonly error: unknown }[];
  /** Drains and stops. Safe to call more than once. */
  stop(): Promise<void>;
  /** Does what `vp reload` asked for; reloads the config and all plugins where nobody asked, as at a bare SIGHUP. */
  reload(): Promise<void>;
  /** Whether `vp reload` waits for an answer. */
  isReloadAsked(): boolean;
}

const FIRST_LOG: LogSettings = { level: 'info', levels: {}, redact: [], rotate: { sizeMb: 20, files: 5 } };

/**
 * Starts a kernel on its state folder.
 * @throws VP_KERNEL_RUNNING, VP_HOME_UNUSABLE, and what `Kernel.start` throws; then nothing is left running
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const home = homeOf(options.env);
  prepareHome(home);
  const unlock = lock(home);
  let logs: Logs | undefined;
  let releaseStrays = (): void => undefined;
  try {
    logs = await openLogs(home, FIRST_LOG, options.screen);
    releaseStrays = catchStrays(logs.of('kernel'));
    return await start(home, options, logs, () => {
      releaseStrays();
      unlock();
    });
  } catch (error) {
    releaseStrays();
    logs?.close();
    unlock();
    throw error;
  }
}

async function start(home: string, options: ServiceOptions, logs: Logs, unlock: () => void): Promise<Service> {
  const { config, env, auto, runtime } = options;
  const log = logs.of('kernel');
  const kernel = createKernel(config, { home, env, auto, log: (plugin) => logs.of(plugin), ...(runtime === undefined ? {} : { runtime }) });
  const reporter = new Reporter(kernel, log);
  const applyLog = (): void => logs.set(kernel.config?.log ?? FIRST_LOG);
  kernel.on('config-applied', applyLog);
  kernel.on('state', (state) => state === 'starting' || applyLog());
  const failed: { plugin: string; error: unknown }[] = [];
  const unheard = kernel.on('plugin-failed', (one) => void failed.push(one));
  await startKernel(kernel, reporter, options.signal);
  void unheard();
  applyLog();
  reporter.start();
  if (kernel.status().plugins.length === 0) log.warn('no plugin is configured: this kernel does nothing');
  const stopWatchdog = startWatchdog(env);
  notify('READY=1', env);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    notify('STOPPING=1', env);
    stopWatchdog();
    await kernel.stop();
    reporter.stop();
    log.info('stopped');
    logs.close();
    unlock();
  };
  const service: Service = {
    kernel,
    home,
    failed,
    stop: () => (stopping ??= stop()),
    reload: () => reloadRequested(kernel, reporter, home),
    isReloadAsked: () => hasRequests(home),
  };
  // Asked for while the plugins were starting: somebody waits for the answer.
  while (service.isReloadAsked()) await service.reload();
  return service;
}

async function startKernel(kernel: Kernel, reporter: Reporter, signal: AbortSignal | undefined): Promise<void> {
  const stop = (): void => void kernel.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await kernel.start();
  } catch (error) {
    reporter.stop();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function reloadRequested(kernel: Kernel, reporter: Reporter, home: string): Promise<void> {
  for (const { id, plugin } of takeRequests(home)) {
    try {
      reporter.reloaded(id, await kernel.reload(plugin));
    } catch (error) {
      reporter.reloaded(id, [], error);
    }
  }
}
