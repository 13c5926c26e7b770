/** The socket itself. Shared by all generations of the plugin: a path can be listened on once. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { defineErrors } from '@vp/sdk';
import { Connection, type Limits } from './connection.ts';

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
  handler: Handler | undefined;
}

const errors = defineErrors({
  VP_SOCKET_PATH: {
    message: 'the path {path} is longer than the {limit} bytes that a local socket may have',
    hint: 'Set XDG_RUNTIME_DIR to a folder of this user alone, or VP_HOME to a shorter path.',
  },
});

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
  });
  const ready = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
  });
  const listener: Listener = { server, connections, ready, handler: undefined };
  return listener;
}

/** Says goodbye to all clients and removes the socket. */
export function closeListener({ server, connections }: Listener): Promise<void> {
  for (const connection of connections) connection.close();
  return new Promise((resolve) => void server.close(() => resolve()));
}
