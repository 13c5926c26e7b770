/** The fake kernel's services. */
import { serviceName, type Facade, type ServiceRef } from '../service.ts';
import type { Undo } from '../context.ts';
import { testError } from './errors.ts';

type Listener = (payload: unknown) => void;

/** A service that a test provides in the place of a plugin. */
export interface FakeService {
  readonly ref: ServiceRef;
  readonly implementation: object;
}

/** An implementation for a test. A method that is left out throws when it is called. */
export function fake<T extends object, E extends object>(ref: ServiceRef<T, E>, implementation: Partial<T>): FakeService {
  const own = implementation as Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;
  const methods = Object.keys(ref.methods).map((method) => [
    method,
    (...args: readonly unknown[]): unknown => {
      if (own[method] === undefined) throw new Error(`the fake of ${serviceName(ref)} has no method ${method}: add it to the fake`);
      return own[method](...args);
    },
  ]);
  return { ref, implementation: Object.fromEntries(methods) as object };
}

/** One implementation of one service. */
export interface Provision {
  readonly name: string;
  readonly ref: ServiceRef;
  readonly plugin: string;
  readonly implementation: Readonly<Record<string, unknown>>;
  /** Runs a method as part of its plugin. */
  readonly enter: (act: () => unknown) => unknown;
}

/** @throws VP_SERVICE_INCOMPLETE where a method that the contract names is missing. */
export function provisionOf(
  ref: ServiceRef,
  plugin: string,
  implementation: object,
  enter: Provision['enter'] = (act) => act(),
): Provision {
  const methods = implementation as Record<string, unknown>;
  const missing = Object.keys(ref.methods).find((method) => typeof methods[method] !== 'function');
  if (missing !== undefined) throw testError('VP_SERVICE_INCOMPLETE', { plugin, service: serviceName(ref), method: missing }, { plugin });
  return { name: serviceName(ref), ref, plugin, implementation: methods, enter };
}

export class FakeServices {
  readonly #current = new Map<string, Provision>();
  /** Every service that was ever provided. */
  readonly #known = new Map<string, ServiceRef>();
  readonly #watchers = new Set<(ref: ServiceRef) => void>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #onListenerError: (event: string, error: unknown) => void;

  constructor(onListenerError: (event: string, error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  provide(provision: Provision): void {
    this.#current.set(provision.name, provision);
    if (JSON.stringify(this.#known.get(provision.name)) === JSON.stringify(provision.ref)) return;
    this.#known.set(provision.name, provision.ref);
    for (const watcher of this.#watchers) this.#tell(watcher, provision.ref, `${provision.name} discover`);
  }

  withdraw(provision: Provision): void {
    if (this.#current.get(provision.name) === provision) this.#current.delete(provision.name);
  }

  has(name: string): boolean {
    return this.#current.has(name);
  }

  emit(provision: Provision, event: string, payload: unknown): void {
    if (this.#current.get(provision.name) !== provision) return;
    const key = `${provision.name} ${event}`;
    for (const listener of this.#listeners.get(key) ?? []) this.#tell(listener, payload, key);
  }

  /** Calls `watcher` for each service that is known, and for each that comes later. */
  discover(watcher: (ref: ServiceRef) => void): Undo {
    for (const ref of this.#known.values()) watcher(ref);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  facade<T extends object, E extends object>(ref: ServiceRef<T, E>, own: (label: string, undo: Undo) => Undo): Facade<T, E> {
    const name = serviceName(ref);
    const methods = Object.keys(ref.methods).map((method) => [method, (...args: unknown[]) => this.#call(name, method, args)]);
    const on = (event: string, listener: Listener): Undo => own(`${name} on ${event}`, this.#listen(`${name} ${event}`, listener));
    return Object.freeze({ ...Object.fromEntries(methods), on }) as Facade<T, E>;
  }

  #tell<P>(listener: (payload: P) => void, payload: P, what: string): void {
    try {
      listener(payload);
    } catch (error) {
      this.#onListenerError(what, error);
    }
  }

  #listen(key: string, listener: Listener): Undo {
    const set = this.#listeners.get(key) ?? new Set<Listener>();
    this.#listeners.set(key, set);
    const own: Listener = (payload) => listener(payload);
    set.add(own);
    return () => void set.delete(own);
  }

  #call(name: string, method: string, args: readonly unknown[]): unknown {
    const provision = this.#current.get(name);
    if (provision === undefined) throw testError('VP_SERVICE_UNAVAILABLE', { service: name });
    const { implementation, enter } = provision;
    return enter(() => (implementation[method] as (...args: readonly unknown[]) => unknown).apply(implementation, [...args]));
  }
}
