/** From the spawn to a guest that can be asked: what a host says of itself, and when it may say it. */
import type { HostEnd, KillReason } from '../kills.ts';
import type { FromHost } from '../protocol.ts';
import { failed } from './failure.ts';
import type { Asked, Operation, Operations } from './operations.ts';
import type { HostSettings } from './settings.ts';

/** What the host needs before the module's own time begins. */
const BEFORE_LOAD_MS = 2_000;
/** Characters of code that are compiled within a millisecond, on a slow machine. */
const COMPILED_PER_MS = 10_000;
const DETAIL_CHARS = 300;

/** What a host says that is no guest's. */
export type HostMessage = Exclude<FromHost, { t: 'guest' | 'dropped' }>;

/** What an opening acts on. */
export interface OpeningTools {
  readonly settings: HostSettings;
  readonly operations: Operations;
  readonly kill: (reason: KillReason, detail: string) => void;
  readonly stop: (end: HostEnd) => void;
  /** Takes the answer to a ping; false where there was none. */
  readonly pong: (id: number) => boolean;
}

export class Opening {
  #phase: 'starting' | 'up' | 'loading' | 'live' = 'starting';
  /** The start, then the load: the host itself answers them. */
  #step: Operation | undefined;
  readonly #tools: OpeningTools;

  constructor(tools: OpeningTools) {
    this.#tools = tools;
  }

  get isLive(): boolean {
    return this.#phase === 'live';
  }

  /** Whether there can be code of the guest's yet. */
  get hasGuest(): boolean {
    return this.#phase === 'loading' || this.#phase === 'live';
  }

  /** Resolves once the process says that it is up. */
  starting(ms: number): Promise<unknown> {
    return this.#wait({ kind: 'start', what: 'its start', ms });
  }

  /** Resolves once the module has been evaluated. Its own time is known to have begun when the first ping is answered. */
  loading(): Promise<unknown> {
    this.#phase = 'loading';
    const { loadMs } = this.#tools.settings.limits;
    return this.#wait({ kind: 'load', what: 'its module', ms: loadMs, allowedMs: BEFORE_LOAD_MS + this.#loadMs() });
  }

  /** Whether this is a step of the host's, which no guest can answer. */
  isStep(id: number): boolean {
    return this.#step?.id === id;
  }

  /** Takes what the host says. */
  hear(message: HostMessage): void {
    switch (message.t) {
      case 'up':
        return this.#phase === 'starting' ? this.#passed('up') : this.#confused(message.t);
      case 'loaded':
        return this.#phase === 'loading' ? this.#passed('live') : this.#confused(message.t);
      case 'failed':
        return this.#phase === 'loading' ? this.#failed(message) : this.#confused(message.t);
      case 'cut':
        return this.#cut(message.ms, message.stuck === true);
      case 'dead':
        return this.#tools.kill(message.reason, message.message.slice(0, DETAIL_CHARS));
      case 'pong':
        return this.#tools.pong(message.id) ? this.#answered() : this.#confused(message.t);
      default:
        return message satisfies never;
    }
  }

  /** A host that could not interrupt a slice says so. */
  #cut(ms: number, isStuck: boolean): void {
    if (!isStuck) return this.#tools.kill('deadline', `it ran for ${Math.round(ms)} ms without a pause`);
    this.#tools.kill('cpu', `it ran for ${Math.round(ms)} ms and could not be interrupted`);
  }

  #wait(asked: Asked): Promise<unknown> {
    const { operation, answer } = this.#tools.operations.open(asked);
    this.#step = operation;
    return answer;
  }

  #loadMs(): number {
    const { limits, code } = this.#tools.settings;
    return limits.loadMs + code.length / COMPILED_PER_MS;
  }

  #answered(): void {
    const load = this.#step;
    if (load?.kind === 'load' && load.state === 'open') load.due = Math.min(load.due, performance.now() + this.#loadMs());
  }

  #passed(phase: 'up' | 'live'): void {
    const step = this.#step;
    this.#phase = phase;
    this.#step = undefined;
    if (step === undefined) return;
    this.#tools.operations.take(step.id);
    step.resolve(undefined);
  }

  #failed({ error }: FromHost & { t: 'failed' }): void {
    this.#step?.reject(failed(this.#tools.settings, error));
    this.#tools.stop({ reason: undefined, detail: 'its module threw' });
  }

  #confused(what: string): void {
    this.#tools.kill('protocol', `"${what}" where it has no place`);
  }
}
