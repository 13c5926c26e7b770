/** Commands against a kernel with the real plugins and a made-up or the real agent, in this process. */
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@vp/kernel';
import { pool, sessions, type Command, type CommandContext, type ServiceRef } from '@vp/sdk';
import { agentHome, realAgent, repository, type AgentHome } from '../../../support/api/index.ts';

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** A kernel and a place to work in. */
export interface Desk {
  readonly kernel: Kernel;
  readonly agent: AgentHome;
  /** Runs a command to its end. @throws what it throws */
  run(
    command: Command,
    args?: readonly string[],
    options?: Readonly<Record<string, unknown>>,
    more?: Partial<CommandContext>,
  ): Promise<Ran>;
  /** The same with `--json`: its lines, parsed. */
  json<T>(command: Command, args?: readonly string[], options?: Readonly<Record<string, unknown>>): Promise<T[]>;
  end(): Promise<void>;
}

/** What is different in a test. */
export interface DeskOptions {
  readonly bin?: string;
  readonly api?: string;
  readonly pool?: Readonly<Record<string, unknown>>;
  readonly recovery?: Readonly<Record<string, unknown>>;
  /** The argument of definePlugin, without the name, of a plugin with taps. */
  readonly taps?: string;
}

/** Starts a kernel. */
export async function desk({ bin = realAgent, api = 'http://127.0.0.1:9', taps = '', ...options }: DeskOptions = {}): Promise<Desk> {
  const agent = await agentHome(api);
  const folder = realpathSync(await mkdtemp(join(tmpdir(), 'vp-desk-')));
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'plugins'));
  writeFileSync(join(folder, 'plugins', 'taps.ts'), `export default { name: 'taps', ${taps} };\n`);
  const claude = { bin, canary: false, withoutFacts: 'allow', reserveMb: 0, stop: { interruptMs: 100, eofMs: 100, termMs: 100 } };
  const kernel = createKernel(
    {
      plugins: [
        '@vp/store',
        '@vp/charter',
        ['@vp/claude', claude],
        ['@vp/pool', { minFreeMemoryMb: 0, ...options.pool }],
        ...(options.recovery ? [['@vp/recovery', options.recovery] as [string, Record<string, unknown>]] : []),
        { use: './plugins/taps.ts', trust: 'kernel' },
      ],
      reload: { watch: false },
    },
    { home: join(folder, 'state'), baseDir: folder, env: agent.env },
  );
  await kernel.start();
  const run: Desk['run'] = async (command, args = [], given = {}, more = {}) => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await command({
      args,
      options: given,
      json: false,
      tty: false,
      cwd: agent.project,
      env: {},
      signal: new AbortController().signal,
      print: (line) => void out.push(line),
      warn: (line) => void err.push(line),
      use: ((ref: ServiceRef) => remote(kernel, ref)) as CommandContext['use'],
      ...more,
    });
    return { code, out, err };
  };
  return {
    kernel,
    agent,
    run,
    json: async <T>(command: Command, args?: readonly string[], given?: Readonly<Record<string, unknown>>) =>
      (await run(command, args, given, { json: true })).out.map((line) => JSON.parse(line) as T),
    async end() {
      const open = await kernel.use(pool).listSessions({ open: true });
      await Promise.all(open.map(({ requestId }) => kernel.use(pool).stopSession(requestId, true)));
      await Promise.all(
        kernel
          .use(sessions)
          .getActiveSessions()
          .map(({ sessionId }) => kernel.use(sessions).terminateSession(sessionId, false)),
      );
      await kernel.stop();
      await agent.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** Every method asynchronous, as over a wire. */
function remote(kernel: Kernel, ref: ServiceRef): object {
  const facade = kernel.use(ref) as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
  const methods = Object.keys(ref.methods).map((name) => [name, async (...args: unknown[]) => facade[name]?.(...args)]);
  return { ...Object.fromEntries(methods), on: facade['on'] };
}
