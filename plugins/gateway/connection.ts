/** One client: lines in, lines out, and which events it listens to. Belongs to no generation, so that a swap cuts nobody off. */
import type { Socket } from 'node:net';

/** Bounds of one connection, asked for at each use. */
export interface Limits {
  readonly messageBytes: number;
  readonly unreadBytes: number;
}

export class Connection {
  /** `service event`. */
  readonly listens = new Set<string>();
  readonly #socket: Socket;
  readonly #limits: () => Limits;
  #parts: string[] = [];
  #length = 0;

  constructor(socket: Socket, limits: () => Limits, onLine: (line: string, from: Connection) => void, onEnd: () => void) {
    this.#socket = socket;
    this.#limits = limits;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#read(chunk, onLine));
    socket.on('error', () => socket.destroy());
    socket.on('close', onEnd);
  }

  /** Sends a line. A client that does not read is let go, before it costs the kernel its memory. */
  send(line: string): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(line);
    if (this.#socket.writableLength > this.#limits().unreadBytes) this.#socket.destroy();
  }

  close(): void {
    this.#socket.end();
    this.#socket.unref();
  }

  #read(chunk: string, onLine: (line: string, from: Connection) => void): void {
    const [first = '', ...rest] = chunk.split('\n');
    this.#keep(first);
    for (const part of rest) {
      const line = this.#parts.join('');
      this.#parts = [];
      this.#length = 0;
      if (line.trim() !== '') onLine(line, this);
      this.#keep(part);
    }
  }

  #keep(part: string): void {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > this.#limits().messageBytes) this.#socket.destroy();
  }
}
