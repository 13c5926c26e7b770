/**
 * One generation of a sandboxed plugin, as the kernel's plugin that it stands for: its process is kept alive, what the guest asks goes to
 * a broker, and each tap of the guest is a tap of the kernel whose handler asks the guest.
 */
import { manifestSchema } from '@vp/schemas';
import type { HookName, PluginContext, ServiceRef } from '@vp/sdk';
import { Broker } from './broker/broker.ts';
import { preludeSource } from './guest/index.ts';
import type { HostEnd, KillReason } from './kills.ts';
import type { ReadPlugin } from './load/read.ts';
import { mapStack } from './load/stack.ts';
import type { Landlord, Lease } from './lease.ts';
import { located } from './located.ts';
import { HostProcess } from './process/host-process.ts';
import { Supervisor } from './process/supervisor.ts';
import type { Boot, FromGuest } from './protocol.ts';
import { GuestTaps } from './taps.ts';

/** How long a guest may take to end what it owns. */
const DISPOSE_MS = 1_000;
/** How late its answer may be where nobody has set a deadline; how long it may run for that is `limits.sliceMs`. */
const ANSWER_MS = 10_000;
const ALL_HOOKS = manifestSchema.$defs.HookName.enum as HookName[];

export class Tenant {
  readonly #lease: Lease;
  readonly #ctx: PluginContext;
  readonly #landlord: Landlord;
  readonly #supervisor: Supervisor;
  readonly #taps: GuestTaps;
  #broker: Broker | undefined;
  #isActive = false;
  #isReady = false;
  #ending: Promise<void> | undefined;

