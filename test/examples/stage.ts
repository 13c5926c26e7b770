/** One plugin in the real kernel, in the kernel's own process or sandboxed, with everything that it does to be looked at. */
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PluginEntryObject } from '@vp/schemas';
import type { HookName, HookResults, HookTypes, Logger } from '@vp/sdk';
import { onTestFinished, vi } from 'vitest';
import { createKernel, type Kernel, type Outcome, type PluginStatus } from '../../kernel/bin/index.ts';
import { createSandbox, type Seams } from '../../sandbox/index.ts';
import { world, type World } from '../kernel/support.ts';

export type Tier = 'kernel' | 'sandboxed';
export const TIERS: readonly Tier[] = ['kernel', 'sandboxed'];

/** A line of the plugin's in the kernel's log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: object;
}

/** A request that has left the kernel. */
export interface Post {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface StageOptions {
  /** A folder, seen from examples/. */
  readonly example: string;
  /** What the config says beside `use` and `trust`. `grant` is left out where it means nothing. */
  readonly entry?: Omit<PluginEntryObject, 'use' | 'trust'>;
  /** Installed as a package, and named by that in the config. */
  readonly asPackage?: string;
  /** The file of the plugin in its folder. Default: that of the folder's name. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the one server there is answers. */
  readonly answer?: { readonly status: number; readonly type?: string; readonly body?: string };
  /** Another plugin, of kernel trust: a file of the same folder. */
  readonly beside?: string;
}

const EXAMPLES = join(import.meta.dirname, '../../examples');
const HOOKS: readonly HookName[] = ['pre-command', 'budget-check', 'on-crash', 'on-output', 'session-start', 'session-end', 'post-command'];
/** The machine is shared; how late an answer may be is tested elsewhere. */
const DEADLINES = { 'pre-command': 20_000, 'budget-check': 20_000, 'on-crash': 20_000 };

export class Stage {
  readonly lines: Line[] = [];
  readonly posts: Post[] = [];
  readonly kernel: Kernel;
  readonly #world: World = world();
  readonly #options: StageOptions;
  readonly #tier: Tier;

  constructor(tier: Tier, options: StageOptions) {
    this.#tier = tier;
    this.#options = options;
    const { example, asPackage, env = {}, entry = {} } = options;
    const folder = asPackage === undefined ? basename(example) : join('node_modules', asPackage);
    mkdirSync(this.path(dirname(folder)), { recursive: true });
    cpSync(join(EXAMPLES, example), this.path(folder), { recursive: true });
    this.#world.firer(...HOOKS);
    this.configure(entry);
    const runtime =
      tier === 'kernel' ? {} : { runtime: async (given: Parameters<typeof createSandbox>[0]) => createSandbox(given, this.#seams) };
    this.kernel = createKernel(this.path('vp.config.json'), { home: this.#home, env, log: (plugin) => this.#logger(plugin), ...runtime });
    this.#world.kernels.push(this.kernel);
  }

  /** In the folder of the config. */
  path(name: string): string {
    return join(this.#world.dir, 'project', name);
  }

  write(name: string, text: string): void {
    this.#world.write(join('project', name), text);
  }

  /** The text of the plugin's own file. */
  get source(): string {
    return readFileSync(this.path(this.#file), 'utf8');
  }

  set source(text: string) {
    this.write(this.#file, text);
  }

  /** Writes the config. */
  configure({ grant, ...entry }: Omit<PluginEntryObject, 'use' | 'trust'>): void {
    const use = this.#options.asPackage ?? `./${this.#file}`;
    const trust = this.#tier === 'kernel' ? { trust: 'kernel' } : grant === undefined ? {} : { grant };
    const { beside } = this.#options;
    const plugins = [
      { use: '../firer.ts', trust: 'kernel' },
      ...(beside === undefined ? [] : [{ use: `./${dirname(this.#file)}/${beside}`, trust: 'kernel' }]),
      { use, ...trust, ...entry },
    ];
    this.write('vp.config.json', JSON.stringify({ plugins, deadlines: DEADLINES, reload: { watch: false } }));
  }

  async start(): Promise<this> {
    // The kernel's own `fetch`, which a plugin of kernel trust is given as it is.
    vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => this.#fetch(url, init));
    onTestFinished(() => void vi.unstubAllGlobals());
    await this.kernel.start();
    return this;
  }

  fire<H extends HookName>(hook: H, payload: HookTypes[H]['payload']): HookResults[H] {
    return this.#world.fire(hook, payload);
  }

  /** Reloads the plugin. */
  async reload(): Promise<Outcome | undefined> {
    return (await this.kernel.reload(this.status.name))[0];
  }

  /** The plugin's row. */
  get status(): PluginStatus {
    const row = this.kernel.status().plugins.find(({ name }) => name !== 'firer' && `${name}.ts` !== this.#options.beside);
    if (row === undefined) throw new Error('the plugin is not there');
    return row;
  }

  /** Stops the kernel, and gives what the plugin has stored. */
  async stop(): Promise<unknown> {
    const { name } = this.status;
    await this.kernel.stop();
    const file = join(this.#home, 'kv', `${encodeURIComponent(name)}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  }

  get #home(): string {
    return join(this.#world.dir, '.home');
  }

  get #file(): string {
    const { example, asPackage, file = `${basename(example)}.ts` } = this.#options;
    return asPackage === undefined ? join(basename(example), file) : join('node_modules', asPackage, file);
  }

  #logger(plugin: string): Logger {
    const at =
      (level: string) =>
      (first: string | object, message = ''): void => {
        if (plugin !== this.status.name) return;
        // A sandboxed plugin's fields stand under one key, so that none of them passes for the kernel's.
        const given = typeof first === 'string' ? {} : first;
        const fields = 'fields' in given && typeof given.fields === 'object' && given.fields !== null ? given.fields : given;
        this.lines.push({ level, message: typeof first === 'string' ? first : message, fields: structuredClone(fields) });
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  /** Of the sandbox: a resolver with one public address, and no network behind it. */
  get #seams(): Seams {
    return {
      resolve: () => Promise.resolve(['93.184.216.34']),
      transport: ({ url, method, headers, body }) => {
        this.posts.push(postOf(url.href, method, headers, body));
        const { status, type, body: text } = this.#answer;
        const answered: [string, string][] = type === undefined ? [] : [['content-type', type]];
        return Promise.resolve({ status, statusText: '', headers: answered, body: text ?? '' });
      },
    };
  }

  #fetch(url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    this.posts.push(postOf(url, method, Object.fromEntries(new Headers(headers)), body as string | undefined));
    const { status, type, body: text = null } = this.#answer;
    return Promise.resolve(new Response(text, { status, ...(type === undefined ? {} : { headers: { 'content-type': type } }) }));
  }

  get #answer(): NonNullable<StageOptions['answer']> {
    return this.#options.answer ?? { status: 204 };
  }
}

function postOf(url: string, method: string, headers: Readonly<Record<string, string>>, body: string | undefined): Post {
  return { url, method, headers, body: body === undefined ? undefined : JSON.parse(body) };
}
