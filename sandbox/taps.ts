/**
 * The taps of a guest in the kernel. One is known by its hook and its place among the guest's taps of it, so that it stays where it is when
 * the guest's process is started anew; one that the new process has not put up again fails, and so closes what it guarded.
 */
import type { SpawnSpec } from '@vp/schemas';
import { reasonOf, type HookName, type PluginContext, type Tap, type TapOptions, type Undo } from '@vp/sdk';
import { checkAnswer } from './broker/answers.ts';
import { OutputQueue } from './broker/output.ts';
import { redactSpec } from './broker/spawn.ts';
import { sandboxError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Supervisor } from './process/supervisor.ts';

/** Hooks whose taps are waited for; taps of the others only look. */
const ANSWERED: ReadonlySet<HookName> = new Set<HookName>(['pre-spawn', 'pre-command', 'budget-check', 'on-crash']);
const TAPS_KEPT = 64;
/** Nobody waits for taps that only look: how long the guest may run for one is `limits.sliceMs`, this is how late its answer may be. */
const LOOK_MS = 10_000;

interface GuestTap {
  readonly hook: HookName;
  /** Its number in the process that runs now. */
  number: number | undefined;
  undo: Undo;
}

export interface TapSettings {
  readonly ctx: PluginContext;
  readonly limits: Limits;
  readonly supervisor: Supervisor;
  deadlineMs(hook: HookName): number;
  /** Gives an error of the guest its place. */
  failed(error: unknown): unknown;
  readonly onDropped: (events: number) => void;
}

export class GuestTaps {
  readonly #settings: TapSettings;
  readonly #taps = new Map<string, GuestTap>();
  readonly #counts = new Map<HookName, number>();
  readonly #looks: OutputQueue;
  #error: unknown;

  constructor(settings: TapSettings) {
    this.#settings = settings;
    const { limits, supervisor, ctx, onDropped } = settings;
    this.#looks = new OutputQueue({
      limits,
      deliver: async (payloads, key) => {
        await supervisor.call(() => ({ op: 'taps', tap: this.#numberOf(key), payloads }), 'a hook that looks', LOOK_MS);
      },
      onDropped,
      onError: (error) => ctx.log.warn({ error: reasonOf(settings.failed(error)) }, 'a tap failed'),
    });
  }

  /** Resolves once the guest has been told of all that it looks at, or of as much as it can be. */
  looked(): Promise<void> {
    return this.#looks.idle();
  }

  /** A new process is started: none of the numbers holds any more. */
  forget(): void {
    this.#counts.clear();
    for (const tap of this.#taps.values()) tap.number = undefined;
  }

  /** The guest has put up a tap. What is wrong with it is told by `check`, since the guest does not wait. */
  add({ tap: number, hook, options }: { readonly tap: number; readonly hook: HookName; readonly options: TapOptions }): void {
    const place = (this.#counts.get(hook) ?? 0) + 1;
    this.#counts.set(hook, place);
    const key = `${hook} ${place}`;
    const known = this.#taps.get(key);
    if (known) return void (known.number = number);
    try {
      if (this.#taps.size >= TAPS_KEPT) throw sandboxError('VP_SANDBOX_LIMIT', { what: `more than ${TAPS_KEPT} taps` });
      const tap: GuestTap = { hook, number, undo: () => undefined };
      this.#taps.set(key, tap);
      tap.undo = this.#settings.ctx.hook(hook, this.#handler(key, hook), options);
    } catch (error) {
      this.#taps.delete(key);
      this.#error ??= error;
      this.#settings.ctx.log.warn({ hook, error: reasonOf(error) }, 'a tap was refused');
    }
  }

  /** The guest has taken a tap back. */
  remove(number: number): void {
    for (const [key, tap] of this.#taps) {
      if (tap.number !== number) continue;
      this.#taps.delete(key);
      void tap.undo();
    }
  }

  /** @throws why a tap that setup put up was refused */
  check(): void {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error instanceof Error ? error : new Error(reasonOf(error));
  }

  close(): void {
    this.#looks.close();
  }

  #handler(key: string, hook: HookName): Tap<HookName> {
    if (!ANSWERED.has(hook)) return (payload: unknown) => this.#looks.push(payload, key);
    return ((payload: unknown) => this.#ask(key, hook, payload)) as Tap<HookName>;
  }

  async #ask(key: string, hook: HookName, payload: unknown): Promise<unknown> {
    const { supervisor } = this.#settings;
    const told = hook === 'pre-spawn' ? redactSpec(payload as SpawnSpec) : payload;
    const ms = this.#settings.deadlineMs(hook);
    try {
      const answer = await supervisor.call(() => ({ op: 'tap', tap: this.#numberOf(key), payload: told }), hook, ms);
      return checkAnswer(hook, answer, hook === 'pre-spawn' ? (payload as SpawnSpec) : undefined);
    } catch (error) {
      throw this.#settings.failed(error);
    }
  }

  /** @throws where the process that runs now has not put up this tap */
  #numberOf(key: string): number {
    const number = this.#taps.get(key)?.number;
    if (number !== undefined) return number;
    throw sandboxError('VP_SANDBOX_FAILED', { plugin: this.#settings.ctx.name, why: 'it was started anew and did not tap the hook again' });
  }
}
