/** What commands about plugins need of the kernel: a reload by the running one, and where a plugin is. */
import { dirname } from 'node:path';
import type { CommandContext, FoundPlugin, ReloadAnswer } from '@vp/sdk';
import { kernelError } from '../core/errors.ts';
import { homeOf } from '../core/home.ts';
import { isPath, locate } from '../loader/resolve.ts';
import { runningKernel } from '../service/lock.ts';
import { askReload } from '../service/reload-request.ts';
import { readStatus, type ReloadReport } from '../service/status-file.ts';
import { configFile } from './config-file.ts';

const POLL_MS = 50;

/** Has the kernel of this PID reload one plugin, or everything, and waits for how that went. @throws VP_NOT_RUNNING where it ends meanwhile */
export async function askedReload(home: string, pid: number, plugin?: string): Promise<ReloadReport> {
  const id = askReload(home, plugin);
  process.kill(pid, 'SIGHUP');
  for (;;) {
    await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
    const report = readStatus(home)?.reloads.find((one) => one.id === id);
    if (report) return report;
    if (runningKernel(home) === undefined) throw kernelError('VP_NOT_RUNNING');
  }
}

/** `reload` of a command's context. */
export async function reloadPlugin(plugin: string, env: CommandContext['env']): Promise<ReloadAnswer> {
  const home = homeOf(env);
  const running = runningKernel(home);
  if (running === undefined) return { state: 'not-running' };
  const report = await askedReload(home, running.pid, plugin);
  const one = report.plugins.find((row) => row.plugin === plugin);
  const error = one?.error ?? report.error?.message;
  return { state: 'reloaded', result: one?.result ?? 'refused', ...(error === undefined ? {} : { error }) };
}

/** `locate` of a command's context. */
export async function locateAs(use: string, from: string | undefined, cwd: string): Promise<FoundPlugin> {
  const config = from === undefined ? await configFile(cwd) : undefined;
  const start = from ?? (config === undefined ? cwd : dirname(config));
  const { entry, manifestFile, manifest, version } = locate(use, start);
  const optional = Object.entries({ manifestFile, manifest, version }).filter(([, value]) => value !== undefined);
  return { kind: isPath(use) ? 'file' : 'package', entry, ...Object.fromEntries(optional) };
}
