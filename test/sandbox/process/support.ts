/** Hosts that end with their test, and what is seen of processes. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import { HostProcess } from '../../../sandbox/process/host-process.ts';
import type { HostSettings } from '../../../sandbox/process/settings.ts';
import { home, realSettings, scriptedSettings, type Variant } from './settings.ts';

export * from './settings.ts';

const started: HostProcess[] = [];

afterEach(async () => {
  for (const host of started.splice(0)) {
    host.kill('revoked', 'the test is over');
    await host.ended;
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Starts a host that is ended after the test. */
export async function start(settings: HostSettings): Promise<HostProcess> {
  const host = await HostProcess.start(settings);
  started.push(host);
  return host;
}

export const scripted = (script: string, variant?: Variant): Promise<HostProcess> => start(scriptedSettings(script, variant));
export const real = (code: string, variant?: Variant): Promise<HostProcess> => start(realSettings(code, variant));

/** The code of what a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** Polls, generously. */
export async function until(holds: () => boolean, ms = 30_000): Promise<void> {
  for (const since = performance.now(); performance.now() - since < ms; await wait(5)) if (holds()) return;
  throw new Error('it did not come to that');
}

/** Whether a process is there, zombies not counted. */
export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') {
    return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Descriptors of this process. */
export function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
