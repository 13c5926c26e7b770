/** Linux: everything is in /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Platform, ProcessFacts } from './platform.ts';

interface Stat extends ProcessFacts {
  readonly parent: number;
  readonly session: number;
}

export const linux: Platform = {
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  look: statOf,
  members(session, holder) {
    const mark = Buffer.from(`VP_SESSION=${session}\0`);
    return pids().filter((pid) => pid !== process.pid && isMember(pid, mark, holder));
  },
  marked: () =>
    pids().flatMap((pid) => {
      const session = statOf(pid)?.zombie === false ? markOf(pid) : undefined;
      return session === undefined ? [] : [{ pid, session }];
    }),
  oomCount: () => ({ machine: countIn('/proc/vmstat'), group: countIn(`/sys/fs/cgroup${ownGroup()}/memory.events`) }),
};

function markOf(pid: number): string | undefined {
  try {
    return /(?:^|\0)VP_SESSION=([^\0]+)\0/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}

function ownGroup(): string {
  try {
    return /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

function countIn(path: string): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function isMember(pid: number, mark: Buffer, holder: number | undefined): boolean {
  const stat = statOf(pid);
  if (stat === undefined || stat.zombie || pid === holder) return false;
  if (hasMark(pid, mark)) return true;
  // The feeder and what it runs descend from the holder too; they end by themselves when the agent has.
  return holder !== undefined && stat.session === holder && stat.parent !== holder && statOf(stat.parent)?.parent !== holder;
}

function hasMark(pid: number, mark: Buffer): boolean {
  try {
    const environ = readFileSync(`/proc/${pid}/environ`);
    const at = environ.indexOf(mark);
    return at === 0 || (at > 0 && environ[at - 1] === 0);
  } catch {
    return false;
  }
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in parentheses and may hold anything, also parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const state = fields[0] ?? '';
    return { start: fields[19] ?? '', zombie: state === 'Z' || state === 'X', parent: Number(fields[1]), session: Number(fields[3]) };
  } catch {
    return undefined;
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
