/** One host: a process with one generation of one plugin in it, as the kernel sees it. */
import { reasonOf } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import type { HostEnd, KillReason } from '../kills.ts';
import type { FromGuest, GuestOp, ToGuest, ToHost } from '../protocol.ts';
import { Channel } from './channel.ts';
import { hostCommand, type HostCommand } from './command.ts';
import { failed, killed, outOfMemory } from './failure.ts';
import { Intake } from './intake.ts';
import { Opening } from './opening.ts';
import { Operations, type Asked, type Operation } from './operations.ts';
import type { HostSettings } from './settings.ts';
import { hostStarts } from './starts.ts';
import { usageOf, type Usage } from './usage.ts';
import { Watchdog } from './watchdog.ts';

const START_MS = 10_000;
/** A slice of the isolate that is shorter than this may break it. */
const LEAST_SLICE_MS = 50;
/** A character of a message may take six in the host's line. */
const LINE_FACTOR = 6;
const LINE_EXTRA = 65_536;
const WAITING_BYTES = 16 * 1024 * 1024;
const DETAIL_CHARS = 300;

export class HostProcess {
  /** Resolves once the process is gone. Never rejects. */
  readonly ended: Promise<HostEnd>;
  readonly #settings: HostSettings;
  readonly #channel: Channel;
  readonly #intake: Intake;
  readonly #usage: Usage;
  readonly #watchdog: Watchdog;
  readonly #operations = new Operations();
  readonly #gone = Promise.withResolvers<HostEnd>();
  readonly #giveUp = (): void => this.#stop({ reason: undefined, detail: 'it was given up' });
  readonly #opening: Opening;
  #ending = false;
  /** Set before the process is gone: nothing is delivered from then on. */
  #end: HostEnd | undefined;