  private constructor(lease: Lease, ctx: PluginContext, landlord: Landlord) {
    this.#lease = lease;
    this.#ctx = ctx;
    this.#landlord = landlord;
    const { restarts } = lease.seams;
    this.#supervisor = new Supervisor({
      plugin: lease.read.manifest.name,
      kills: landlord.kills,
      start: (signal) => this.#start(signal),
      onChange: () => landlord.changed(),
      onEnd: (end, waitMs) => this.#ended(end, waitMs),
      ...(restarts && { restarts }),
    });
    this.#taps = new GuestTaps({
      ctx,
      limits: lease.limits,
      supervisor: this.#supervisor,
      deadlineMs: (hook) => lease.deadlineMs(hook),
      failed: (error) => this.#located(error),
      onDropped: (count) => landlord.dropped('events', count),
    });
  }

  /** Starts the plugin's process and runs its setup. @throws why that failed; then nothing of it is left */
  static async setUp(lease: Lease, ctx: PluginContext, landlord: Landlord): Promise<Tenant> {
    const tenant = new Tenant(lease, ctx, landlord);
    landlord.began(tenant);
    ctx.own('its process', () => tenant.end());
    await tenant.#supervisor.begin();
    ctx.snapshot(() => tenant.#ask('snapshot'));
    ctx.onActivate(() => {
      tenant.#isActive = true;
      landlord.activated(tenant);
      tenant.#tell('activate');
    });
    ctx.onReady(() => {
      tenant.#isReady = true;
      tenant.#tell('ready');
    });
    return tenant;
  }

  /** Whether its process is not started any more. */
  get isOver(): boolean {
    return this.#supervisor.isOver;
  }

  figures(): { memoryBytes: number | null; cpuMs: number | null } {
    return this.#supervisor.current?.figures() ?? { memoryBytes: null, cpuMs: null };
  }

  /** Ends its process without asking it. */
  kill(reason: KillReason, detail: string): void {
    this.#broker?.close();
    this.#supervisor.kill(reason, detail);
  }

  /** Lets the guest end what it owns, then ends its process. Nothing of it is heard after. */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  #ended({ reason, detail }: HostEnd, waitMs: number | undefined): void {
    const { name } = this.#lease.read.manifest;
    const then = waitMs === undefined ? `is given up; \`vp reload ${name}\` tries it again` : `is started again after ${waitMs} ms`;
    this.#lease.warn({ reason, detail }, `the process of ${name} ended and ${then}`);
  }

  async #end(): Promise<void> {
    const ms = Math.min(DISPOSE_MS, this.#lease.deadlineMs('dispose'));
    await this.#looked(ms);
    await this.#supervisor.end(ms);
    this.#broker?.close();
    this.#taps.close();
    this.#landlord.ended(this);
  }

  /** One process: started, its module evaluated, its setup run. */
  async #start(signal: AbortSignal): Promise<HostProcess> {
    const { read, limits, home, seams } = this.#lease;
    let host: HostProcess | undefined;
    this.#broker?.close();
    this.#taps.forget();
    const broker = this.#makeBroker((message) => host?.send(message));
    this.#broker = broker;
    try {
      host = await HostProcess.start({
        plugin: read.manifest.name,
        home,
        limits,
        prelude: preludeSource(),
        code: read.bundle.code,
        file: fileOf(read),
        boot: this.#boot(),
        seams,
        signal,
        mapStack: (stack) => mapStack(stack, read.bundle, fileOf(read)),
        onMessage: (message) => this.#hear(broker, message),
        onDropped: ({ logs, messages }) => {
          this.#landlord.dropped('logs', logs);
          this.#landlord.dropped('messages', messages);
        },
      });
      await this.#setUp(host);
      return host;
    } catch (error) {
      broker.close();
      host?.kill('crash', 'its setup failed');
      throw this.#located(error);
    }
  }

  async #setUp(host: HostProcess): Promise<void> {
    await host.call({ op: 'setup' }, 'setup', this.#lease.deadlineMs('setup'));
    this.#taps.check();
    if (this.#isActive) await host.call({ op: 'activate' }, 'onActivate', ANSWER_MS);
    if (this.#isReady) await host.call({ op: 'ready' }, 'onReady', ANSWER_MS);
  }

  #makeBroker(send: (message: Parameters<HostProcess['send']>[0]) => void): Broker {
    const { read, permissions, limits, baseDir, seams, service } = this.#lease;
    const { name, needs = [], wants = [] } = read.manifest;
    const declared = new Set([...needs, ...wants]);
    const ref = (wanted: string): ServiceRef | undefined => (declared.has(wanted) ? service(wanted) : undefined);
    const onDropped = (what: 'logs' | 'events' | 'messages', count: number): void => this.#landlord.dropped(what, count);
    return new Broker({ plugin: name, permissions, limits, ctx: this.#ctx, baseDir, seams, ref, send, onDropped });
  }

  #hear(broker: Broker, message: Exclude<FromGuest, { k: 'ret' }>): void {
    switch (message.k) {
      case 'req':
        return broker.request(message);
      case 'log':
        return broker.log(message);
      case 'tap':
        return broker.mayTap(message.hook) ? this.#taps.add(message) : undefined;
      case 'untap':
        return this.#taps.remove(message.tap);
      case 'extra':
        return this.#lease.seams.extra?.heard(this.#lease.read.manifest.name, message.value);
      default:
        return message satisfies never;
    }
  }

  #boot(): Boot {
    const { read, permissions, limits } = this.#lease;
    const { hooks = [], fs, net = [], env = [], kv = false, timers = false, log = false } = permissions;
    const { name, needs = [], wants = [] } = read.manifest;
    const values = env.flatMap((variable) => {
      const value = this.#ctx.env.get(variable);
      return value === undefined ? [] : [[variable, value] as const];
    });
    const services = [...needs, ...wants].filter((service) => {
      const ref = this.#lease.service(service);
      return ref !== undefined && this.#ctx.has(ref);
    });
    const { previous } = this.#ctx;
    return {
      name,
      config: this.#ctx.config,
      previous: previous === undefined ? null : { version: previous.version, state: previous.state },
      env: Object.fromEntries(values),
      may: { hooks, timers, log, kv, fs: fs !== undefined, net: net.length > 0 },
      services,
      declared: [...needs, ...wants],
      hooks: ALL_HOOKS,
      limits: { timers: limits.timers, messageBytes: limits.messageBytes, inFlight: limits.inFlight },
    };
  }

  /** The guest hears what was said before it is asked for its state or ended, as far as that takes no longer than `ms`. */
  async #looked(ms: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, ms);
    await Promise.race([this.#taps.looked(), late.promise]);
    clearTimeout(timer);
  }

  async #ask(op: 'snapshot'): Promise<unknown> {
    await this.#looked(ANSWER_MS);
    return this.#supervisor.call({ op }, op, ANSWER_MS);
  }

  #tell(op: 'activate' | 'ready'): void {
    this.#supervisor.call({ op }, op, ANSWER_MS).catch((error: unknown) => {
      this.#ctx.log.error({ error: String(this.#located(error)) }, `on ${op}`);
    });
  }

  #located(error: unknown): unknown {
    return located(error, this.#lease.read.manifest.name);
  }
}

/** The name of the plugin's code in stack traces. */
function fileOf(read: ReadPlugin): string {
  return `${read.manifest.name}.js`;
}
