/** Reads a session's output in pages. */
import { open } from 'node:fs/promises';
import type { AgentEvent, OutputPage } from '@vp/sdk';
import type { Environment } from '../environment.ts';
import { parseLine, plainLine, tooLong } from '../protocol/parse.ts';
import { isEnded, type Held } from '../state/registry.ts';
import { Tail, type Line } from '../holder/tail.ts';

const DEFAULT_LIMIT = 500;
/** A page ends here too: its events may be long. */
const PAGE_BYTES = 4e6;
const NEWLINE = 10;

/** From the line on that begins at or behind byte `after`. */
export async function readPage(env: Environment, held: Held, after = 0, limit = DEFAULT_LIMIT): Promise<OutputPage> {
  const { out } = held.folder;
  const start = await lineStart(out, after);
  const events: AgentEvent[] = [];
  let next = start;
  let more = false;
  const tail: Tail = new Tail(out, start, env.config.lineMb * 1e6, (lines, end) => {
    for (const line of lines) {
      if (events.length >= limit || (events.length > 0 && line.offset - start >= PAGE_BYTES)) {
        more = true;
        tail.stop();
        return;
      }
      events.push(...eventsOf(held, line));
      next = Math.min(end, line.offset + line.length + 1);
    }
  });
  try {
    // What nobody writes any more is read to its last byte, a line that was cut off included.
    if (isEnded(held.journal.state)) await tail.finish();
    else await tail.drained();
  } finally {
    tail.stop();
  }
  return { events, next, more };
}

function eventsOf(held: Held, { offset, text, length }: Line): readonly AgentEvent[] {
  const at = held.journal.startedAt ?? held.spec.createdAt;
  if (text === undefined) return [tooLong(held.id, offset, length, at)];
  return held.spec.type === 'claude-code' ? parseLine(held.id, offset, text, at).events : [plainLine(held.id, offset, text, at)];
}

/** A place in the middle of a line is moved behind it. */
async function lineStart(path: string, after: number): Promise<number> {
  if (after === 0) return 0;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(64 * 1024);
    for (let from = after - 1; from < size; from += buffer.length) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      const at = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
      if (at >= 0) return from + at + 1;
    }
    return Math.max(after, size);
  } finally {
    await file.close();
  }
}
