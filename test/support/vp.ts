/** The real `vp` in a place of its own: processes, state folder, desk (where it is run) and project (where sessions work). */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStatus, type StatusFile } from '../../kernel/service/status-file.ts';
import { linux } from '../../plugins/claude/platform/linux.ts';
import { agentHome, realAgent, repository, type AgentHome } from './api/index.ts';

const program = join(repository, 'kernel', 'bin', 'vp.js');

/** What is different for one process. */
export interface VpOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
}

/** How a process ended. */
export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess & { readonly pid: number };
  /** What it has written so far. */
  out(): string;
  err(): string;
  /** Resolves once a stream holds the text; rejects where the process ends without it. */
  says(text: string | RegExp, stream?: 'out' | 'err'): Promise<void>;
  readonly ended: Promise<Ran>;
}

/** The place. */
export interface Place extends AgentHome {
  /** The state folder. */
  readonly state: string;
  /** Where `vp` is run, with the config. */
  readonly desk: string;
  /** Runs `vp` to its end. */
  vp(args: readonly string[], options?: VpOptions): Promise<Ran>;
  /** Starts `vp`. */
  spawn(args: readonly string[], options?: VpOptions): Running;
  /** Starts the service and waits until it is ready. */
  service(options?: VpOptions & { readonly args?: readonly string[] }): Promise<Running>;
  /** Writes `vp.config.json` on the desk. */
  config(value: object): Promise<void>;
  /** Writes a file on the desk. Gives its path. */
  write(name: string, text: string): Promise<string>;
  status(): StatusFile | undefined;
  /** Waits until the status is so. */
  until(fits: (status: StatusFile) => boolean): Promise<StatusFile>;
}

/** Plugins of a kernel for sessions: the real agent, no calls analysed, quick to stop. */
export const SESSION_PLUGINS = [
  '@vp/store',
  '@vp/charter',
  ['@vp/claude', { bin: realAgent, withoutFacts: 'allow', canary: false, stop: { interruptMs: 500, eofMs: 500, termMs: 500 } }],
  ['@vp/pool', { minFreeMemoryMb: 0 }],
  '@vp/recovery',
  '@vp/gateway',
] as const;

/** Makes a place. `remove` ends every process that was started in it and deletes it. */
export async function place(apiUrl = 'http://127.0.0.1:9'): Promise<Place> {
  const agent = await agentHome(apiUrl);
  const { root } = agent;
  const state = join(root, 'state');
  const desk = join(root, 'desk');
  await mkdir(desk);
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  const started: Running[] = [];
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(desk, name), text);
    return join(desk, name);
  };
  const start: Place['spawn'] = (args, options = {}) => {
    const env = { ...agent.env, VP_HOME: state, NO_COLOR: '1', ...options.env };
    const run = follow(spawn(process.execPath, [program, ...args], { cwd: desk, ...options, env, stdio: ['ignore', 'pipe', 'pipe'] }));
    started.push(run);
    return run;
  };
  return {
    ...agent,
    state,
    desk,
    spawn: start,
    vp: (args, options) => start(args, options).ended,
    async service({ args = [], ...options } = {}) {
      const run = start(['start', ...args], options);
      await run.says(args.includes('--json') ? '"ready"' : 'vp ready');
      return run;
    },
    write,
    config: async (value) => void (await write('vp.config.json', JSON.stringify(value))),
    status: () => readStatus(state),
    async until(fits) {
      for (;;) {
        const status = readStatus(state);
        if (status && fits(status)) return status;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async remove() {
      for (const { child } of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await Promise.all(started.map((run) => run.ended));
      // Sessions outlive the kernel, also one that a failing test has left behind.
      for (const id of await readdir(join(state, 'sessions')).catch(() => [])) {
        for (const pid of linux.members(id, undefined)) end(pid);
      }
      await agent.remove();
    },
  };
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return; // it has ended by itself
  }
}

function follow(child: ChildProcess): Running {
  const text = { out: '', err: '' };
  const wakes = new Set<() => void>();
  const note = (stream: 'out' | 'err') => (chunk: string) => {
    text[stream] += chunk;
    for (const wake of wakes) wake();
  };
  child.stdout?.setEncoding('utf8').on('data', note('out'));
  child.stderr?.setEncoding('utf8').on('data', note('err'));
  const ended = once(child, 'close').then(([code, signal]): Ran => ({ code, signal, ...text }));
  if (child.pid === undefined) throw new Error('the process could not be started');
  return {
    child: child as Running['child'],
    out: () => text.out,
    err: () => text.err,
    ended,
    says(wanted, stream = 'out') {
      const has = (): boolean => (typeof wanted === 'string' ? text[stream].includes(wanted) : wanted.test(text[stream]));
      return new Promise((resolve, reject) => {
        const wake = (): void => {
          if (!has()) return;
          wakes.delete(wake);
          resolve();
        };
        wakes.add(wake);
        wake();
        void ended.then((ran) => has() || reject(new Error(`ended without saying ${String(wanted)}: ${JSON.stringify(ran)}`)));
      });
    },
  };
}
