/** Services of a kernel in another process, through its socket. */
import { existsSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { VpError, type Remote, type ServiceRef } from '@vp/sdk';
import { kernelError } from '../core/errors.ts';

type Waiting = PromiseWithResolvers<unknown>;
type Listener = (payload: never) => void;

/** A connection to a kernel. */
export interface Connection {
  /** Rejects when the kernel closes the connection. */
  readonly lost: Promise<never>;
  use<T extends object, E extends object>(ref: ServiceRef<T, E>): Remote<T, E>;
  /** Calls a method by its name on the socket. */
  call(method: string, params: object): Promise<unknown>;
  close(): Promise<void>;
}

/** Connects to the kernel that runs on a state folder. @throws VP_SOCKET where nobody answers there */
export async function connect(home: string): Promise<Connection> {
  const pointer = join(home, 'vp.sock.path');
  const path = existsSync(pointer) ? readFileSync(pointer, 'utf8') : join(home, 'vp.sock');
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(kernelError('VP_SOCKET', { path }, { cause })));
  });
  return new Client(socket);
}

class Client implements Connection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #lost = Promise.withResolvers<never>();
  #isClosing = false;
  #lastId = 0;
  #rest = '';
  /** Why the kernel is about to close the connection. */
  #reason: VpError | undefined;
  /** Set once it is closed. */
  #gone: VpError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => this.#closed());
    this.#lost.promise.catch(() => undefined);
  }

  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  use<T extends object, E extends object>(ref: ServiceRef<T, E>): Remote<T, E> {
    const methods = Object.keys(ref.methods).map((method) => [
      method,
      (...args: unknown[]) => this.call(`${ref.id}.${method}`, args.slice(0, args.findLastIndex((one) => one !== undefined) + 1)),
    ]);
    const on = (event: string, listener: Listener): (() => void) => this.#listen(`${ref.id}.${event}`, listener);
    return { ...Object.fromEntries(methods), on } as Remote<T, E>;
  }

  call(method: string, params: object): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    this.#lastId += 1;
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.set(this.#lastId, waiting);
    this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: this.#lastId, method, params })}\n`);
    return waiting.promise;
  }

  close(): Promise<void> {
    this.#isClosing = true;
    // A kernel that hangs must not keep this process from ending.
    this.#socket.unref();
    return new Promise((resolve) => void this.#socket.end(() => resolve()));
  }

  #listen(event: string, listener: Listener): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    // One function given twice is two subscriptions.
    const own: Listener = (payload) => listener(payload);
    // A refusal or a lost connection shows in the calls that follow.
    if (set.size === 0) this.call('subscribe', { events: [event] }).catch(() => undefined);
    this.#listeners.set(event, set.add(own));
    return () => {
      if (!set.delete(own) || set.size > 0) return;
      this.call('unsubscribe', { events: [event] }).catch(() => undefined);
    };
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(JSON.parse(line) as Message);
  }

  #take({ id, result, error, params }: Message): void {
    if (params) {
      for (const listener of this.#listeners.get(params.event) ?? []) (listener as (payload: unknown) => void)(params.payload);
      return;
    }
    // An answer to nothing in particular: why the connection is about to be closed.
    if (id === null && error) this.#reason = new VpError('VP_REFUSED', error.message, error.data ?? {});
    const waiting = this.#waiting.get(id ?? 0);
    this.#waiting.delete(id ?? 0);
    if (error) waiting?.reject(new VpError(error.data?.code ?? 'VP_REFUSED', error.message, error.data ?? {}));
    else waiting?.resolve(result);
  }

  #closed(): void {
    const error = (this.#gone = this.#reason ?? kernelError('VP_CONNECTION_LOST'));
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    if (!this.#isClosing) this.#lost.reject(error);
  }
}

interface Message {
  readonly id?: number | null;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: { readonly code?: string; readonly file?: string; readonly hint?: string } };
  readonly params?: { readonly event: string; readonly payload: unknown };
}
