/** What a process uses. Linux only: reads /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Megabytes (10^6 bytes). */
export function rss(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1_024) / 1e6;
}

/** Milliseconds of processor time that all threads have had. Of one that ends meanwhile nothing is counted. */
export function cpu(pid: number): number {
  const times = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}
