/**
 * The one place that acts for a sandboxed plugin. What it may do is decided by the settings of its broker alone, never by what a
 * message says of itself. Each request gets one answer; after `close` nothing is said any more.
 */
import type { Permissions } from '@vp/schemas';
import { reasonOf, type HookName, type PluginContext, type ServiceRef } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Capability, FromGuest, ToGuest } from '../protocol.ts';
import type { GuestFiles, Seams } from '../seams.ts';
import { guestFiles } from './files.ts';
import { Kv } from './kv.ts';
import { Lanes } from './lanes.ts';
import { GuestLog, type LogMessage } from './log.ts';
import { Net } from './net.ts';
import { beyond, denied, quoted, shownError, wrong } from './refuse.ts';
import { GuestServices } from './services.ts';
import { Turns } from './turns.ts';

/** What a broker acts for and by. */
export interface BrokerSettings {
  readonly plugin: string;
  /** In force, not merely asked for. */
  readonly permissions: Permissions;
  readonly limits: Limits;
  /** The kernel's context of this generation of the plugin. */
  readonly ctx: PluginContext;
  /** Where relative paths start, absolute. */
  readonly baseDir: string;
  readonly seams?: Seams;
  /** The contract of the service `id@major`, where there is one. */
  ref(name: string): ServiceRef | undefined;
  /** Hands a message to the guest; must not throw. */
  send(message: ToGuest): void;
  /** Absolute paths of files that it must not change whatever is granted, such as the config and the charters in force. */
  kept?(): readonly string[];
  /** Messages that were sent and not taken yet. Events are dropped while there are more than 1,000. Default: none wait. */
  waiting?(): number;
  /** Is told of log lines and events that were not handed on, because there was too much of them, or they were malformed. */
  onDropped?(what: 'logs' | 'events', count: number): void;
}

/** What a guest asks for. */
export type RequestMessage = Extract<FromGuest, { k: 'req' }>;

const MAX_WAITING = 1_000;
const MAX_ARGS = 3;
/** What was read is made text as soon as it is there: of too many at once the kernel would do nothing else for a while. */
const FILES_AT_ONCE = 4;

export class Broker {
  readonly #settings: BrokerSettings;
  readonly #files: GuestFiles;
  readonly #kv: Kv;
  readonly #net: Net;
  readonly #services: GuestServices;
  readonly #log: GuestLog;
  readonly #turns = new Turns();
  readonly #lanes = new Lanes(FILES_AT_ONCE);
  #inFlight = 0;
  #isClosed = false;

