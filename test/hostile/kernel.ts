/** A real kernel with a good plugin, one that asks for verdicts, and hostile ones beside them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxLimits } from '@vp/schemas';
import { reasonOf, type Attributed, type Finding, type Level, type Logger, type PluginContext, type PreCommandCall } from '@vp/sdk';
import { createKernel, type Kernel } from '../../kernel/core/kernel.ts';
import { createSandbox, type Seams } from '../../sandbox/index.ts';
import type { Call, Line, Told } from './evidence.ts';
import type { Fixture } from './fixture.ts';
import { Network } from './network.ts';
import { EXTRA, layOut, type Variant } from './package.ts';
import type { Program } from './programs.ts';

/** What differs from an ordinary run. */
export interface RunOptions {
  /** Other seams than the fixture's own. */
  readonly seams?: (network: Network) => Seams;
  readonly limits?: SandboxLimits;
  /** Milliseconds that a hostile plugin may run without a pause, and for its setup. Default: the product's, and a short setup. */
  readonly patienceMs?: number;
  /** Default true: a good plugin runs beside. */
  readonly neighbour?: boolean;
}

export const NEIGHBOUR = 'good-neighbour';
const LEVELS: readonly Level[] = ['allow', 'ask', 'deny'];
const SETUP_MS = 4_000;
/** What the kernel would say without plugins, in turn. */
const BASES: readonly Level[] = ['allow', 'ask', 'allow', 'deny'];
const COMMANDS = ['ls', 'npm test', 'rm -rf /srv/data', 'git status'];

const worlds = ((globalThis as { vpHostile?: Map<string, (ctx: PluginContext) => void> }).vpHostile ??= new Map<
  string,
  (ctx: PluginContext) => void
>());
let count = 0;

/** Answered by the test's own plugin: refused while a hook runs, else judged as an agent's call. */
type Tools = { request(call: unknown): Promise<{ verdict: Level }> };

export class HostileKernel {
  readonly kernel: Kernel;
  readonly network = new Network();
  readonly told = new Map<string, Told[]>();
  readonly lines = new Map<string, Line[]>();
  /** Why plugins were not put in force. */
  readonly refusals = new Map<string, { readonly code: string; readonly message: string }>();
  readonly calls: Call[] = [];
  readonly #fixture: Fixture;
  readonly #id = `${process.pid}-${(count += 1)}`;
  readonly #names: string[] = [];
  #ctx: PluginContext | undefined;
  #firing = 0;

