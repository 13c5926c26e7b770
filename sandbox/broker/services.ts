/** Calls of services and their events, where the contract marks them for sandboxed callers and the permission is in force. */
import { compile, formatProblems, type Validator } from '@vp/schemas';
import type { Facade, MethodSpec, PluginContext, ServiceRef } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import { denied, quoted, wrong } from './refuse.ts';

type AnyFacade = Facade<Record<string, (...args: unknown[]) => unknown>, Record<string, unknown>>;

/** Whose calls, and which. */
export interface ServicesSettings {
  readonly ctx: Pick<PluginContext, 'use'>;
  /** Permissions in force, such as `sessions:read`. */
  readonly granted: readonly string[];
  /** The contract of `id@major`, where there is such a service. */
  ref(name: string): ServiceRef | undefined;
  /** Hands an event on. */
  tell(sub: number, payload: unknown): void;
}

const MAX_SUBSCRIPTIONS = 64;
const NAME_CHARS = 200;

export class GuestServices {
  readonly #settings: ServicesSettings;
  readonly #facades = new Map<string, AnyFacade>();
  /** By the guest's own number. */
  readonly #subscriptions = new Map<number, () => void>();

  constructor(settings: ServicesSettings) {
    this.#settings = settings;
  }

  /** @throws VP_PERMISSION_DENIED, VP_SANDBOX_ARGUMENT, and what the service throws */
  async call(service: unknown, method: unknown, args: unknown): Promise<unknown> {
    if (typeof service !== 'string' || typeof method !== 'string')
      throw wrong('a service is called by its name, a method and its arguments');
    if (!Array.isArray(args)) throw wrong('the arguments of a service must be a list');
    const what = `calling ${quoted(`${service} ${method}`)}`;
    const ref = this.#ref(service);
    const spec = Object.hasOwn(ref.methods, method) ? ref.methods[method] : undefined;
    if (spec?.sandbox === undefined) throw denied(what, 'the service does not offer it to sandboxed plugins; nothing grants that');
    this.#permit(spec.sandbox, what);
    const checked = checkedArgs(spec, args, what);
    const target = this.#facade(service, ref)[method];
    if (typeof target !== 'function') throw denied(what, 'there is no such method');
    return await target(...checked);
  }

  /** Subscribes under a number that the guest chose. @throws VP_PERMISSION_DENIED, VP_SANDBOX_ARGUMENT */
  on(service: unknown, event: unknown, sub: unknown): void {
    if (typeof service !== 'string' || typeof event !== 'string' || !isNumber(sub)) {
      throw wrong('an event is named by its service, its name and a number of the subscription');
    }
    const what = `listening to ${quoted(`${service} ${event}`)}`;
    const ref = this.#ref(service);
    this.#permit(`${ref.id}:events`, what);
    if (!ref.events.includes(event)) throw denied(what, 'the service has no such event');
    if (this.#subscriptions.has(sub)) throw wrong('that number is taken by another subscription');
    if (this.#subscriptions.size === MAX_SUBSCRIPTIONS) throw wrong(`at most ${MAX_SUBSCRIPTIONS} subscriptions at once`);
    this.#subscriptions.set(
      sub,
      this.#facade(service, ref).on(event, (payload) => this.#settings.tell(sub, payload)),
    );
  }

  off(sub: unknown): void {
    if (!isNumber(sub)) throw wrong('a subscription is named by its number');
    this.#subscriptions.get(sub)?.();
    this.#subscriptions.delete(sub);
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const undo of this.#subscriptions.values()) undo();
    this.#subscriptions.clear();
  }

  #ref(name: string): ServiceRef {
    const ref = this.#settings.ref(name);
    if (ref === undefined) throw sandboxError('VP_SERVICE_UNAVAILABLE', { service: name.slice(0, NAME_CHARS) });
    return ref;
  }

  #permit(permission: string, what: string): void {
    if (this.#settings.granted.includes(permission)) return;
    throw denied(what, `add "${permission}" to permissions.services in the manifest, and to the grant in the config`);
  }

  #facade(name: string, ref: ServiceRef): AnyFacade {
    const known = this.#facades.get(name);
    if (known !== undefined) return known;
    const facade = this.#settings.ctx.use(ref) as AnyFacade;
    this.#facades.set(name, facade);
    return facade;
  }
}

/** Compiled once for each contract. */
const validators = new WeakMap<object, Validator>();

/** The arguments, as they were given, once they are known to fit. A method that does not say what it takes takes nothing. */
function checkedArgs(spec: MethodSpec, args: readonly unknown[], what: string): readonly unknown[] {
  const { params = [], required = params.length } = spec;
  if (args.length < required || args.length > params.length) {
    throw wrong(
      `${what}: ${required === params.length ? required : `${required} to ${params.length}`} arguments were expected, not ${args.length}`,
    );
  }
  for (const [index, param] of params.entries()) {
    // JSON has no `undefined`: what was left out in the middle arrives as null.
    if (index >= args.length || (index >= required && args[index] === null)) continue;
    const problems = validatorOf(param)(args[index]);
    if (problems.length > 0) throw wrong(`${what}: argument ${index + 1}:\n${formatProblems(problems)}`);
  }
  return args.map((arg, index) => (index >= required && arg === null ? undefined : arg));
}

function validatorOf(schema: object): Validator {
  const validator = validators.get(schema) ?? compile(schema);
  validators.set(schema, validator);
  return validator;
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
