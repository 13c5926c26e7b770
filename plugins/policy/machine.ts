/** What the analysis may know of this machine: links, the text of scripts, a few variables. The only file that reads the disk. */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { PolicyCall } from '@vp/sdk';
import type { AnalyseContext } from './types.ts';

const MAX_SCRIPT = 262_144;

/** Variables that a session has from the kernel's environment. Any other is one that cannot be told. */
const PASSED = new Set(['HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TMPDIR', 'TZ', 'TERM']);

/** What the machine is, apart from the call. */
export interface Machine {
  env(name: string): string | undefined;
  /** The state folder. */
  readonly vpHome: string;
  /** Further places of VP: config, plugins, charters; asked at each call. */
  readonly guarded: readonly string[];
}

/** The context in which a call is analysed. A folder that does not exist is taken by its words, and so is everything else then. */
export function contextFor({ cwd, charter, sessionId }: PolicyCall, machine: Machine): AnalyseContext {
  const isThere = existsSync(cwd);
  const home = machine.env('HOME') ?? homedir();
  return {
    home,
    env: (name) => (PASSED.has(name) ? machine.env(name) : undefined),
    resolvePath: isThere ? realParent : (path) => path,
    readScript: isThere ? readScript : () => undefined,
    isGuardedProcess: (pid) => isGuarded(pid, sessionId),
    vp: {
      home: machine.vpHome,
      guarded: charter !== undefined && isAbsolute(charter) ? [...machine.guarded, charter] : machine.guarded,
    },
  };
}

/**
 * The kernel and what started it, a holder, a process of another session. A session's own processes bear its mark; of one that cannot be
 * looked at nothing is known.
 */
function isGuarded(pid: number, sessionId: string | undefined): boolean {
  if (pid === process.pid || pid === process.ppid) return true;
  const mark = procFile(pid, 'environ').find((variable) => variable.startsWith('VP_SESSION='));
  if (mark !== undefined) return sessionId !== undefined && mark !== `VP_SESSION=${sessionId}`;
  return procFile(pid, 'cmdline').some((word) => word.endsWith('/holder.sh') || /\/bin\/(?:vp|vp\.js|main\.[jt]s)$/.test(word));
}

/** A list that the system keeps of a process; empty where there is none, or no `/proc`. */
function procFile(pid: number, name: 'environ' | 'cmdline'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** The path with links followed as far as it exists. */
function realParent(path: string): string {
  const rest: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), ...rest);
    } catch {
      if (dirname(at) === at) return path;
      rest.unshift(basename(at));
    }
  }
}

function readScript(path: string): string | undefined {
  let file: number | undefined;
  try {
    // Not blocking: the path may name a pipe that nobody writes to.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > MAX_SCRIPT) return undefined;
    const bytes = Buffer.alloc(stat.size);
    const length = readSync(file, bytes, 0, stat.size, 0);
    const text = bytes.toString('utf8', 0, length);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
