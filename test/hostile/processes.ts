/** Host processes of this process, as the system knows them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of the children that run a host program. Linux. */
export function hostProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && /host\.js/.test(read(pid, 'cmdline')));
}

function parentOf(pid: number): number {
  // The name in parentheses may hold anything, so what follows the last one is split.
  return Number(read(pid, 'stat').split(') ').at(-1)?.split(' ')[1]);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