  constructor(
    fixture: Fixture,
    programs: readonly { readonly program: Program; readonly variant: Variant }[],
    { seams = () => ({}), limits = {}, neighbour = true, patienceMs }: RunOptions = {},
  ) {
    this.#fixture = fixture;
    worlds.set(this.#id, (ctx) => this.#join(ctx));
    this.#writeHelpers();
    const slices = patienceMs === undefined ? {} : { loadMs: patienceMs, sliceMs: patienceMs };
    const hostile = programs.map(({ program, variant }) => {
      const use = layOut(fixture.root, program, variant);
      this.#names.push(use);
      return { use, grant: program.grant, limits: { ...slices, ...limits } };
    });
    const config = {
      plugins: [{ use: '../asker.ts', trust: 'kernel' as const }, ...(neighbour ? ['../neighbour.ts'] : []), ...hostile],
      deadlines: { setup: patienceMs ?? SETUP_MS, drain: 1_000, dispose: 1_000 },
      reload: { watch: false },
    };
    const all: Seams = {
      resolve: this.network.resolve,
      transport: this.network.transport,
      extra: { script: EXTRA, heard: (plugin, value) => this.#hear(plugin, value) },
      ...seams(this.network),
    };
    this.kernel = createKernel(config, {
      home: fixture.home,
      baseDir: fixture.data,
      env: fixture.env,
      log: (plugin) => this.#logger(plugin),
      runtime: (options) => Promise.resolve(createSandbox(options, all)),
    });
    void this.kernel.on('plugin-failed', ({ plugin, error }) => {
      this.refusals.set(plugin, { code: String((error as { code?: unknown }).code), message: reasonOf(error) });
    });
    fixture.arm();
  }

  /** Names of the hostile plugins, in the order given. */
  get names(): readonly string[] {
    return this.#names;
  }

  row(plugin: string): ReturnType<Kernel['status']>['plugins'][number] | undefined {
    return this.kernel.status().plugins.find((one) => one.name === plugin);
  }

  /** Whether a plugin has a say in tool calls. */
  guards(plugin: string): boolean {
    const row = this.row(plugin);
    return row?.state === 'active' && row.hooks['pre-command'] !== undefined;
  }

  /** Asks for a verdict, as an agent's session would. */
  async ask(turn: number): Promise<Call> {
    const command = COMMANDS[turn % COMMANDS.length] ?? 'ls';
    const base = BASES[turn % BASES.length] ?? 'ask';
    const call = await this.#judge(`call-${turn}`, command, base);
    this.calls.push(call);
    return call;
  }

  async stop(): Promise<void> {
    await this.kernel.stop();
    worlds.delete(this.#id);
  }

  async #judge(id: string, command: string, base: Level): Promise<Call> {
    const guards = this.#names.filter((name) => this.guards(name));
    const session = { id: 'session-1', orchestrator: 'test', cwd: '/srv', charterHash: 'none' };
    const payload: PreCommandCall = { id, at: Date.now(), session, tool: 'Bash', input: { command } };
    this.#firing += 1;
    try {
      const findings = await this.#asker.fire('pre-command', payload);
      const guarded = guards.length > 0 && guards.every((name) => this.guards(name));
      return { id, command, base, findings, verdict: highest(base, findings), guarded };
    } catch (error) {
      return { id, command, base, findings: [], verdict: base, guarded: false, error: String(error) };
    } finally {
      this.#firing -= 1;
    }
  }

  get #asker(): PluginContext {
    if (this.#ctx === undefined) throw new Error('the asking plugin has not been set up');
    return this.#ctx;
  }

  #join(ctx: PluginContext): void {
    this.#ctx = ctx;
    const method = { sandbox: 'tools:request', params: [{ type: 'object' }] };
    const ref = { $$type: 'vp.service' as const, id: 'tools', version: 1, methods: { request: method }, events: [] };
    ctx.provide<Tools, object>(ref, {
      request: async (call) => {
        const command = String((call as { command?: unknown }).command);
        if (this.#firing > 0) throw new Error('refused while a hook runs');
        return { verdict: (await this.#judge(`own-${this.calls.length}`, command, 'ask')).verdict };
      },
    });
  }

  #hear(plugin: string, value: unknown): void {
    const said = this.told.get(plugin) ?? [];
    this.told.set(plugin, said);
    said.push(toldOf(value));
  }

  #logger(plugin: string): Logger {
    const to =
      (level: string) =>
      (first: object | string, message = ''): void => {
        const said = this.lines.get(plugin) ?? [];
        this.lines.set(plugin, said);
        const text = typeof first === 'string' ? first : `${JSON.stringify(first)} ${message}`;
        said.push({ level, text, isGuests: !isKernels(first, message) });
      };
    return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  }

  #writeHelpers(): void {
    const write = (name: string, text: string): void => writeFileSync(join(this.#fixture.root, name), text);
    write(
      'asker.ts',
      `export default { name: 'asker', fires: ['pre-command'], provides: ['tools@1'], setup(ctx) { globalThis.vpHostile.get('${this.#id}')(ctx); } };\n`,
    );
    write(
      'neighbour.ts',
      `import { definePlugin, deny } from '@vp/sdk';
export default definePlugin({
  name: '${NEIGHBOUR}',
  hooks: {
    'pre-command': {
      order: 'pre',
      handler(call) {
        if (String(call.input['command']).startsWith('rm ')) return deny('rm is not for agents');
        return undefined;
      },
    },
  },
});
`,
    );
  }
}

export function highest(base: Level, findings: readonly Attributed<Finding>[]): Level {
  const rank = Math.max(LEVELS.indexOf(base), ...findings.map((finding) => LEVELS.indexOf(finding.level)));
  return LEVELS[rank] ?? 'deny';
}

/** Whether one level is at least another. */
export function isAtLeast(level: Level, other: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(other);
}

/** What the kernel and the sandbox say about a plugin goes to the same logger as what it says itself. */
function isKernels(first: object | string, message: string): boolean {
  if (typeof first === 'string') return /could not be ended|did not end in time|the scope/.test(first);
  return Object.hasOwn(first, 'error') || Object.hasOwn(first, 'ms') || /^(?:on |a tap |a timer|calls were)/.test(message);
}

function toldOf(value: unknown): Told {
  try {
    const [what, a, b] = JSON.parse(String(value)) as unknown[];
    return { what: String(what), a: String(a), b: String(b) };
  } catch {
    return { what: 'report', a: 'escaped', b: `nonsense on the way out: ${String(value).slice(0, 200)}` };
  }
}
