/**
 * One hook. The immutable list of entries is the truth; at each change a fresh tapable hook is built from it, so that calls in
 * flight finish on the version they started with. The only file that imports tapable.
 */
import type { HookName } from '@vp/sdk';
import { AsyncSeriesBailHook, AsyncSeriesWaterfallHook, SyncHook } from 'tapable';
import { reasonOf } from '../core/errors.ts';
import { findings, guard, isFinalSpec, plan, severity, transform, type FoldRule } from '@vp/sdk/folds';
import { freezeDeep, freezeEvents } from './freeze.ts';
import type { HookSpec } from './table.ts';
import { Pass } from './pass.ts';
import { runShadow } from './shadow.ts';
import { isThenable } from '../core/scope.ts';
import type { TapStats } from './stats.ts';

/** A tap, wrapped once at registration. */
export interface Entry {
  readonly plugin: string;
  readonly order: 'pre' | 'normal' | 'post';
  readonly after: readonly string[];
  readonly guard: boolean;
  readonly shadow: boolean;
  readonly call: (payload: unknown) => unknown;
  readonly stats: TapStats;
}

/** Told of what a pass must not stop for. */
export interface HookObserver {
  failed(hook: HookName, plugin: string, error: unknown): void;
  shadowed(hook: HookName, plugin: string, answer: unknown): void;
}

type Runner = (payload: unknown) => unknown;

/** What is in force between two changes. `running` counts passes that have not ended. */
interface Version {
  readonly entries: readonly Entry[];
  readonly run: Runner;
  running: number;
  idle?: PromiseWithResolvers<void>;
}

export class Hook {
  readonly name: HookName;
  readonly spec: HookSpec;
  readonly #observer: HookObserver;
  readonly #deadlineMs: () => number;
  #version: Version;
  readonly #draining = new Set<Version>();

  constructor(name: HookName, spec: HookSpec, deadlineMs: () => number, observer: HookObserver) {
    this.name = name;
    this.spec = spec;
    this.#deadlineMs = deadlineMs;
    this.#observer = observer;
    this.#version = this.#build([]);
  }

  get entries(): readonly Entry[] {
    return this.#version.entries;
  }

  /** Puts a new sorted list in force for every pass that starts from now on. */
  replace(entries: readonly Entry[]): void {
    const old = this.#version;
    this.#version = this.#build(entries);
    if (old.running > 0) this.#draining.add(old);
  }

