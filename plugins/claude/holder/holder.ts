/** Starts holders and reads what they record. */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { readText, type SessionFolder } from './folder.ts';

const SCRIPT = join(import.meta.dirname, 'holder.sh');
/** Looked at beside the watch, which may miss a change. */
const LOOK_MS = 100;

/** A process, named beyond doubt within one boot. */
export interface ProcessName {
  readonly pid: number;
  readonly start: string;
}

/** How an agent ended, as the holder saw it. */
export interface Exit {
  readonly status: number;
}

/** What a holder is started with. */
export interface HolderStart {
  readonly folder: SessionFolder;
  readonly id: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts a holder in its own process session and waits until it has recorded the agent's process.
 * @throws Error where the holder ends before it has.
 */
export async function startHolder(start: HolderStart): Promise<ProcessName> {
  const { folder } = start;
  const child = spawn('/bin/sh', [SCRIPT, folder.root, start.id, ...start.argv], {
    cwd: start.cwd,
    env: start.env,
    detached: true,
    stdio: 'ignore',
  });
  const ended = new Promise<Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) => resolve(new Error(`the holder ended (${signal ?? code}): ${readText(folder.err)?.trim() ?? ''}`)));
  });
  child.unref();
  return recorded(folder, ended);
}

/** Waits for the file `pid`. */
async function recorded(folder: SessionFolder, ended: Promise<Error>): Promise<ProcessName> {
  const { promise, resolve, reject } = Promise.withResolvers<ProcessName>();
  const look = (): void => {
    const name = readProcess(folder.pid);
    if (name !== undefined) resolve(name);
  };
  const watcher = watch(folder.root, look);
  const timer = setInterval(look, LOOK_MS);
  void ended.then((error) => {
    look();
    reject(error);
  });
  look();
  try {
    return await promise;
  } finally {
    watcher.close();
    clearInterval(timer);
  }
}

/** The process in the file `pid` or `holder`; undefined where there is none. */
export function readProcess(path: string): ProcessName | undefined {
  const [, pid, start] = /^(\d+) (.+)$/m.exec(readText(path) ?? '') ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start: start.trim() };
}

/** The file `exit`; undefined while there is none. */
export function readExit(folder: SessionFolder): Exit | undefined {
  const [, status] = /^(\d+) /.exec(readText(folder.exit) ?? '') ?? [];
  return status === undefined ? undefined : { status: Number(status) };
}
