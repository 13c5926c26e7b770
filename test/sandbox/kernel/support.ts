/** A world of the kernel's tests with the sandbox in it, and what is known of its processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PluginManifest, VpConfig } from '@vp/schemas';
import type { Attributed, Finding } from '@vp/sdk';
import { preCommand } from '@vp/sdk/testing';
import { expect } from 'vitest';
import type { Kernel, KernelOptions, PluginStatus } from '../../../kernel/bin/index.ts';
import { createSandbox, type Seams } from '../../../sandbox/index.ts';
import { hostProcesses } from '../../hostile/processes.ts';
import { world, type World } from '../../kernel/support.ts';
import type { Churned } from './churn-child.ts';

export { eventually, next } from '../../kernel/support.ts';
export { hostProcesses };

/** The error of a plugin that was refused. */
interface Refusal {
  readonly plugin: string;
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly hint?: string;
}

/** A line of the log. */
interface Line {
  readonly plugin: string;
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** Whether there is time for many repetitions. */
export const SOAK = process.env['VP_SOAK'] === '1';

/** Milliseconds of a run of `churn-child.ts`; for what never ends. */
export const CHURN_MS = SOAK ? 3_000_000 : 240_000;

/** In guests of these tests, `heard(text)` tells the test, whatever the guest may do. */
const EXTRA = '(post) => { globalThis.heard = post; }';
/** The machine is shared: how late an answer may be is tested elsewhere. */
export const DEADLINES = { 'pre-command': 20_000, 'pre-spawn': 20_000, 'budget-check': 20_000 };

export class Sandboxed {
  readonly world: World = world();
  /** What guests said by `heard`, with their plugin's name before it. */
  readonly heard: string[] = [];
  readonly refused: Refusal[] = [];
  readonly lines: Line[] = [];
  #kernel: Kernel | undefined;

  /** `ownModules`: `node_modules` is a folder of this world, into which packages can be put. Kernel plugins of the world find no package. */
  constructor({ ownModules = false }: { readonly ownModules?: boolean } = {}) {
    if (!ownModules) return;
    unlinkSync(this.world.path('node_modules'));
    mkdirSync(this.world.path('node_modules'));
    symlinkSync(join(import.meta.dirname, '../../../node_modules/@vp'), this.world.path('node_modules/@vp'));
  }

  /** Writes a plugin of one file that the config names without another word. `body`: of definePlugin, without the name. */
  file(name: string, body: string, head = ''): string {
    this.world.write(`${name}.ts`, source(name, body, head));
    return `./${name}.ts`;
  }

  /** Writes a package with a plugin.json. `body` is plain JavaScript. Gives its name. */
  pack(folder: string, manifest: PluginManifest, version: string, body: string): string {
    const { name } = manifest;
    const dir = join(folder, name);
    this.world.write(join(dir, 'package.json'), JSON.stringify({ name, version, type: 'module', main: 'index.js' }));
    this.world.write(join(dir, 'plugin.json'), JSON.stringify({ ...manifest, entry: 'index.js' }));
    this.world.write(join(dir, 'index.js'), `export default { name: ${JSON.stringify(name)}, ${body} };\n`);
    return name;
  }

  /** Starts a kernel with the real sandbox. */
  async start(config: VpConfig | string, options: KernelOptions = {}, seams: Seams = {}): Promise<Kernel> {
    const kernel = this.world.kernel(withDeadlines(config), {
      runtime: (given) =>
        Promise.resolve(createSandbox(given, { extra: { script: EXTRA, heard: (plugin, value) => this.#hear(plugin, value) }, ...seams })),
      log: (plugin) => this.#logger(plugin),
      ...options,
    });
    void kernel.on('plugin-failed', ({ plugin, error }) => void this.refused.push(refusalOf(plugin, error)));
    this.#kernel = kernel;
    await kernel.start();
    return kernel;
  }

  get kernel(): Kernel {
    if (this.#kernel === undefined) throw new Error('the kernel has not been started');
    return this.#kernel;
  }

  row(plugin: string): PluginStatus {
    const row = this.kernel.status().plugins.find((one) => one.name === plugin);
    if (row === undefined) throw new Error(`there is no plugin "${plugin}"`);
    return row;
  }

  /** Asks for a verdict on a command. */
  async ask(command = 'ls'): Promise<readonly Attributed<Finding>[]> {
    return this.world.fire('pre-command', preCommand({ input: { command } }));
  }

  /** The reasons of a verdict, each with its plugin. */
  async reasons(command = 'ls'): Promise<string[]> {
    return (await this.ask(command)).map(({ plugin, level, reason }) => `${plugin} ${level}: ${reason}`);
  }

  #hear(plugin: string, value: unknown): void {
    this.heard.push(`${plugin} ${String(value)}`);
  }

  #logger(plugin: string): Record<'debug' | 'info' | 'warn' | 'error', (first: object | string, message?: string) => void> {
    const to =
      (level: string) =>
      (first: object | string, message = ''): void => {
        const line = typeof first === 'string' ? { fields: {}, message: first } : { fields: first, message };
        this.lines.push({ plugin, level, ...line });
      };
    return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  }
}

/** The text of a plugin of one file. */
export function source(name: string, body: string, head = ''): string {
  return `import { allow, ask, definePlugin, deny } from '@vp/sdk';\n${head}\nexport default definePlugin({ name: ${JSON.stringify(name)}, ${body} });\n`;
}

/** A guard that refuses every command for this reason. */
export function refusing(reason: string): string {
  return `hooks: { 'pre-command': () => deny(${JSON.stringify(reason)}) }`;
}

function refusalOf(plugin: string, error: unknown): Refusal {
  const { code, message, file, hint } = error as Refusal;
  return { plugin, code, message, ...(file === undefined ? {} : { file }), ...(hint === undefined ? {} : { hint }) };
}

/** Process ids of the hosts of another process. Linux. */
export function hostsOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return children.filter(isHost);
}

/** Whether this process runs a host's program, and has not ended. */
export function isHost(pid: number): boolean {
  try {
    return /host\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

/** Runs `churn-child.ts` to its end, and gives what it printed. */
export async function churn(dir: string, mode: 'crashes' | 'reloads', times: number): Promise<Churned> {
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'churn-child.ts'), dir, mode, String(times)], {
    env: { HOME: dir, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CHURN_MS,
    killSignal: 'SIGKILL',
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Churned;
}

/** What a process that has done much of the same holds no more of than it held at first. */
export function expectNoGrowth({ marks, left }: Churned): void {
  expect(left).toBe(0);
  const [first, second, ...later] = marks;
  const last = later.at(-1);
  for (const what of ['fds', 'children', 'files'] as const) expect(last?.[what], what).toBeLessThanOrEqual(first?.[what] ?? 0);
  // Two fifths warm everything up. What the collector leaves for later differs by a few megabytes.
  expect(last?.heapMb).toBeLessThan(Math.max(first?.heapMb ?? 0, second?.heapMb ?? 0) + 4);
}

/** Ends a host from outside. */
export function killHost(pid = hostProcesses()[0]): void {
  if (pid === undefined) throw new Error('no host runs');
  process.kill(pid, 'SIGKILL');
}

function withDeadlines(config: VpConfig | string): VpConfig | string {
  return typeof config === 'string' ? config : { deadlines: DEADLINES, reload: { watch: false }, ...config };
}
