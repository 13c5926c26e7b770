/** Bytes to lines, holding no more than one line. */

const NEWLINE = 0x0a;
const FIRST_BYTES = 4_096;

/** Splits what a host says into lines. After a line that is too long it takes nothing more. */
export class Lines {
  readonly #most: number;
  #held = Buffer.alloc(0);
  #length = 0;
  #overflowed = false;

  /** `most`: bytes of one line. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes kept for a line whose end has not come. */
  get heldBytes(): number {
    return this.#length;
  }

  /**
   * Calls `take` with each line that is whole now, without its end, for as long as it gives true. Gives the place up to which the chunk
   * has been read, and -1 once a line was too long.
   */
  push(chunk: Buffer, take: (line: string) => boolean): number {
    let from = 0;
    while (!this.#overflowed) {
      const end = chunk.indexOf(NEWLINE, from);
      const piece = chunk.subarray(from, end === -1 ? chunk.length : end);
      if (this.#length + piece.length > this.#most) {
        this.#overflowed = true;
        this.#held = Buffer.alloc(0);
        this.#length = 0;
        break;
      }
      if (end === -1) {
        this.#hold(piece);
        return chunk.length;
      }
      from = end + 1;
      if (!take(this.#finish(piece))) return from;
    }
    return -1;
  }

  #finish(piece: Buffer): string {
    if (this.#length === 0) return piece.toString('utf8');
    this.#hold(piece);
    const line = this.#held.toString('utf8', 0, this.#length);
    this.#length = 0;
    this.#held = Buffer.alloc(0);
    return line;
  }

  /** Copies, so that a small piece does not keep the large buffer it was read into. */
  #hold(piece: Buffer): void {
    const needed = this.#length + piece.length;
    if (needed > this.#held.length) {
      const larger = Buffer.alloc(Math.min(this.#most, Math.max(needed, this.#held.length * 2, FIRST_BYTES)));
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#length);
    this.#length = needed;
  }
}
