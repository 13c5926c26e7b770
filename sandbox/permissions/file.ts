/** A small file that the kernel and commands both change: one after the other, and never half. */
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxError } from '../errors.ts';

const WAIT_MS = 5_000;
const STEP_MS = 10;

/** Replaces a file as a whole, mode 0600. */
export function replaceFile(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
}

/**
 * Runs `act`, which must not wait, while nobody else is at the file. The lock of a process that has died is taken over.
 * @throws VP_GRANTS_UNREADABLE where the lock is not given up within 5 seconds
 */
export async function withLock<T>(file: string, act: () => T): Promise<T> {
  const lock = `${file}.lock`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  for (const end = Date.now() + WAIT_MS; !take(lock); await sleep(STEP_MS)) {
    if (Date.now() < end) continue;
    throw sandboxError('VP_GRANTS_UNREADABLE', { why: `${lock} is held by process ${holderOf(lock) ?? '?'}` }, { file: lock });
  }
  try {
    return act();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A link to a file that has the process id in it already: no moment at which the lock is there and empty. */
function take(lock: string): boolean {
  const own = `${lock}.${process.pid}`;
  try {
    const fd = openSync(own, 'w', 0o600);
    writeSync(fd, String(process.pid));
    closeSync(fd);
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    giveUpDead(lock);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function giveUpDead(lock: string): void {
  const holder = holderOf(lock);
  if (holder === undefined || isAlive(holder)) return;
  const aside = `${lock}.dead.${process.pid}`;
  try {
    renameSync(lock, aside);
    // Another one may have taken it over between the two lines above: then it is put back.
    if (holderOf(aside) !== holder) linkSync(aside, lock);
  } catch {
    return;
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
