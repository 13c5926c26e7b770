/** What can be called and listened to from outside: the services of this kernel, under the names that clients use. */
import type { Facade, MethodSpec, ServiceRef } from '@vp/sdk';
import { errors, Refusal } from './errors.ts';
import { nearest } from './nearest.ts';
import { argumentsOf, schemaOf } from './params.ts';
import { CODES } from './rpc.ts';

type AnyFacade = Facade<object, Record<string, unknown>>;
type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** A method as `rpc.discover` tells of it. */
export interface Described {
  readonly name: string;
  /** JSON Schema of `params`. */
  readonly params: object;
  readonly result?: object;
}

interface Service {
  readonly ref: ServiceRef;
  readonly methods: Methods;
}

export class Catalogue {
  /** By id. */
  readonly #services = new Map<string, Service>();
  /** Methods of the gateway itself. */
  readonly #own: readonly string[];

  constructor(own: readonly string[]) {
    this.#own = own;
  }

  /** Takes a service up. Names bear no version: where two versions are provided, the newest has the name. */
  add(ref: ServiceRef, facade: AnyFacade): void {
    if (ref.version >= (this.#services.get(ref.id)?.ref.version ?? 0))
      this.#services.set(ref.id, { ref, methods: facade as unknown as Methods });
  }

  /** Whether this version of a service has the name. */
  isNamed({ id, version }: ServiceRef): boolean {
    return this.#services.get(id)?.ref.version === version;
  }

  /**
   * Calls a method. What it throws passes through.
   * @throws Refusal where there is no such method for clients, or the arguments do not fit
   */
  call(name: string, params: unknown): unknown {
    const [id, method] = split(name);
    const service = this.#services.get(id);
    const spec = service && Object.hasOwn(service.ref.methods, method) ? service.ref.methods[method] : undefined;
    if (service === undefined || spec?.remote !== true) throw this.#noMethod(name);
    return service.methods[method]?.(...argumentsOf(name, spec, params));
  }

  /** @throws Refusal where an event, or the service of `<service>.*`, is not known */
  checkEvents(names: readonly string[]): void {
    const known = new Set(this.events());
    for (const name of names) {
      const isKnown = name.endsWith('.*') ? this.#services.has(name.slice(0, -2)) : known.has(name);
      if (isKnown) continue;
      throw new Refusal(CODES.params, errors('VP_EVENT_UNKNOWN', { event: shown(name), nearest: nearest(name, [...known]) }));
    }
  }

  methods(): Described[] {
    return [...this.#services.values()].flatMap(({ ref }) =>
      Object.entries(ref.methods)
        .filter(([, { remote }]) => remote)
        .map(([method, spec]) => describe(`${ref.id}.${method}`, spec)),
    );
  }

  events(): string[] {
    return [...this.#services.values()].flatMap(({ ref }) => ref.events.map((event) => `${ref.id}.${event}`));
  }

  #noMethod(name: string): Refusal {
    const known = [...this.#own, ...this.methods().map((method) => method.name)];
    return new Refusal(CODES.method, errors('VP_METHOD_UNKNOWN', { method: shown(name), nearest: nearest(name, known) }));
  }
}

function describe(name: string, spec: MethodSpec): Described {
  return { name, params: schemaOf(spec), ...(spec.result === undefined ? {} : { result: spec.result }) };
}

/** Service and method: ids of services have no dot. */
function split(name: string): [string, string] {
  const dot = name.indexOf('.');
  return dot === -1 ? ['', ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** A client may send a name of any length. */
function shown(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
