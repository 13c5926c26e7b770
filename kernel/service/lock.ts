/** One kernel a state folder. The lock is the file `kernel.pid`: three lines, PID, start time, boot. */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isVpError } from '@vp/sdk';
import { kernelError, reasonOf } from '../core/errors.ts';
import { identityOf, isAlive, type Identity } from './identity.ts';

const BREAK_WAIT_MS = 5;
const MAX_DEPTH = 4;

/** Makes the state folder, for this user alone. @throws VP_HOME_UNUSABLE */
export function prepareHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    if (!statSync(home).isDirectory()) throw new Error('it is not a directory');
    const probe = join(home, `.probe.${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    throw kernelError('VP_HOME_UNUSABLE', { why: reasonOf(cause) }, { file: home, cause });
  }
}

/** Takes the lock; gives how to let go of it. @throws VP_KERNEL_RUNNING, VP_HOME_UNUSABLE */
export function lock(home: string): () => void {
  const file = join(home, 'kernel.pid');
  const me = identityOf(process.pid);
  if (me === undefined) throw kernelError('VP_HOME_UNUSABLE', { why: 'this process cannot identify itself' }, { file });
  const mine = `${file}.${process.pid}`;
  const text = `${me.pid}\n${me.start}\n${me.boot}\n`;
  try {
    writeFileSync(mine, text, { mode: 0o600 });
    take(mine, file, 0);
  } catch (cause) {
    if (isVpError(cause)) throw cause;
    throw kernelError('VP_HOME_UNUSABLE', { why: reasonOf(cause) }, { file, cause });
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (read(file) === text) rmSync(file, { force: true });
  };
}

/**
 * Links `mine` to `file`. A dead kernel's lock is taken away first, under a lock of its own: two starters that both saw it dead must
 * not take each other's new lock for it. Whoever dies while holding that one leaves a stale lock as well, hence the depth.
 */
function take(mine: string, file: string, depth: number): void {
  // A link is made whole or not at all, and never over another file.
  while (!link(mine, file)) {
    const other = parse(read(file));
    if (other !== undefined && isAlive(other)) {
      if (depth === 0) throw kernelError('VP_KERNEL_RUNNING', { pid: other.pid }, { file });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BREAK_WAIT_MS);
      continue;
    }
    if (depth === MAX_DEPTH) throw new Error('a stale lock cannot be taken away');
    const breaking = `${file}.break`;
    take(mine, breaking, depth + 1);
    if (isStale(file)) rmSync(file, { force: true });
    rmSync(breaking, { force: true });
  }
}

/** Whether a lock is there and nobody alive holds it. One that has just gone is not stale: the next may be there at any moment. */
function isStale(file: string): boolean {
  try {
    const identity = parse(readFileSync(file, 'utf8'));
    return identity === undefined || !isAlive(identity);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The kernel that runs on a state folder now. */
export function runningKernel(home: string): Identity | undefined {
  const identity = parse(read(join(home, 'kernel.pid')));
  return identity !== undefined && isAlive(identity) ? identity : undefined;
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function parse(text: string): Identity | undefined {
  const [pid = '', start = '', boot = ''] = text.split('\n');
  return /^\d+$/.test(pid) && start !== '' ? { pid: Number(pid), start, boot } : undefined;
}
