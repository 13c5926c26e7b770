/** What an earlier kernel has said to the agent of a session, as the spool tells. */
import type { Attempt } from '../state/attempts.ts';
import type { Checkpoint } from '../state/checkpoint.ts';
import type { SessionFolder } from '../holder/folder.ts';
import { jsonOf, objectIn, textIn, type Json } from '../protocol/json.ts';
import { spooled } from '../holder/spool.ts';

/** What was said. */
export interface Said {
  /** Number of the next message. */
  readonly next: number;
  /** Questions that have their answer. */
  readonly answered: Map<string, 'denied' | 'not denied'>;
  /** Messages of the user of which the output that is read again must tell that they have been taken up. */
  readonly unread: Set<string>;
  /** Ids of the first and the newest message of the user. */
  readonly first: string | null;
  readonly last: string | null;
}

/** The spool is the journal of what was said: answers that are in it are not given again. */
export function whatWasSaid(folder: SessionFolder, checkpoint: Checkpoint | null, attempt: Attempt): Said {
  // A checkpoint from before this attempt knows nothing of its spool.
  const known = checkpoint !== null && checkpoint.progress.attempt === attempt.n ? checkpoint : null;
  const answered = new Map<string, 'denied' | 'not denied'>();
  const unread = new Set(known?.unread);
  let next = 1;
  let first: string | null = null;
  let last: string | null = null;
  for (const { n, text } of spooled(folder)) {
    next = n + 1;
    // The input of a plain command is no JSON.
    const message = jsonOf(text) ?? {};
    const response = objectIn(message, 'response');
    const requestId = textIn(response, 'request_id');
    if (requestId !== undefined) answered.set(requestId, isDenial(objectIn(response, 'response')) ? 'denied' : 'not denied');
    const uuid = textIn(message, 'uuid');
    if (message['type'] !== 'user' || uuid === undefined) continue;
    first ??= uuid;
    last = uuid;
    if (n >= (known?.nextMessage ?? 1)) unread.add(uuid);
  }
  return { next, answered, unread, first, last };
}

function isDenial(answer: Json): boolean {
  return answer['behavior'] === 'deny' || objectIn(answer, 'hookSpecificOutput')['permissionDecision'] === 'deny';
}
