/** `vp start`: the service in the foreground, until SIGTERM or SIGINT. SIGHUP reloads. */
import { isVpError } from '@vp/sdk';
import { startService, type Service } from '../../service/service.ts';
import { configFile } from '../config-file.ts';
import { EXIT, printError } from '../output.ts';
import type { Invocation } from '../invocation.ts';

/** After the stop: time for output that is on its way. */
const LINGER_MS = 1_000;

export default async function start({ options, json, extensions: { runtime } }: Invocation): Promise<number> {
  const file = await configFile(process.cwd(), options['config']);
  const ended = Promise.withResolvers<number>();
  const abort = new AbortController();
  let service: Service | undefined;
  let signals = 0;
  const stop = (): void => {
    signals += 1;
    // Asked a second time: the user does not want to wait for the drain. Sessions are with their holders and live on.
    if (signals > 1) process.exit(EXIT.interrupted);
    abort.abort();
    service?.stop().then(() => ended.resolve(EXIT.done), ended.reject);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => void service?.reload().catch((error: unknown) => printError(error, json)));

  // Who reads the output may go away; the service stays.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);

  try {
    const settings = { config: file ?? {}, env: process.env, screen: process.stderr, auto: 'never', signal: abort.signal } as const;
    service = await startService(runtime === undefined ? settings : { ...settings, runtime });
  } catch (error) {
    if (abort.signal.aborted && isVpError(error) && error.code === 'VP_KERNEL_STATE') return EXIT.done;
    throw error;
  }
  if (signals > 0) {
    await service.stop();
    return EXIT.done;
  }
  const { kernel, home } = service;
  const plugins = kernel.status().plugins.length;
  const ready = { event: 'ready', pid: process.pid, home, config: file ?? null, plugins };
  const what = plugins === 0 ? 'no plugin is configured: it does nothing' : `${plugins} plugin${plugins === 1 ? '' : 's'}`;
  process.stdout.write(json ? `${JSON.stringify(ready)}\n` : `vp ready: pid ${process.pid}, ${what}, state in ${home}\n`);
  // The watcher may be all that keeps the process alive, and a kernel without plugins has not even that.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  return ended.promise.finally(() => {
    clearInterval(keepAlive);
    // All is stopped and written. What a plugin has left open must not keep the process, and with it `vp stop`, from its end.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}
