/** The fake kernel's hooks: who taps them, in which order, and one pass. */
import { isFinalSpec, type FoldRule } from '../folds.ts';
import type { HookName, TapOptions } from '../hooks.ts';
import { reasonOf } from '../error.ts';
import { testError } from './errors.ts';
import { DEADLINES_MS, ruleOf } from './rules.ts';
import { isThenable } from './scope.ts';

/** A tap in force, as a test sees it. */
export interface TapRow {
  readonly hook: HookName;
  readonly plugin: string;
  readonly order: 'pre' | 'normal' | 'post';
  readonly after: readonly string[];
  readonly guard: boolean;
  readonly shadow: boolean;
  readonly calls: number;
  readonly errors: number;
}

/** A tap and its counters. */
export interface TestTap extends TapRow {
  calls: number;
  errors: number;
  readonly run: (payload: unknown) => unknown;
}

/** Told of taps that failed. */
export type OnTapError = (tap: TestTap, why: string) => void;

const BANDS = { pre: 0, normal: 1, post: 2 } as const;

export function newTap(hook: HookName, plugin: string, options: TapOptions, run: (payload: unknown) => unknown): TestTap {
  const { order = 'normal', after = [], guard = false, shadow = false } = options;
  return { hook, plugin, order, after, guard, shadow, calls: 0, errors: 0, run };
}

/** Sorted as the kernel does: by band, then `after`, then the order of the plugins. @throws VP_AFTER_UNKNOWN, VP_AFTER_CYCLE */
export function sortTaps(taps: readonly TestTap[], plugins: ReadonlySet<string>): TestTap[] {
  for (const { hook, plugin, after } of taps) {
    const unknown = after.find((name) => !plugins.has(name));
    if (unknown !== undefined) throw testError('VP_AFTER_UNKNOWN', { hook, plugin, after: unknown }, { plugin });
  }
  const banded = taps.toSorted((a, b) => BANDS[a.order] - BANDS[b.order]);
  const sorted: TestTap[] = [];
  const visit = (tap: TestTap, open: readonly TestTap[]): void => {
    if (sorted.includes(tap)) return;
    if (open.includes(tap)) {
      const cycle = [...open.slice(open.indexOf(tap)), tap].map((one) => one.plugin).join(' -> ');
      throw testError('VP_AFTER_CYCLE', { hook: tap.hook, cycle }, { plugin: tap.plugin });
    }
    for (const other of banded) if (other.order === tap.order && tap.after.includes(other.plugin)) visit(other, [...open, tap]);
    sorted.push(tap);
  };
  for (const tap of banded) visit(tap, []);
  return sorted;
}

/** One pass over the sorted taps of one hook. */
export function pass(hook: HookName, taps: readonly TestTap[], payload: unknown, onError: OnTapError): unknown {
  const value = freezeDeep(structuredClone(payload));
  const rule = ruleOf(hook, value) as FoldRule<unknown> | undefined;
  if (rule === undefined) {
    for (const tap of taps) look(tap, value, onError);
    return undefined;
  }
  const counted = hook === 'pre-spawn' ? taps.filter((tap) => tap.guard === isFinalSpec(value)) : taps;
  return fold(rule, DEADLINES_MS[hook] ?? 0, counted, value, onError);
}

function look(tap: TestTap, payload: unknown, onError: OnTapError): void {
  tap.calls += 1;
  try {
    const answer = tap.run(payload);
    if (isThenable(answer)) answer.then(undefined, (error: unknown) => failed(tap, reasonOf(error), onError));
  } catch (error) {
    failed(tap, reasonOf(error), onError);
  }
}

async function fold<A>(rule: FoldRule<A>, deadlineMs: number, taps: readonly TestTap[], payload: unknown, onError: OnTapError): Promise<A> {
  const deadline = new Deadline(deadlineMs);
  let gathered = rule.start(payload);
  for (const tap of taps) {
    if (rule.settled(gathered)) break;
    const view = rule.input ? freezeDeep(rule.input(gathered)) : payload;
    // A shadow tap never counts, so the pass does not wait for it either.
    if (tap.shadow) {
      look(tap, view, onError);
      continue;
    }
    tap.calls += 1;
    let why: string | undefined;
    try {
      const answer = tap.run(view);
      const known = isThenable(answer) ? await deadline.race(answer) : answer;
      if (known === LATE) why = `no answer within ${deadlineMs} ms`;
      else why = answered(known, tap);
    } catch (error) {
      why = `the tap threw: ${reasonOf(error)}`;
    }
    if (why === undefined) continue;
    failed(tap, why, onError);
    gathered = rule.fail(gathered, tap.plugin, why);
    if (deadline.over) break;
  }
  deadline.clear();
  return gathered;

  function answered(answer: unknown, tap: TestTap): string | undefined {
    try {
      gathered = rule.add(gathered, answer, tap.plugin);
      return undefined;
    } catch (error) {
      return `the tap answered nonsense: ${reasonOf(error)}`;
    }
  }
}

const LATE = Symbol('late');

/** One deadline for a whole pass, which starts with the first tap that makes it wait. */
class Deadline {
  over = false;
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #late: Promise<typeof LATE> | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  race(answer: PromiseLike<unknown>): Promise<unknown> {
    this.#late ??= new Promise((resolve) => {
      this.#timer = setTimeout(() => {
        this.over = true;
        resolve(LATE);
      }, this.#ms);
    });
    return Promise.race([answer, this.#late]);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

function failed(tap: TestTap, why: string, onError: OnTapError): void {
  tap.errors += 1;
  onError(tap, why);
}

/** Freezes a value all the way down. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freezeDeep(inner);
  return Object.freeze(value);
}
