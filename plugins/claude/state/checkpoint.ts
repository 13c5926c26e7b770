/** A state that the output has been read up to. Reading on from it gives what reading all of it would give. */
import type { Held } from './registry.ts';
import type { Question } from '../protocol/question.ts';
import type { Progress } from './state.ts';

/** Kept in `state.json`. */
export interface Checkpoint {
  readonly offset: number;
  readonly errOffset: number;
  readonly progress: Progress;
  readonly pending: readonly Question[];
  readonly denied: readonly string[];
  /** Messages before `nextMessage` that the agent had not taken up. */
  readonly unread: readonly string[];
  readonly nextMessage: number;
}

/** So much output is read before the next one is kept. */
export const CHECKPOINT_BYTES = 4e6;
/** A larger state is not kept: it would be written again and again. The one before still holds. */
const LARGEST = 256 * 1024;

/** The state as it is; undefined where it is too large to be kept. */
export function checkpointOf(held: Held): Checkpoint | undefined {
  const { offset, errOffset, progress, pending, denied, unread, nextMessage } = held;
  const text = JSON.stringify({
    offset,
    errOffset,
    progress,
    pending: [...pending.values()],
    denied: [...denied],
    unread: [...unread],
    nextMessage,
  } satisfies Checkpoint);
  return text.length > LARGEST ? undefined : (JSON.parse(text) as Checkpoint);
}

/** What a further attempt goes on with: what is counted, nothing that was under way. */
export function lastCheckpoint(held: Held): Checkpoint {
  const { offset, errOffset, nextMessage } = held;
  const progress = structuredClone({ ...held.progress, calls: {}, allowed: {}, lastEvents: [], openTasks: [] });
  return { offset, errOffset, progress, pending: [], denied: [], unread: [], nextMessage };
}
