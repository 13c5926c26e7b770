/**
 * Services. A consumer holds a facade for good; behind it the provider may be swapped at any time. Each call goes to the provider
 * that is current when it starts, and counts as in flight there until it has ended.
 */
import { serviceName, type Facade, type ServiceRef, type Undo } from '@vp/sdk';
import { kernelError } from './errors.ts';
import { isThenable } from './scope.ts';

type Listener = (payload: never) => void;

/** One generation's implementation of one service. */
export interface Provision {
  readonly ref: ServiceRef;
  readonly plugin: string;
  readonly implementation: Readonly<Record<string, unknown>>;
  /** Calls that have not ended. */
  running: number;
  idle?: PromiseWithResolvers<void>;
}

export class Services {
  readonly #current = new Map<string, Provision>();
  /** Every service that was ever provided, as its newest provider describes it. */
  readonly #known = new Map<string, ServiceRef>();
  readonly #watchers = new Set<(ref: ServiceRef) => void>();
  /** By service and event. */
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #onListenerError: (service: string, event: string, error: unknown) => void;

  constructor(onListenerError: (service: string, event: string, error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Makes a provision current, in place of the one before. Synchronous. */
  provide(provision: Provision): void {
    const name = serviceName(provision.ref);
    this.#current.set(name, provision);
    if (JSON.stringify(this.#known.get(name)) === JSON.stringify(provision.ref)) return;
    this.#known.set(name, provision.ref);
    for (const watcher of this.#watchers) this.#tell(watcher, provision.ref, name, 'discover');
  }

  /** Calls `watcher` for each service that is known, and for each that comes or is described otherwise later. */
  discover(watcher: (ref: ServiceRef) => void): Undo {
    this.#known.forEach((ref) => watcher(ref));
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Takes a provision back, unless another has taken its place. */
  withdraw(provision: Provision): void {
    const name = serviceName(provision.ref);
    if (this.#current.get(name) === provision) this.#current.delete(name);
  }

  /** The contract of a service that was ever provided, by `id@major`. */
  known(name: string): ServiceRef | undefined {
    return this.#known.get(name);
  }

  has(ref: ServiceRef): boolean {
    return this.#current.has(serviceName(ref));
  }

  provider(name: string): string | undefined {
    return this.#current.get(name)?.plugin;
  }

  /** Sends an event to all who listen, whoever provides the service now. A listener that throws stops nobody. */
  emit(provision: Provision, event: string, payload: unknown): void {
    const name = serviceName(provision.ref);
    if (this.#current.get(name) !== provision) return;
    for (const listener of this.#listeners.get(`${name} ${event}`) ?? []) this.#tell(listener, payload, name, event);
  }

  /** A lasting facade. `own` ties each subscription to the consumer's life. */
  facade<T extends object, E extends object>(ref: ServiceRef<T, E>, own: (label: string, undo: Undo) => Undo): Facade<T, E> {
    const name = serviceName(ref);
    const methods = Object.keys(ref.methods).map((method) => [method, (...args: unknown[]) => this.#call(name, method, args)]);
    const on = (event: string, listener: Listener): Undo => own(`${name} on ${event}`, this.#listen(name, event, listener));
    return Object.freeze({ ...Object.fromEntries(methods), on }) as Facade<T, E>;
  }

  /** Resolves once no call runs on this provision. */
  async drained(provision: Provision): Promise<void> {
    if (provision.running > 0) await (provision.idle ??= Promise.withResolvers<void>()).promise;
  }

  #tell(listener: Listener, payload: unknown, name: string, event: string): void {
    try {
      (listener as (payload: unknown) => void)(payload);
    } catch (error) {
      this.#onListenerError(name, event, error);
    }
  }

  #listen(name: string, event: string, listener: Listener): Undo {
    const key = `${name} ${event}`;
    const set = this.#listeners.get(key) ?? new Set<Listener>();
    this.#listeners.set(key, set);
    // Wrapped, so that one function given twice is two subscriptions.
    const own: Listener = (payload) => listener(payload);
    set.add(own);
    return () => void set.delete(own);
  }

  #call(name: string, method: string, args: unknown[]): unknown {
    const provision = this.#current.get(name);
    if (provision === undefined) throw kernelError('VP_SERVICE_UNAVAILABLE', { service: name });
    const result = (provision.implementation[method] as (...args: unknown[]) => unknown).apply(provision.implementation, args);
    if (!isThenable(result)) return result;
    provision.running += 1;
    return Promise.resolve(result).finally(() => {
      provision.running -= 1;
      if (provision.running === 0) provision.idle?.resolve();
    });
  }
}

/** @throws VP_SERVICE_INCOMPLETE where a method that the contract names is missing. */
export function provisionOf(ref: ServiceRef, plugin: string, implementation: object): Provision {
  const missing = Object.keys(ref.methods).find((method) => typeof (implementation as Record<string, unknown>)[method] !== 'function');
  if (missing !== undefined) throw kernelError('VP_SERVICE_INCOMPLETE', { plugin, service: serviceName(ref), method: missing }, { plugin });
  return { ref, plugin, implementation: implementation as Record<string, unknown>, running: 0 };
}