  private constructor(settings: HostSettings, command: HostCommand) {
    this.#settings = settings;
    this.ended = this.#gone.promise;
    const kill = (reason: KillReason, detail: string): void => this.kill(reason, detail);
    this.#intake = new Intake(settings, {
      host: (message) => this.#opening.hear(message),
      answer: (message) => this.#answer(message),
      heard: () => this.#heard(),
      kill,
    });
    this.#opening = new Opening({
      settings,
      operations: this.#operations,
      kill,
      stop: (end) => this.#stop(end),
      pong: (id) => this.#watchdog.heartbeat.hear(id),
    });
    this.#channel = new Channel(command, LINE_FACTOR * settings.limits.messageBytes + LINE_EXTRA, {
      line: (text) => this.#line(text),
      overflow: () => this.kill('messages', 'a message without an end'),
      gone: (how) => this.#finish(how),
    });
    this.#usage = usageOf(this.pid);
    this.#watchdog = new Watchdog({
      limits: settings.limits,
      operations: this.#operations,
      usage: this.#usage,
      timers: settings.boot.may.timers,
      ping: (id) => this.#write({ t: 'ping', id }),
      kill,
      late: (operation) => this.#late(operation),
    });
    settings.signal?.addEventListener('abort', this.#giveUp, { once: true });
    if (settings.signal?.aborted === true) this.#giveUp();
  }

  /**
   * Starts a process and evaluates the plugin's module in it. Where this throws, the process is gone.
   * @throws VP_SANDBOX_START, VP_SANDBOX_FAILED where the module threw (`cause` is its error), VP_SANDBOX_KILLED
   */
  static async start(settings: HostSettings): Promise<HostProcess> {
    const command = await hostCommand(settings.plugin, settings.home, settings.seams?.host);
    const host = await hostStarts.run(() => HostProcess.#up(settings, command));
    try {
      await host.#load();
    } catch (error) {
      await host.ended;
      throw error;
    }
    return host;
  }

  /** 0 where it could not be started. */
  get pid(): number {
    return this.#channel.pid ?? 0;
  }

  /** Whether the guest can be asked. */
  get isUsable(): boolean {
    return this.#opening.isLive && !this.#ending && !this.#end;
  }

  /**
   * Asks the guest, and waits no longer than `ms`.
   * @throws VP_SANDBOX_LATE, VP_SANDBOX_FAILED with the guest's error as `cause`, VP_SANDBOX_KILLED, VP_SANDBOX_PAYLOAD
   */
  async call(op: GuestOp, what: string, ms: number): Promise<unknown> {
    if (this.#ending) throw killed(this.#settings.plugin, { reason: undefined, detail: 'it is being ended' });
    return this.#ask(op, { kind: 'call', what, ms });
  }

  /** Tells the guest something that it does not answer. An event that is too long is dropped and counted, a reply becomes an error. */
  send(message: ToGuest): void {
    if (this.#end) return;
    const { limits } = this.#settings;
    const text = JSON.stringify(message);
    const bytes = Buffer.byteLength(text);
    if (bytes <= limits.payloadBytes) {
      this.#watchdog.told();
      return this.#write({ t: 'guest', text, ms: limits.sliceMs });
    }
    if (message.k !== 'reply' || !message.ok) return this.#settings.onDropped({ messages: 1, logs: 0 });
    const error = { code: 'VP_SANDBOX_LIMIT', message: `the answer is ${bytes} bytes, more than ${limits.payloadBytes}` };
    this.send({ k: 'reply', id: message.id, ok: false, error });
  }

  /** Asks the guest to dispose of what it owns, waits no longer than `ms`, then ends the process. */
  async end(ms: number): Promise<HostEnd> {
    if (this.#ending || this.#end) return this.ended;
    this.#ending = true;
    let detail = 'asked to';
    try {
      await this.#ask({ op: 'dispose' }, { kind: 'dispose', what: 'dispose', ms });
    } catch (error) {
      detail = `asked to; ${reasonOf(error)}`;
    }
    this.#stop({ reason: undefined, detail });
    return this.ended;
  }

  /** Ends the process at once. Only the first reason counts. */
  kill(reason: KillReason, detail: string): void {
    this.#stop({ reason, detail });
  }

  /** Null where the process is gone or nothing is known. */
  figures(): { readonly memoryBytes: number | null; readonly cpuMs: number | null } {
    const sample = this.#end ? undefined : this.#usage.read();
    return { memoryBytes: sample?.rssBytes ?? null, cpuMs: sample?.cpuMs ?? null };
  }

  static async #up(settings: HostSettings, command: HostCommand): Promise<HostProcess> {
    const { plugin, startMs = START_MS } = settings;
    let host: HostProcess | undefined;
    try {
      const made = new HostProcess(settings, command);
      host = made;
      await made.#open(() => made.#opening.starting(startMs));
      return made;
    } catch (error) {
      const why = host === undefined ? reasonOf(error) : (await host.ended).detail;
      throw sandboxError('VP_SANDBOX_START', { plugin, why }, { plugin, cause: error });
    }
  }

  async #load(): Promise<void> {
    const { limits, prelude, code, file, boot, seams } = this.#settings;
    const extra = seams?.extra?.script;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    this.#write({ t: 'init', limits, prelude, code, file, boot, timeZone, ...(extra !== undefined && { extra }) });
    // Its answer says when the module's own time begins.
    this.#watchdog.heartbeat.ask(performance.now(), Number.POSITIVE_INFINITY, 0);
    await this.#open(() => this.#opening.loading());
  }

  async #open(step: () => Promise<unknown>): Promise<void> {
    if (this.#end) throw killed(this.#settings.plugin, this.#end);
    const done = step();
    this.#watchdog.opened();
    await done;
  }

  async #ask(op: GuestOp, asked: Asked): Promise<unknown> {
    const { plugin, limits } = this.#settings;
    const text = JSON.stringify(op);
    const bytes = Buffer.byteLength(text);
    if (bytes > limits.payloadBytes) throw sandboxError('VP_SANDBOX_PAYLOAD', { plugin, bytes, limit: limits.payloadBytes }, { plugin });
    if (this.#end) throw killed(plugin, this.#end);
    const { operation, answer } = this.#operations.open(asked);
    this.#watchdog.opened();
    const ms = Math.max(LEAST_SLICE_MS, op.op === 'tap' ? asked.ms : Math.min(asked.ms, limits.sliceMs));
    this.#write({ t: 'guest', text: `{"k":"call","id":${operation.id},"op":${text}}`, ms });
    return answer;
  }

  #write(message: ToHost): void {
    this.#channel.write(JSON.stringify(message));
    const most = Math.max(WAITING_BYTES, 4 * this.#settings.limits.payloadBytes);
    if (message.t === 'init' || this.#channel.waitingBytes <= most) return;
    this.kill('heartbeat', `it leaves ${Math.round(this.#channel.waitingBytes / 1024 / 1024)} MB unread`);
  }

  #line(text: string): boolean {
    if (!this.#end) this.#intake.line(text);
    return this.#end === undefined;
  }

  #heard(): boolean {
    this.#watchdog.heard();
    return this.#opening.hasGuest;
  }

  #answer(message: FromGuest & { k: 'ret' }): boolean {
    if (this.#opening.isStep(message.id)) return false;
    const operation = this.#operations.take(message.id);
    if (operation === undefined) return false;
    if (message.ok) operation.resolve(message.value);
    else operation.reject(failed(this.#settings, message.error));
    return true;
  }

  #late(operation: Operation): void {
    const { plugin } = this.#settings;
    const { kind, what, ms } = operation;
    if (kind === 'start') return this.kill('heartbeat', `it was not up within ${ms} ms`);
    if (kind !== 'load') operation.reject(sandboxError('VP_SANDBOX_LATE', { plugin, what, ms }, { plugin }));
  }

  #stop(end: HostEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#settings.signal?.removeEventListener('abort', this.#giveUp);
    this.#watchdog.stop();
    this.#operations.rejectAll(killed(this.#settings.plugin, end));
    this.#channel.kill();
  }

  #finish(how: string): void {
    const said = this.#channel.tail.slice(-DETAIL_CHARS);
    const reason = outOfMemory(this.#channel.tail) ? 'memory' : 'crash';
    const end: HostEnd = this.#end ?? { reason, detail: said === '' ? how : `${how}: ${said}` };
    this.#stop(end);
    this.#usage.close();
    this.#gone.resolve(end);
  }
}
