/** One kernel a state folder. The lock is the file `kernel.pid`: three lines, PID, start time, boot. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelError, reasonOf } from '../core/errors.ts';
import { identityOf, isAlive, type Identity } from './identity.ts';

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

/** Takes the lock; gives how to let go of it. @throws VP_KERNEL_RUNNING */
export function lock(home: string): () => void {
  const file = join(home, 'kernel.pid');
  const me = identityOf(process.pid);
  if (me === undefined) throw kernelError('VP_HOME_UNUSABLE', { why: 'this process cannot identify itself' }, { file });
  const mine = `${file}.${process.pid}`;
  const text = `${me.pid}\n${me.start}\n${me.boot}\n`;
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    // A link is made whole or not at all, and never over another file.
    while (!link(mine, file)) removeStale(file);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (read(file) === text) rmSync(file, { force: true });
  };
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
    throw kernelError('VP_HOME_UNUSABLE', { why: reasonOf(error) }, { file: to, cause: error });
  }
}

/** Takes a dead kernel's lock away. @throws VP_KERNEL_RUNNING where it is not dead */
function removeStale(file: string): void {
  const text = read(file);
  const identity = parse(text);
  if (identity !== undefined && isAlive(identity)) throw kernelError('VP_KERNEL_RUNNING', { pid: identity.pid }, { file });
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else was faster
  }
  // Between reading and renaming, another kernel may have taken the stale lock's place: then it is put back.
  if (read(aside) !== text) link(aside, file);
  rmSync(aside, { force: true });
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
