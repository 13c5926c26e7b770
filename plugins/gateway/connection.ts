/** One client: lines in, lines out, and which events it listens to. Belongs to no generation, so that a swap cuts nobody off. */
import type { Socket } from 'node:net';
import { CODES, errorLine } from './rpc.ts';

/** How long a client has to read what is left for it. */
export const GOODBYE_MS = 500;

/** Bounds of one connection, asked for at each use. */
export interface Limits {
  readonly messageBytes: number;
  readonly unreadBytes: number;
}

export class Connection {
  /** Names of events, or `<service>.*`. */
  readonly listens = new Set<string>();
  readonly #socket: Socket;
  readonly #limits: () => Limits;
  #parts: string[] = [];
  #bytes = 0;

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
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(line);
    if (this.#socket.writableLength > this.#limits().unreadBytes) this.#socket.destroy();
  }

  /** Sends what is left and ends the connection. */
  close(): void {
    this.#socket.end();
  }

  /** Leaves what the client says unread until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: string, onLine: (line: string, from: Connection) => void): void {
    const [first = '', ...rest] = chunk.split('\n');
    this.#keep(first);
    for (const part of rest) {
      if (this.#socket.writableEnded) return;
      const line = this.#parts.join('');
      this.#parts = [];
      this.#bytes = 0;
      if (line.trim() !== '') onLine(line, this);
      this.#keep(part);
    }
  }

  #keep(part: string): void {
    if (this.#socket.writableEnded) return;
    this.#bytes += Buffer.byteLength(part);
    if (this.#bytes <= this.#limits().messageBytes) return void this.#parts.push(part);
    this.#parts = [];
    this.#socket.end(
      errorLine(null, CODES.request, `a message is longer than ${this.#limits().messageBytes} bytes; the connection is closed`),
    );
    // What it still sends is read and dropped for a moment: cut off in mid-sentence, it would never see why.
    setTimeout(() => this.#socket.destroy(), GOODBYE_MS).unref();
  }
}
