/** Watches one host from the kernel: memory, processor, silence, lateness. It is awake while something goes on, and else looks rarely. */
import type { KillReason } from '../kills.ts';
import type { Limits } from '../limits.ts';
import { Heartbeat } from './heartbeat.ts';
import { findingOf, lateSince } from './lateness.ts';
import type { Operation, Operations } from './operations.ts';
import { Unasked } from './unasked.ts';
import type { Sample, Usage } from './usage.ts';

/** The host, as far as it is watched. */
export interface Watched {
  readonly limits: Limits;
  readonly operations: Operations;
  readonly usage: Usage;
  /** Whether the guest may wake up by itself. */
  readonly timers: boolean;
  readonly ping: (id: number) => void;
  readonly kill: (reason: KillReason, detail: string) => void;
  /** An operation is late; whoever waits for it is told. */
  readonly late: (operation: Operation) => void;
}

/** A resizable buffer grows by a gigabyte within a second. */
const SAMPLE_MS = 10;
const SLOW_MS = 1_000;
/** A guest with timers may begin to run at any time. */
const SLOW_WITH_TIMERS_MS = 250;
const AFTER_MS = 100;
/** A tick that comes later than this was held by the kernel itself. */
const HELD_MS = 100;
const SOON_MS = 5;
const STRIKES_MS = 600_000;
const MB = 1024 * 1024;

export class Watchdog {
  readonly heartbeat: Heartbeat;
  readonly #watched: Watched;
  readonly #unasked: Unasked;
  #timer: NodeJS.Timeout | undefined;
  #planned = 0;
  #fast = false;
  #awakeUntil = 0;
  #asked = true;
  #before: { readonly at: number; readonly cpuMs: number } | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** When a reply or an event was last given to the guest, which may take a slice of its own for it. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #strikes: number[] = [];
  #skipped = false;
  #stopped = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#unasked = new Unasked(watched.limits.cpuMs);
    this.heartbeat = new Heartbeat((id) => watched.ping(id));
  }

  /** Something begins: an operation, a reply, a message from the guest. */
  wake(): void {
    this.#awakeUntil = performance.now() + AFTER_MS;
    if (!this.#fast) this.#plan(SAMPLE_MS);
  }

  /** An operation was opened. */
  opened(): void {
    this.#asked = true;
    this.wake();
  }

  /** The guest said something. */
  heard(): void {
    this.#heardAt = performance.now();
    this.wake();
  }

  /** The guest was told something that is not an operation. */
  told(): void {
    this.#toldAt = performance.now();
    this.wake();
  }

  /** Ends the watch for good. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#fast = ms <= SAMPLE_MS;
    this.#planned = performance.now() + ms;
    this.#timer = setTimeout(() => this.#tick(), ms);
    this.#timer.unref();
  }

  #tick(): void {
    const now = performance.now();
    const heldMs = now - this.#planned;
    if (heldMs > HELD_MS) this.heartbeat.forgive(heldMs);
    // What the host has said in the meantime is read first; then it is judged, even by a kernel that is held all the time.
    this.#skipped = heldMs > HELD_MS && !this.#skipped;
    if (this.#skipped) return this.#plan(SOON_MS);
    const sample = this.#watched.usage.read();
    if (sample !== undefined) this.#look(now, sample);
    this.#tellLate(now, sample?.cpuMs ?? Number.NaN);
    this.#planNext(now);
  }

  #planNext(now: number): void {
    const active = this.#watched.operations.active.length > 0 || this.heartbeat.waits || now < this.#awakeUntil;
    if (active) return this.#plan(SAMPLE_MS);
    this.#plan(this.#watched.timers ? SLOW_WITH_TIMERS_MS : SLOW_MS);
  }

  #look(now: number, sample: Sample): void {
    const { limits, operations, kill } = this.#watched;
    const megabytes = Math.round(sample.rssBytes / MB);
    if (megabytes > limits.processMb) return kill('memory', `${megabytes} MB of ${limits.processMb}`);
    this.#lookAtCpu(now, sample);
    const oldest = operations.active.find((one) => one.kind !== 'start');
    if (oldest !== undefined) this.heartbeat.ask(now, now - oldest.since, sample.cpuMs);
    const silent = this.heartbeat.silentMs(now, sample);
    if (silent !== undefined) return kill('heartbeat', `no answer for ${Math.round(silent)} ms`);
    for (const operation of operations.active) this.#judge(operation, now, sample);
  }

  /** Only stretches in which nothing was open at any time count: in others it did what was asked of it, within a slice's limit. */
  #lookAtCpu(now: number, sample: Sample): void {
    const before = this.#before;
    this.#before = { at: now, cpuMs: sample.cpuMs };
    const asked = this.#asked;
    this.#asked = this.#watched.operations.active.length > 0;
    if (asked || before === undefined) return;
    const over = this.#unasked.add(sample.cpuMs - before.cpuMs, now - before.at);
    if (over === undefined) return;
    this.#watched.kill('cpu', `${over.cpuMs} ms of processor time within ${Math.round(over.passedMs)} ms in which nothing was asked of it`);
  }

  #tellLate(now: number, cpuMs: number): void {
    for (const operation of this.#watched.operations.active) {
      if (operation.state !== 'open' || now < operation.due) continue;
      operation.state = 'late';
      operation.lateness = lateSince(now, cpuMs);
      this.#watched.late(operation);
    }
  }

  #judge(operation: Operation, now: number, sample: Sample): void {
    const { lateness } = operation;
    if (lateness === undefined) return;
    if (this.#othersMayRun(operation, now)) {
      operation.lateness = lateSince(now, sample.cpuMs);
      return;
    }
    const finding = findingOf({ ...operation, lateness }, now, sample, this.#heardAt, () => this.#watched.usage.runnable());
    if (finding === 'unknown') return;
    if (finding === 'spinning') {
      return this.#watched.kill('cpu', `${operation.what} took longer than ${operation.ms} ms and could not be interrupted`);
    }
    this.#strike(operation, now);
  }

  /** Slices run one after the other: what came earlier, and still has its time, may be what this one waits for. */
  #othersMayRun(operation: Operation, now: number): boolean {
    const { operations, limits } = this.#watched;
    if (this.#toldAt <= operation.due && now < this.#toldAt + limits.sliceMs) return true;
    return operations.active.some((one) => one.state === 'open' && one.since <= operation.due);
  }

  #strike(operation: Operation, now: number): void {
    const what = `${operation.what} was not answered within ${operation.ms} ms`;
    if (operation.kind === 'load') return this.#watched.kill('deadline', what);
    this.#strikes = [...this.#strikes.filter((at) => now - at < STRIKES_MS), now];
    if (this.#strikes.length > 1) return this.#watched.kill('deadline', `${what}, which is the second time`);
    this.#watched.operations.judge(operation);
  }
}
