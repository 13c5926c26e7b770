/** macOS and others, best effort: `ps`, which takes too long to be waited for, so a look gives what the last one found. */
import { execFile } from 'node:child_process';
import type { Sample, Usage } from './usage.ts';

const LEAST_GAP_MS = 200;

/** Asks `ps` no more than five times a second. */
export function darwinUsage(pid: number): Usage {
  let last: Sample | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  let state = '';
  let closed = false;
  const ask = (): void => {
    asked = performance.now();
    const args = ['-o', 'rss=,time=,stat=', '-p', String(pid)];
    execFile('ps', args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeout: 5_000 }, (error, text) => {
      if (closed) return;
      const [rss = '', time = '', stat = ''] = text.trim().split(/\s+/);
      state = stat;
      const busy = /^[RU]/.test(stat);
      last = error !== null || rss === '' ? undefined : { rssBytes: Number(rss) * 1_024, cpuMs: millisecondsOf(time), busy };
    });
  };
  return {
    read: () => {
      if (!closed && performance.now() - asked >= LEAST_GAP_MS) ask();
      return last;
    },
    runnable: () => state.startsWith('R'),
    close: () => {
      closed = true;
    },
  };
}

/** `[[days-]hours:]minutes:seconds[.hundredths]`. */
function millisecondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}
