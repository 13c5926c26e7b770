import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../plugins/claude/state/attempts.ts';
import { checkpointOf, type Checkpoint } from '../../../plugins/claude/state/checkpoint.ts';
import { claude } from '../../../plugins/claude/drivers/claude.ts';
import type { Environment } from '../../../plugins/claude/environment.ts';
import { folderOf } from '../../../plugins/claude/holder/folder.ts';
import { bareHeld } from '../../../plugins/claude/state/held.ts';
import { Listener } from '../../../plugins/claude/session/listener.ts';
import type { Opening } from '../../../plugins/claude/session/opening.ts';
import { Reader } from '../../../plugins/claude/session/reader.ts';
import { newJournal, type Held, type StoredSpec } from '../../../plugins/claude/state/registry.ts';
import type { Session } from '../../../plugins/claude/session/session.ts';
import { begin } from '../../../plugins/claude/state/state.ts';

const usage = (n: number) => ({ input_tokens: n, output_tokens: n });
const ids = fc.constantFrom('t1', 't2', 't3');
/** Whatever an agent may say, in any order. */
const line = fc.oneof(
  ids.map((id) => ({
    type: 'assistant',
    message: { id: `m-${id}`, usage: usage(3), content: [{ type: 'tool_use', id, name: 'Write', input: { file_path: `/${id}` } }] },
  })),
  ids.map((id) => ({
    type: 'control_request',
    request_id: `q-${id}`,
    request: { subtype: 'can_use_tool', tool_name: 'Bash', tool_use_id: id, input: {} },
  })),
  ids.map((id) => ({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] } })),
  fc
    .nat(100)
    .map((n) => ({ type: 'result', is_error: n % 2 === 0, total_cost_usd: n / 100, num_turns: 2, modelUsage: { m: { inputTokens: n } } })),
  fc.nat(9).map((n) => ({ type: 'assistant', message: { id: 'm', usage: usage(n), content: [{ type: 'text', text: `words ${n}` }] } })),
  ids.map((id) => ({ type: 'user', uuid: `u-${id}`, isReplay: true })),
  ids.map((id) => ({ type: 'system', subtype: 'task_started', task_id: id })),
  ids.map((id) => ({ type: 'system', subtype: 'task_notification', task_id: id })),
  fc.constant({ type: 'system', subtype: 'api_retry', error_status: 529, error: 'overloaded' }),
  fc.constant({ type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 5, rateLimitType: 'five_hour' } }),
  fc.constant({ type: 'system', subtype: 'init', session_id: 'c' }),
);

interface Row {
  readonly offset: number;
  readonly text: string;
  readonly length: number;
}

function rowsOf(lines: readonly object[]): Row[] {
  let offset = 0;
  return lines.map((one) => {
    const text = JSON.stringify(one);
    const row = { offset, text, length: text.length };
    offset += text.length + 1;
    return row;
  });
}

function heldAt(attempts: readonly Attempt[], checkpoint: Checkpoint | null): Held {
  const journal = { ...newJournal(), attempts: [...attempts] };
  const spec = { id: 's', type: 'claude-code' } as StoredSpec;
  const held: Held = { ...bareHeld(folderOf('/nowhere', 's'), spec, journal), progress: begin(), quietUntil: Number.POSITIVE_INFINITY };
  if (checkpoint === null) return held;
  const { offset, progress, pending, denied, unread } = checkpoint;
  for (const question of pending) held.pending.set(question.requestId, question);
  return Object.assign(held, { offset, progress, denied: new Set(denied), unread: new Set(unread) });
}

/** Reads rows in batches, as the tail would give them. */
function read(held: Held, rows: readonly Row[], batch: number): void {
  const session = { held, owned: true, caughtUp: false } as unknown as Session;
  const listener = new Listener(session, { response: () => undefined } as unknown as Opening);
  const reader = new Reader(session, {} as Environment, claude, (signal) => listener.take(signal));
  for (let n = 0; n < rows.length; n += batch) {
    const part = rows.slice(n, n + batch);
    const last = part.at(-1);
    reader.read(part, last === undefined ? 0 : last.offset + last.length + 1);
  }
}

describe('reading on from a checkpoint', () => {
  it('gives the state that reading everything gives, at whatever line it was taken, over several attempts', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 3 }),
        fc.nat(40),
        fc.integer({ min: 1, max: 7 }),
        fc.option(fc.nat(50), { nil: null }),
        (lines, starts, cut, batch, cost) => {
          const rows = rowsOf(lines);
          const end = (rows.at(-1)?.offset ?? 0) + (rows.at(-1)?.length ?? 0) + 1;
          const outOffsets = [0, ...[...new Set(starts)].sort((a, b) => a - b).map((n) => rows[n]?.offset ?? end)];
          const attempts = outOffsets.map((outOffset, n) => ({
            n: n + 1,
            outOffset,
            base: cost === null ? null : { usage: { ...begin().settled, inputTokens: cost }, costUsd: cost / 100 },
          })) as unknown as Attempt[];
          const whole = heldAt(attempts, null);
          read(whole, rows, 1_000);
          const first = heldAt(attempts, null);
          const at = Math.min(cut, rows.length);
          read(first, rows.slice(0, at), batch);
          const second = heldAt(attempts, structuredClone(checkpointOf(first) ?? null));
          read(second, rows.slice(at), batch);
          const facts = ({ progress, pending, denied, unread, offset }: Held) => ({ progress, pending, denied, unread, offset });
          // A time that the line does not carry is the time of reading.
          const timeless = (held: Held) => ({
            ...facts(held),
            progress: { ...held.progress, lastEvents: held.progress.lastEvents.map((event) => ({ ...event, at: 0 })) },
          });
          expect(timeless(second)).toEqual(timeless(whole));
        },
      ),
      { numRuns: 500 },
    );
  });
});
