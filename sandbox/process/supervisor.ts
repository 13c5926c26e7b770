/** Keeps the host of one generation alive: starts it anew after an end that nobody asked for, a little later each time, and gives up. */
import { reasonOf } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import type { HostEnd, KillReason } from '../kills.ts';
import type { GuestOp } from '../protocol.ts';
import { endOf, killed } from './failure.ts';
import type { Kills } from './history.ts';
import type { HostProcess } from './host-process.ts';

/** What a supervisor is made with. */
export interface SupervisorOptions {
  readonly plugin: string;
  readonly kills: Kills;
  /** Starts a host that can be asked at once, setup included. `signal` gives it up: pass it on to `HostProcess.start`. */
  readonly start: (signal: AbortSignal) => Promise<HostProcess>;
  /** Called after a kill, a restart, quarantine. */
  readonly onChange: () => void;
  /** Hears of each end that nobody asked for, and after how many milliseconds a further start follows; undefined where none does. */
  readonly onEnd?: (end: HostEnd, waitMs: number | undefined) => void;
  /** Hears of what was only notified and failed. */
  readonly onFault?: (error: unknown) => void;
  /** Milliseconds before each restart; an end more within ten minutes is the last. */
  readonly restarts?: readonly number[];
}

const RESTARTS = [0, 1_000, 4_000];
const NOTIFY_MS = 5_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  #current: HostProcess | undefined;
  /** Settles when it is known whether there is a host again. */
  #next = Promise.withResolvers<void>();
  #last: HostEnd | undefined;
  #starting: Promise<void> | undefined;
  /** Of the start under way. */
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** The host that runs now. */
  get current(): HostProcess | undefined {
    return this.#current;
  }

  /** Whether no host is started any more. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Starts the first host. It is not tried again. @throws what `start` throws */
  async begin(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      this.#options.kills.record(endOf(error) ?? { reason: undefined, detail: reasonOf(error) });
      this.#close({ reason: undefined, detail: reasonOf(error) });
      throw error;
    }
  }

  /**
   * Asks the guest. While its host is started anew this waits, no longer than `ms` in all. An `op` that depends on the host is a
   * function, called once there is one.
   * @throws what `HostProcess.call` throws, VP_SANDBOX_QUARANTINED
   */
  async call(op: GuestOp | (() => GuestOp), what: string, ms: number): Promise<unknown> {
    const since = performance.now();
    const host = this.#current?.isUsable === true ? this.#current : await this.#host(ms);
    return host.call(typeof op === 'function' ? op() : op, what, Math.max(1, Math.ceil(ms - (performance.now() - since))));
  }

  /** Asks without waiting. What fails is told to `onFault`. */
  notify(op: GuestOp): void {
    this.call(op, op.op, NOTIFY_MS).catch((error: unknown) => this.#options.onFault?.(error));
  }

  /** Asks the host to end, waits no longer than `ms`, and ends it. No further one is started. */
  async end(ms: number): Promise<void> {
    const host = this.#current;
    this.#close({ reason: undefined, detail: 'asked to' });
    await host?.end(ms);
    await this.#starting?.catch(() => undefined);
  }

  /** Ends the host at once. After `revoked` no further one is started. */
  kill(reason: KillReason, detail: string): void {
    const host = this.#current;
    if (reason === 'revoked') {
      // Noted once: the end of a host that was closed before is nobody's matter any more.
      if (!this.#over) this.#options.kills.record({ reason, detail });
      this.#close({ reason, detail });
      this.#options.onChange();
    }
    host?.kill(reason, detail);
  }

  #start(): Promise<void> {
    this.#starting = this.#startOnce().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #startOnce(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const host = await this.#options.start(abort.signal).finally(() => {
      this.#abort = undefined;
    });
    if (this.#over) {
      await host.end(1);
      throw this.#unavailable();
    }
    this.#current = host;
    this.#next.resolve();
    void host.ended.then((end) => this.#ended(host, end));
  }

  #ended(host: HostProcess, end: HostEnd): void {
    if (this.#current !== host) return;
    this.#current = undefined;
    this.#next = Promise.withResolvers<void>();
    if (this.#over) return;
    if (end.reason === undefined) this.#close(end);
    else this.#again(end);
  }

  /** After an end that nobody asked for, or a restart that failed. */
  #again(end: HostEnd): void {
    const { kills, onChange, restarts = RESTARTS } = this.#options;
    this.#last = end;
    kills.record(end);
    const wait = restarts[kills.count() - 1];
    this.#options.onEnd?.(end, wait);
    if (wait === undefined) {
      kills.quarantine(end.reason ?? 'start', end.detail);
      this.#close(end);
    } else {
      this.#timer = setTimeout(() => void this.#restart(), wait);
    }
    onChange();
  }

  async #restart(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      if (!this.#over) this.#again(endOf(error) ?? { reason: undefined, detail: reasonOf(error) });
      return;
    }
    this.#options.onChange();
  }

  #close(end: HostEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#last = end;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#next.resolve();
  }

  /** Waits for a host that can be asked. One that is being ended is waited out first. */
  async #host(ms: number): Promise<HostProcess> {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), ms);
    try {
      while (!this.#over) {
        if (this.#current?.isUsable === true) return this.#current;
        if ((await Promise.race([this.#current?.ended ?? this.#next.promise, late.promise])) === 'late') break;
      }
    } finally {
      clearTimeout(timer);
    }
    throw this.#unavailable();
  }

  #unavailable(): Error {
    const { plugin, kills } = this.#options;
    const { quarantined } = kills;
    if (quarantined === undefined) return killed(plugin, this.#last ?? { reason: undefined, detail: 'it was not started in time' });
    const { count, reason } = quarantined;
    return sandboxError('VP_SANDBOX_QUARANTINED', { plugin, count, reason }, { plugin });
  }
}