  constructor(settings: BrokerSettings) {
    const { plugin, permissions, limits, ctx, baseDir, seams } = settings;
    this.#settings = settings;
    const { read = [], write = [] } = permissions.fs ?? {};
    this.#files =
      seams?.files?.({ read, write }, baseDir) ??
      guestFiles({ baseDir, home: ctx.home, read, write, maxBytes: limits.bodyBytes, kept: () => settings.kept?.() ?? [] });
    this.#kv = new Kv(ctx.kv, `${ctx.home}\n${plugin}`, limits.kvBytes);
    this.#net = new Net({
      granted: permissions.net ?? [],
      sendBytes: limits.messageBytes,
      maxBytes: limits.bodyBytes,
      ms: limits.fetchMs,
      ...(seams === undefined ? {} : { seams }),
    });
    this.#services = new GuestServices({
      ctx,
      granted: permissions.services ?? [],
      ref: (name) => settings.ref(name),
      tell: (sub, payload) => this.#tell(sub, payload),
    });
    this.#log = new GuestLog(ctx.log, limits.logLines, () => settings.onDropped?.('logs', 1));
  }

  /** Requests that wait for their answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether the plugin may tap a hook. */
  mayTap(hook: HookName): boolean {
    return this.#settings.permissions.hooks?.includes(hook) ?? false;
  }

  /** Answers a request by `send`. Never throws. One without a number that can be answered is ignored. */
  request(message: RequestMessage): void {
    if (this.#isClosed || !Number.isSafeInteger(message.id)) return;
    const { inFlight } = this.#settings.limits;
    if (this.#inFlight >= inFlight) {
      this.#settings.send(this.#refusal(message.id, sandboxError('VP_SANDBOX_BUSY', { limit: inFlight }), ''));
      return;
    }
    this.#inFlight += 1;
    this.#handle(message).catch((error: unknown) => this.#settings.ctx.log.error({ error: reasonOf(error) }, 'an answer was not sent'));
  }

  /** Writes a log line of the plugin, where it may log. */
  log(message: LogMessage): void {
    if (!this.#isClosed && this.#settings.permissions.log === true) this.#log.write(message);
  }

  /** From here on nothing is sent; requests to the network and subscriptions are ended. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#net.close();
    this.#services.close();
    this.#kv.close();
  }

  async #perform({ cap, args }: RequestMessage): Promise<unknown> {
    const [first, second, third] = argsOf(args);
    switch (cap) {
      case 'kv.get':
      case 'kv.set':
      case 'kv.delete':
      case 'kv.keys':
        return await this.#stored(cap, first, second);
      case 'fs.readText':
        return await this.#file(() => this.#files.readText(first));
      case 'fs.writeText':
        return await this.#file(() => this.#files.writeText(first, second));
      case 'fs.list':
        return await this.#file(() => this.#files.list(first));
      case 'fetch':
        return await this.#fetch(first, second);
      case 'service.call':
        return await this.#services.call(first, second, third);
      case 'service.on':
        return this.#services.on(first, second, third);
      case 'service.off':
        return this.#services.off(first);
      default:
        throw wrong(`there is no request of the name ${quoted(typeof cap === 'string' ? (cap satisfies never) : typeof cap)}`);
    }
  }

  async #stored(cap: Extract<Capability, `kv.${string}`>, key: unknown, value: unknown): Promise<unknown> {
    if (this.#settings.permissions.kv !== true) {
      throw denied('storing values', 'add "kv": true to the permissions in the manifest, and to the grant in the config');
    }
    switch (cap) {
      case 'kv.get':
        return await this.#kv.get(key);
      case 'kv.set':
        return await this.#kv.set(key, value);
      case 'kv.delete':
        return await this.#kv.delete(key);
      case 'kv.keys':
        return await this.#kv.keys();
    }
  }

  /** Waits for its turn, which may not come before the end. */
  #file<T>(act: () => Promise<T>): Promise<T | undefined> {
    return this.#lanes.run(async () => (this.#isClosed ? undefined : await act()));
  }

  #fetch(url: unknown, init: unknown): Promise<unknown> {
    const { seams, permissions } = this.#settings;
    return seams?.fetch?.(url, init, permissions.net ?? []) ?? this.#net.fetch(url, init);
  }

  async #handle(message: RequestMessage): Promise<void> {
    const what = typeof message.cap === 'string' ? message.cap : 'the request';
    let reply: ToGuest;
    try {
      await this.#turns.take();
      const value = this.#isClosed ? undefined : await this.#perform(message);
      await this.#turns.take(); // to make text of it takes its time too
      reply = this.#fitting({ k: 'reply', id: message.id, ok: true, value }, what);
    } catch (error) {
      reply = this.#refusal(message.id, error, what);
    }
    this.#inFlight -= 1;
    if (!this.#isClosed) this.#settings.send(reply);
  }

  /** @throws VP_SANDBOX_LIMIT, TypeError for what is not JSON */
  #fitting(reply: ToGuest, what: string): ToGuest {
    const { payloadBytes } = this.#settings.limits;
    if (bytesOf(reply) <= payloadBytes) return reply;
    throw beyond(`the answer to ${what} is more than limits.payloadBytes (${payloadBytes} bytes)`);
  }

  #refusal(id: number, thrown: unknown, what: string): ToGuest {
    const error = shownError(thrown, what);
    // Within the plugin's own share of the log: it may know how to make requests fail.
    if (error.code === 'VP_REQUEST_FAILED' && !this.#isClosed) {
      this.#log.write({ k: 'log', level: 'error', fields: { error: reasonOf(thrown) }, message: `${what} of the plugin failed` });
    }
    return { k: 'reply', id, ok: false, error };
  }

  #tell(sub: number, payload: unknown): void {
    if (this.#isClosed) return;
    const message: ToGuest = { k: 'event', sub, payload };
    const waiting = this.#settings.waiting?.() ?? 0;
    if (waiting <= MAX_WAITING && bytesOf(message) <= this.#settings.limits.payloadBytes) this.#settings.send(message);
    else this.#settings.onDropped?.('events', 1);
  }
}

function argsOf(args: unknown): readonly unknown[] {
  if (!Array.isArray(args) || args.length > MAX_ARGS) throw wrong(`a request has a list of at most ${MAX_ARGS} arguments`);
  return args;
}

/** @throws TypeError for what is not JSON */
function bytesOf(message: ToGuest): number {
  return Buffer.byteLength(JSON.stringify(message));
}
