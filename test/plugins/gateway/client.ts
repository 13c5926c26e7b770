/** A bare client of the socket: lines out, lines in. */
import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly method?: string;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code?: string; readonly hint?: string } };
  readonly params?: { readonly event: string; readonly payload: never };
}

export interface Client {
  readonly socket: Socket;
  /** Everything that came, oldest first. */
  readonly lines: Answer[];
  send(value: unknown): void;
  raw(text: string): void;
  /** Waits for the first line that fits. */
  next(fits: (line: Answer) => boolean): Promise<Answer>;
  call(method: string, params: object): Promise<Answer>;
  readonly closed: Promise<void>;
  end(): void;
}

export async function client(path: string): Promise<Client> {
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => void socket.once('connect', resolve).once('error', reject));
  const lines: Answer[] = [];
  const wakes = new Set<() => void>();
  let rest = '';
  let ids = 0;
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part) as Answer));
    for (const wake of wakes) wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  const next: Client['next'] = (fits) =>
    new Promise((resolve, reject) => {
      const wake = (): void => {
        const found = lines.find(fits);
        if (!found) return;
        wakes.delete(wake);
        resolve(found);
      };
      wakes.add(wake);
      wake();
      void closed.then(() => (lines.some(fits) ? wake() : reject(new Error(`closed; came: ${JSON.stringify(lines).slice(0, 500)}`))));
    });
  const raw = (text: string): void => void socket.write(text);
  const send = (value: unknown): void => raw(`${JSON.stringify(value)}\n`);
  return {
    socket,
    lines,
    raw,
    send,
    next,
    closed,
    call(method, params) {
      const id = (ids += 1);
      send({ jsonrpc: '2.0', id, method, params });
      return next((line) => line.id === id);
    },
    end: () => void socket.destroy(),
  };
}
