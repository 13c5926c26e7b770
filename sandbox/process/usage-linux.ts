/** Linux: everything is in /proc. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import type { Sample, Usage } from './usage.ts';

/** The kernel counts in ticks of 10 ms for all programs, whatever its own clock. */
const TICK_MS = 10;
const PAGE_SIZES = [4_096, 16_384, 65_536];

const buffer = Buffer.alloc(1_024);
let pageBytes: number | undefined;

/** One file, opened once: it stands for this very process, also when another has its number. */
export function linuxUsage(pid: number): Usage {
  let file: number | undefined = open(pid);
  return {
    read: () => (file === undefined ? undefined : sampleOf(file)),
    runnable: () => anyRunnable(pid),
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function open(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return undefined;
  }
}

function sampleOf(file: number): Sample | undefined {
  try {
    const fields = fieldsOf(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)));
    const state = fields[0] ?? '';
    if (state === 'Z' || state === 'X') return undefined;
    pageBytes ??= findPageBytes();
    return {
      rssBytes: Number(fields[21]) * pageBytes,
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      busy: state === 'R' || state === 'D',
    };
  } catch {
    return undefined;
  }
}

/** Those after the program's name, which stands in parentheses and may hold anything. */
function fieldsOf(text: string): string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Node does not tell the size of a page: it is what makes the two ways to ask for this process's memory agree. */
function findPageBytes(): number {
  const pages = Number(fieldsOf(readFileSync('/proc/self/stat', 'latin1'))[21]);
  const ratio = process.memoryUsage.rss() / pages;
  const distance = (size: number): number => Math.abs(Math.log(size / ratio));
  return PAGE_SIZES.toSorted((a, b) => distance(a) - distance(b))[0] ?? 4_096;
}

function anyRunnable(pid: number): boolean {
  try {
    const folder = `/proc/${pid}/task`;
    return readdirSync(folder).some((thread) => fieldsOf(readFileSync(`${folder}/${thread}/stat`, 'latin1'))[0] === 'R');
  } catch {
    return false;
  }
}
