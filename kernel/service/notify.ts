/** Tells systemd that the service is ready, stopping and alive, through `systemd-notify`. Does nothing outside a unit. */
import { execFile } from 'node:child_process';

/** Sends one state, such as `READY=1`. A failure to tell is not a failure to run. */
export function notify(state: string, env: Readonly<Record<string, string | undefined>>): void {
  if (!env['NOTIFY_SOCKET']) return;
  execFile(
    'systemd-notify',
    [`--pid=${process.pid}`, state],
    { env: { PATH: env['PATH'], NOTIFY_SOCKET: env['NOTIFY_SOCKET'] } },
    () => undefined,
  );
}

/** Keeps the watchdog of the unit content: at half of the time that it allows. Gives how to end that. */
export function startWatchdog(env: Readonly<Record<string, string | undefined>>): () => void {
  const micros = Number(env['WATCHDOG_USEC'] ?? 0);
  if (!env['NOTIFY_SOCKET'] || !(micros > 0)) return () => undefined;
  const timer = setInterval(() => notify('WATCHDOG=1', env), micros / 2_000);
  return () => clearInterval(timer);
}
