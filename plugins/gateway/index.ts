/** @vp/gateway: commands in other processes reach the services of this kernel. */
import { charters, definePlugin, isVpError, serviceName, sessions, type PluginContext, type ServiceRef } from '@vp/sdk';
import type { Connection } from './connection.ts';
import { answerWith, closeListener, openListener, type Handler } from './listener.ts';
import { CODES, errorLine, eventLine, readCall, resultLine, type Call } from './rpc.ts';

interface Options {
  readonly maxMessageMb: number;
  readonly maxUnreadMb: number;
}

type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>> & {
  on(event: string, listener: (payload: unknown) => void): () => void;
};

/** A service that can be reached from outside. */
interface Exposed {
  readonly name: string;
  readonly ref: ServiceRef;
  readonly methods: Methods;
}

const BYTES_PER_MB = 1024 * 1024;

export default definePlugin<Options>({ name: '@vp/gateway', setup });

async function setup(ctx: PluginContext<Options>): Promise<void> {
  const listener = ctx.shared('listener', () => openListener(ctx.home, ctx.env.get('XDG_RUNTIME_DIR')), closeListener);
  await listener.ready;
  const exposed = [expose(ctx, sessions), expose(ctx, charters)];
  const { maxMessageMb, maxUnreadMb } = ctx.config;
  const handler: Handler = {
    limits: { messageBytes: maxMessageMb * BYTES_PER_MB, unreadBytes: maxUnreadMb * BYTES_PER_MB },
    onLine: (line, from) => void answer(line, from, exposed),
  };
  for (const { name, ref, methods } of exposed) {
    for (const event of ref.events) {
      methods.on(event, (payload) => {
        // Two generations listen while one takes over from the other; only the current one tells.
        if (listener.handler === handler) tell([...listener.connections], name, event, payload);
      });
    }
  }
  // Not before every plugin is up: a session that is started earlier would run without the policies of those that are not.
  ctx.onReady(() => answerWith(listener, handler));
}

function expose<T extends object, E extends object>(ctx: PluginContext<Options>, ref: ServiceRef<T, E>): Exposed {
  return { name: serviceName(ref), ref, methods: ctx.use(ref) as unknown as Methods };
}

function tell(connections: readonly Connection[], service: string, event: string, payload: unknown): void {
  const listening = connections.filter((connection) => connection.listens.has(`${service} ${event}`));
  if (listening.length === 0) return;
  const line = eventLine(service, event, payload);
  for (const connection of listening) connection.send(line);
}

async function answer(line: string, from: Connection, exposed: readonly Exposed[]): Promise<void> {
  const { call, refusal } = readCall(line);
  if (refusal !== undefined) return from.send(refusal);
  try {
    const result = await perform(call, from, exposed);
    if (call.id !== undefined) from.send(resultLine(call.id, result));
  } catch (error) {
    if (call.id !== undefined) from.send(refusalOf(call.id, error));
  }
}

function perform(call: Call, from: Connection, exposed: readonly Exposed[]): unknown {
  const { service, method, event, args = [] } = call.params;
  const found = exposed.find((one) => one.name === service);
  switch (call.method) {
    case 'service.call':
      if (found === undefined || typeof method !== 'string' || !Object.hasOwn(found.ref.methods, method) || !Array.isArray(args))
        throw wrongParams();
      return plain(found.methods[method]?.(...(args as unknown[])));
    case 'service.listen':
      if (found === undefined || typeof event !== 'string' || !found.ref.events.includes(event)) throw wrongParams();
      from.listens.add(`${found.name} ${event}`);
      return true;
    default:
      throw Object.assign(new Error(`no method "${call.method}"; there are service.call and service.listen`), { rpc: CODES.method });
  }
}

/** Promises inside a result cannot cross; what they would tell comes as events. */
async function plain(result: unknown): Promise<unknown> {
  const value = await result;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => !(inner instanceof Promise)));
}

function wrongParams(): Error {
  return Object.assign(new Error('unknown service, method or event, or args that are no list'), { rpc: CODES.params });
}

function refusalOf(id: string | number, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!isVpError(error)) return errorLine(id, (error as { rpc?: number }).rpc ?? CODES.refused, message);
  const { code, file, path, hint, plugin } = error;
  return errorLine(id, CODES.refused, message, { code, file, path, hint, plugin });
}
