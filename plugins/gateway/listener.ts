/** The socket itself. Shared by all generations of the plugin: a path can be listened on once. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Connection, GOODBYE_MS, type Limits } from './connection.ts';
import { errors } from './errors.ts';

/** Longest path of a local socket that Linux takes, bytes. */
const PATH_LIMIT = 107;

/** What handles the lines: the generation that is current. */
export interface Handler {
  readonly limits: Limits;
  onLine(line: string, from: Connection): void;
}

export interface Listener {
  readonly server: Server;
  readonly connections: Set<Connection>;
  /** Resolves when clients can connect. Rejects where the socket cannot be made. */
  readonly ready: Promise<void>;
  /** Undefined until the kernel is ready: clients can connect, and wait. */
  handler: Handler | undefined;
}

/**
 * Where the socket is: in the state folder, or, where that path is too long, in the runtime folder of the user. A folder that others
 * can write to will not do.
 * @throws VP_SOCKET_PATH
 */
export function socketPath(home: string, runtimeDir: string | undefined): string {
  const path = join(home, 'vp.sock');
  if (Buffer.byteLength(path) <= PATH_LIMIT) return path;
  if (runtimeDir === undefined) throw errors('VP_SOCKET_PATH', { path, limit: PATH_LIMIT });
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16);
  return join(runtimeDir, `vp-${hash}.sock`);
}

/** Opens the socket. The kernel's lock makes sure that a file that is there already is a dead kernel's. */
export function openListener(home: string, runtimeDir: string | undefined): Listener {
  const path = socketPath(home, runtimeDir);
  const pointer = join(home, 'vp.sock.path');
  rmSync(path, { force: true });
  rmSync(pointer, { force: true });
  if (path !== join(home, 'vp.sock')) writeFileSync(pointer, path, { mode: 0o600 });
  const connections = new Set<Connection>();
  const server = createServer((socket) => {
    const limits = (): Limits => listener.handler?.limits ?? { messageBytes: 0, unreadBytes: 0 };
    const connection = new Connection(
      socket,
      limits,
      (line, from) => listener.handler?.onLine(line, from),
      () => connections.delete(connection),
    );
    connections.add(connection);
    if (listener.handler === undefined) connection.pause();
  });
  const ready = new Promise<void>((resolve, reject) => {
    server.on('error', reject); // also later, when a client could not be accepted: that must not end the kernel
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
  });
  const listener: Listener = { server, connections, ready, handler: undefined };
  return listener;
}

/** Lets a generation answer from now on. Synchronous: no line goes to two of them, or to none. */
export function answerWith(listener: Listener, handler: Handler): void {
  listener.handler = handler;
  for (const connection of listener.connections) connection.resume();
}

/** Says goodbye to all clients and removes the socket. Who does not go is sent away. */
export async function closeListener({ server, connections }: Listener): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  for (const connection of connections) connection.close();
  const timer = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, GOODBYE_MS);
  await closed;
  clearTimeout(timer);
}