  /** Resolves once no pass runs on a version that has been replaced. */
  async drained(): Promise<void> {
    await Promise.all([...this.#draining].map((version) => (version.idle ??= Promise.withResolvers<void>()).promise));
  }

  /** One pass over the version in force. Promises for folding hooks, nothing for `look` hooks. */
  fire(payload: unknown): unknown {
    const version = this.#version;
    if (this.spec.fold === 'look') return version.run(payload);
    // Before the first tap runs: that one may bring about a change itself.
    version.running += 1;
    return Promise.resolve(version.run(payload)).finally(() => this.#ended(version));
  }

  /** The result of a pass in which `plugin` failed before any tap ran. */
  failedPass(payload: unknown, plugin: string, why: string): unknown {
    const rule = this.#rule(payload) as FoldRule<unknown> | undefined;
    return rule?.fail(rule.start(payload), plugin, why);
  }

  #ended(version: Version): void {
    version.running -= 1;
    if (version.running > 0 || !this.#draining.delete(version)) return;
    version.idle?.resolve();
  }

  #build(entries: readonly Entry[]): Version {
    return { entries, run: this.#runner(entries), running: 0 };
  }

  #rule(payload: unknown): FoldRule<never> | undefined {
    switch (this.spec.fold) {
      case 'transform':
        return (isFinalSpec(payload) ? guard : transform) as FoldRule<never>;
      case 'findings':
        return findings as FoldRule<never>;
      case 'severity':
        return severity as FoldRule<never>;
      case 'plan':
        return plan as FoldRule<never>;
      case 'look':
        return undefined;
      default:
        return this.spec.fold satisfies never;
    }
  }

  #runner(entries: readonly Entry[]): Runner {
    switch (this.spec.fold) {
      case 'look':
        return this.#lookRunner(entries);
      case 'transform': {
        const before = this.#foldRunner(
          entries.filter((entry) => !entry.guard),
          transform,
        );
        const final = this.#foldRunner(
          entries.filter((entry) => entry.guard),
          guard,
        );
        return (payload) => (isFinalSpec(payload) ? final : before)(payload);
      }
      case 'findings':
        return this.#foldRunner(entries, findings);
      case 'severity':
        return this.#foldRunner(entries, severity);
      case 'plan':
        return this.#foldRunner(entries, plan);
      default:
        return this.spec.fold satisfies never;
    }
  }

  #lookRunner(entries: readonly Entry[]): Runner {
    const hook = new SyncHook<[unknown]>(['payload']);
    for (const entry of entries) hook.tap(entry.plugin, (payload) => this.#look(entry, payload));
    return (payload) => hook.call(freezeEvents(payload));
  }

  #look(entry: Entry, payload: unknown): void {
    const startedAt = entry.stats.begin();
    try {
      const answer = entry.call(payload);
      if (isThenable(answer)) this.#reportLateFailure(entry, answer);
    } catch (error) {
      this.#failed(entry, error);
    }
    entry.stats.end(startedAt);
  }

  /** A tap of a `look` hook should not be asynchronous; if it is, its rejection must not end the process. */
  #reportLateFailure(entry: Entry, answer: PromiseLike<unknown>): void {
    answer.then(undefined, (error: unknown) => this.#failed(entry, error));
  }

  #foldRunner<A>(entries: readonly Entry[], rule: FoldRule<A>): Runner {
    const hook =
      this.spec.fold === 'plan' ? new AsyncSeriesBailHook<[Pass<A>], A>(['pass']) : new AsyncSeriesWaterfallHook<[Pass<A>]>(['pass']);
    for (const entry of entries) {
      hook.tapAsync(entry.plugin, (pass: Pass<A>, next: (error: null, result?: never) => void) =>
        this.#step(entry, pass, () => next(null)),
      );
    }
    return (payload) =>
      new Promise<A>((resolve) => {
        const pass = new Pass(freezeDeep(payload), rule, this.#deadlineMs, resolve);
        hook.callAsync(pass, () => pass.end());
      });
  }

  /** One tap of one pass: calls it, folds its answer in, goes on to the next. */
  #step<A>(entry: Entry, pass: Pass<A>, next: () => void): void {
    if (pass.rule.settled(pass.gathered)) return next();
    if (entry.shadow) {
      this.#shadow(entry, pass);
      return next();
    }
    const startedAt = entry.stats.begin();
    const answered = (answer: unknown): void => {
      entry.stats.end(startedAt);
      if (pass.over) return void (entry.stats.late += 1);
      this.#add(entry, pass, answer);
      next();
    };
    const threw = (error: unknown): void => {
      entry.stats.end(startedAt);
      this.#failed(entry, error);
      if (pass.over) return;
      this.#fail(entry, pass, `the tap threw: ${reasonOf(error)}`);
      next();
    };
    let answer: unknown;
    try {
      answer = entry.call(pass.input);
      if (isThenable(answer)) {
        pass.wait(() => this.#timedOut(entry, pass));
        // Resolved anew, since a thenable may call back twice.
        Promise.resolve(answer).then(answered, threw);
        return;
      }
    } catch (error) {
      return threw(error);
    }
    answered(answer);
  }

  #add<A>(entry: Entry, pass: Pass<A>, answer: unknown): void {
    try {
      pass.gathered = pass.rule.add(pass.gathered, answer, entry.plugin);
    } catch (error) {
      this.#failed(entry, error);
      this.#fail(entry, pass, `the tap answered nonsense: ${reasonOf(error)}`);
    }
  }

  #fail<A>(entry: Entry, pass: Pass<A>, why: string): void {
    pass.gathered = pass.rule.fail(pass.gathered, entry.plugin, why);
  }

  #timedOut<A>(entry: Entry, pass: Pass<A>): void {
    entry.stats.timeouts += 1;
    const why = `no answer within ${this.#deadlineMs()} ms`;
    this.#observer.failed(this.name, entry.plugin, new Error(why));
    this.#fail(entry, pass, why);
  }

  #failed(entry: Entry, error: unknown): void {
    entry.stats.errors += 1;
    this.#observer.failed(this.name, entry.plugin, error);
  }

  #shadow<A>(entry: Entry, pass: Pass<A>): void {
    runShadow(entry, pass, this.#deadlineMs(), {
      answered: (answer) => {
        entry.stats.shadowed += 1;
        this.#observer.shadowed(this.name, entry.plugin, answer);
      },
      failed: (error) => this.#failed(entry, error),
    });
  }
}
