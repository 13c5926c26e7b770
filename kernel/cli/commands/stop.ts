/** `vp stop`: asks the service to drain and stop, and waits until it has. */
import { homeOf } from '../../core/home.ts';
import { kernelError } from '../../core/errors.ts';
import { isAlive } from '../../service/identity.ts';
import { runningKernel } from '../../service/lock.ts';
import { EXIT } from '../output.ts';
import type { Invocation } from '../invocation.ts';

const POLL_MS = 50;

export default async function stop({ json }: Invocation): Promise<number> {
  const running = runningKernel(homeOf(process.env));
  if (running === undefined) throw kernelError('VP_NOT_RUNNING');
  process.kill(running.pid, 'SIGTERM');
  while (isAlive(running)) await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
  process.stdout.write(
    json ? `${JSON.stringify({ stopped: true, pid: running.pid })}\n` : `stopped (pid ${running.pid}); running sessions live on\n`,
  );
  return EXIT.done;
}
