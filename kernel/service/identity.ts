/** Tells whether a process is the one that wrote a file. A PID alone is not enough: it is used again. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What identifies a process on one boot of one machine. */
export interface Identity {
  readonly pid: number;
  /** Start time as the system counts it. */
  readonly start: string;
  readonly boot: string;
}

/** The identity of a live process; undefined where there is none. */
export function identityOf(pid: number): Identity | undefined {
  const start = process.platform === 'linux' ? linuxStart(pid) : psStart(pid);
  return start === undefined ? undefined : { pid, start, boot: bootId() };
}

/** Whether that very process still runs. */
export function isAlive(identity: Identity): boolean {
  const now = identityOf(identity.pid);
  return now !== undefined && now.start === identity.start && now.boot === identity.boot;
}

function linuxStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name stands in parentheses and may hold spaces; the fields after it are counted from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function psStart(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
      encoding: 'utf8',
    });
    return text.trim() || undefined;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
