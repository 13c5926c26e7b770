/** Services: what plugins offer each other. Found by id and major version, never by object identity. */

/** What a method of a service is, beside its TypeScript type. */
export interface MethodSpec {
  /** The permission that a sandboxed plugin needs to call it; without it no sandboxed plugin may. */
  readonly sandbox?: string;
  /** Clients on the local socket may call it, as `<service>.<method>`. */
  readonly remote?: boolean;
  /** JSON Schemas of the arguments, in order. */
  readonly params?: readonly object[];
  /** How many of them must be given; default all. */
  readonly required?: number;
  /** JSON Schema of what it gives back. */
  readonly result?: object;
}

/** Events of a service: name to payload. */
export type ServiceEvents = Record<string, unknown>;

/** A service's name, carrying its type. */
export interface ServiceRef<T extends object = object, E extends object = object> {
  readonly $$type: 'vp.service';
  readonly id: string;
  /** Major version. */
  readonly version: number;
  readonly methods: Readonly<Record<string, MethodSpec>>;
  readonly events: readonly string[];
  /** Only a type; reading it gives `undefined`. */
  readonly types?: { readonly methods: T; readonly events: E };
}

/**
 * What `ctx.use` gives: the service's methods, going to whichever version of the provider is current at each call. Handles and
 * iterators never cross; events are subscribed here and survive a swap of the provider.
 */
export type Facade<T extends object, E extends object = object> = T & {
  /** Calls `listener` at each event until undone. */
  on<K extends keyof E & string>(event: K, listener: (payload: E[K]) => void): () => void;
};

/** Describes a service. `events` is given as a list of names; their payloads come from the type. */
export function defineService<T extends object, E extends object = object>(
  id: string,
  spec: { version: number; methods: Record<keyof T & string, MethodSpec>; events?: readonly (keyof E & string)[] },
): ServiceRef<T, E> {
  return Object.freeze({ $$type: 'vp.service' as const, id, version: spec.version, methods: spec.methods, events: spec.events ?? [] });
}

/** `id@major`, as manifests write it. */
export function serviceName(ref: { readonly id: string; readonly version: number }): string {
  return `${ref.id}@${ref.version}`;
}
