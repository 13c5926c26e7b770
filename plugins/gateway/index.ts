/** @vp/gateway: other processes reach the services of this kernel. */
import { definePlugin, isVpError, reasonOf, serviceName, type PluginContext } from '@vp/sdk';
import { Catalogue, type Described } from './catalogue.ts';
import type { Connection } from './connection.ts';
import { Refusal } from './errors.ts';
import { answerWith, closeListener, openListener, type Handler, type Listener } from './listener.ts';
import { checkNamed } from './params.ts';
import { CODES, errorLine, eventLine, readCall, resultLine, type Call } from './rpc.ts';

interface Options {
  readonly maxMessageMb: number;
  readonly maxUnreadMb: number;
}

interface EventsParams {
  readonly events: readonly string[];
}

const BYTES_PER_MB = 1024 * 1024;

const EVENTS = {
  type: 'object',
  additionalProperties: false,
  required: ['events'],
  properties: { events: { type: 'array', items: { type: 'string' }, maxItems: 1000 } },
} as const;

/** The gateway's own methods. */
const OWN: readonly Described[] = [
  { name: 'rpc.discover', params: {} },
  { name: 'subscribe', params: EVENTS },
  { name: 'unsubscribe', params: EVENTS },
];

export default definePlugin<Options>({ name: '@vp/gateway', setup });

async function setup(ctx: PluginContext<Options>): Promise<void> {
  const listener = ctx.shared('listener', () => openListener(ctx.home, ctx.env.get('XDG_RUNTIME_DIR')), closeListener);
  await listener.ready;
  const catalogue = new Catalogue(OWN.map(({ name }) => name));
  const { maxMessageMb, maxUnreadMb } = ctx.config;
  const handler: Handler = {
    limits: { messageBytes: maxMessageMb * BYTES_PER_MB, unreadBytes: maxUnreadMb * BYTES_PER_MB },
    onLine: (line, from) => void answer(line, from, catalogue),
  };
  const heard = new Set<string>();
  ctx.discover((ref, facade) => {
    catalogue.add(ref, facade);
    for (const event of ref.events) {
      const key = `${serviceName(ref)} ${event}`;
      // A service that is described anew comes again.
      if (heard.has(key)) continue;
      heard.add(key);
      facade.on(event, (payload) => {
        // Two generations listen while one takes over from the other; only the current one tells.
        if (listener.handler === handler && catalogue.isNamed(ref)) tell(listener, ref.id, event, payload);
      });
    }
  });
  // Not before every plugin is up: a session that is started earlier would run without the policies of those that are not.
  ctx.onReady(() => answerWith(listener, handler));
}

/** Sends an event to those who listen. Most have no listener: then no text is made of them. */
function tell({ connections }: Listener, service: string, event: string, payload: unknown): void {
  const name = `${service}.${event}`;
  let line: string | undefined;
  for (const connection of connections) {
    if (!connection.listens.has(name) && !connection.listens.has(`${service}.*`)) continue;
    line ??= eventLine(name, payload);
    connection.send(line);
  }
}

async function answer(line: string, from: Connection, catalogue: Catalogue): Promise<void> {
  const { call, refusal } = readCall(line);
  if (refusal !== undefined) return from.send(refusal);
  try {
    const result = await perform(call, from, catalogue);
    if (call.id !== undefined) from.send(resultLine(call.id, result));
  } catch (error) {
    if (call.id !== undefined) from.send(refusalOf(call.id, error));
  }
}

function perform({ method, params }: Call, from: Connection, catalogue: Catalogue): unknown {
  switch (method) {
    case 'rpc.discover':
      return { methods: [...OWN, ...catalogue.methods()], events: catalogue.events() };
    case 'subscribe': {
      const { events } = eventsOf(method, params);
      catalogue.checkEvents(events);
      for (const event of events) from.listens.add(event);
      return { events: [...from.listens] };
    }
    case 'unsubscribe':
      for (const event of eventsOf(method, params).events) from.listens.delete(event);
      return { events: [...from.listens] };
    default:
      return plain(catalogue.call(method, params));
  }
}

function eventsOf(method: string, params: object): EventsParams {
  checkNamed(method, EVENTS, params);
  return params as EventsParams;
}

/** Promises inside a result cannot cross; what they would tell comes as events. */
async function plain(result: unknown): Promise<unknown> {
  const value = await result;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => !(inner instanceof Promise)));
}

function refusalOf(id: string | number, error: unknown): string {
  if (!isVpError(error)) return errorLine(id, CODES.refused, reasonOf(error));
  const { code, message, file, path, hint, plugin } = error;
  return errorLine(id, error instanceof Refusal ? error.rpc : CODES.refused, message, { code, file, path, hint, plugin });
}
