/** A folder with plugins and a config in it, kernels that run them, and a log of what the plugins said. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { VpConfig } from '@vp/schemas';
import type { HookName, HookResults, HookTypes } from '@vp/sdk';
import { afterEach, expect } from 'vitest';
import { createKernel, type Kernel, type KernelOptions } from '../../kernel/core/kernel.ts';
import type { KernelEvents } from '../../kernel/core/events.ts';

const root = join(import.meta.dirname, '../..');
const worlds: World[] = [];
let count = 0;

/** What plugins of a world write to: `said` in their code. */
const logs = ((globalThis as { vpTestLogs?: Map<string, unknown[]> }).vpTestLogs ??= new Map<string, unknown[]>());

afterEach(async () => {
  for (const one of worlds.splice(0)) await one.end();
});

/** A fresh folder, removed after the test with all its kernels stopped. */
export function world(): World {
  const made = new World();
  worlds.push(made);
  return made;
}

export class World {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'vp-kernel-')));
  readonly id = `world-${process.pid}-${(count += 1)}`;
  readonly said: unknown[] = [];
  readonly kernels: Kernel[] = [];

  constructor() {
    symlinkSync(join(root, 'node_modules'), join(this.dir, 'node_modules'));
    logs.set(this.id, this.said);
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** Writes a file in place. */
  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Saves as most editors do: a new file takes the place of the old one. */
  save(name: string, text: string): void {
    renameSync(this.write(`${name}~`, text), this.path(name));
  }

  /** Writes a plugin of one file; gives its entry in the config. `body` is the argument of definePlugin without the name. */
  plugin(name: string, body: string, head = ''): { use: string; trust: 'kernel' } {
    this.write(`${name}.ts`, this.source(name, body, head));
    return { use: `./${name}.ts`, trust: 'kernel' };
  }

  /** The text of a plugin; `said` appends to the log of this world. */
  source(name: string, body: string, head = ''): string {
    return [
      `import { allow, ask, definePlugin, defineService, deny } from '@vp/sdk';`,
      `const said = (...words: unknown[]) => void globalThis.vpTestLogs.get(${JSON.stringify(this.id)})?.push(...words);`,
      head,
      `export default definePlugin({ name: ${JSON.stringify(name)}, ${body} });`,
    ].join('\n');
  }

  /** A plugin through which the test fires hooks. */
  firer(...hooks: HookName[]): { use: string; trust: 'kernel' } {
    return this.plugin('firer', `fires: ${JSON.stringify(hooks)}, setup(ctx) { said({ fire: ctx.fire }); }`);
  }

  /** Fires a hook through the newest version of `firer`. */
  fire<H extends HookName>(hook: H, payload: HookTypes[H]['payload']): HookResults[H] {
    const found = this.said.findLast((one) => typeof one === 'object' && one !== null && 'fire' in one) as {
      fire: (h: H, p: unknown) => unknown;
    };
    return found.fire(hook, payload) as HookResults[H];
  }

  /** A kernel that is not started. The config is an object, or the name of a file in this folder. */
  kernel(config: VpConfig | string, options: KernelOptions = {}): Kernel {
    const source = typeof config === 'string' ? this.path(config) : config;
    const kernel = createKernel(source, { home: this.path('.home'), baseDir: this.dir, env: {}, ...options });
    this.kernels.push(kernel);
    return kernel;
  }

  /** A kernel that has started. */
  async start(config: VpConfig | string, options: KernelOptions = {}): Promise<Kernel> {
    const kernel = this.kernel(config, options);
    await kernel.start();
    return kernel;
  }

  async end(): Promise<void> {
    for (const kernel of this.kernels) await kernel.stop();
    logs.delete(this.id);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Resolves at the next event that fits. */
export function next<K extends keyof KernelEvents>(
  kernel: Kernel,
  event: K,
  fits: (payload: KernelEvents[K]) => boolean = () => true,
): Promise<KernelEvents[K]> {
  return new Promise((resolve) => {
    const undo = kernel.on(event, (payload) => {
      if (!fits(payload)) return;
      void undo();
      resolve(payload);
    });
  });
}

/** Tries again until nothing is thrown; the limit is only there for what never comes. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** What something throws; fails the test where it throws nothing. */
export async function thrown(
  act: () => unknown,
): Promise<Error & { code: string; file?: string; hint?: string; path?: string; plugin?: string }> {
  let result: unknown;
  try {
    result = await act();
  } catch (error) {
    return error as Error & { code: string };
  }
  return expect.fail(`nothing was thrown, but given: ${String(result)}`);
}

/** Runs a module in a Node of its own and gives what it printed. It must end by itself. */
export async function runNode(
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; signal: string | null; out: string; err: string }> {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'], HOME: cwd }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), 280_000);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (...end) => resolve(end));
  });
  clearTimeout(limit);
  return { code, signal, out, err };
}

/** The URL of a kernel's module, for code that runs in a process of its own. */
export function kernelUrl(module = 'core/kernel.ts'): string {
  return new URL(`../../kernel/${module}`, import.meta.url).href;
}
