/** A scripted turn as the Messages API would put it: whole, or as a stream of events. */
import type { ToolUse, Turn } from './server.ts';

type NamedTurn = Turn & { readonly tools: readonly ToolUse[] };

/** One event of a streamed answer. */
export interface StreamEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

let messages = 0;

/** The whole message. */
export function messageOf(turn: NamedTurn, model: string): object {
  return {
    id: `msg_${(messages += 1).toString().padStart(8, '0')}`,
    type: 'message',
    role: 'assistant',
    model,
    content: blocksOf(turn),
    stop_reason: turn.tools.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: usageOf(turn),
  };
}

/** The same as events of a stream. */
export function streamOf(turn: NamedTurn, model: string): StreamEvent[] {
  const usage = usageOf(turn);
  const message = { ...messageOf(turn, model), content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const events: StreamEvent[] = [{ type: 'message_start', message }];
  for (const [index, block] of blocksOf(turn).entries()) events.push(...blockEvents(index, block));
  const stop = turn.tools.length > 0 ? 'tool_use' : 'end_turn';
  events.push({ type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: usage.output_tokens } });
  events.push({ type: 'message_stop' });
  return events;
}

type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: object };

function blockEvents(index: number, block: Block): StreamEvent[] {
  const empty = block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
  const delta =
    block.type === 'text'
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  return [
    { type: 'content_block_start', index, content_block: empty },
    { type: 'content_block_delta', index, delta },
    { type: 'content_block_stop', index },
  ];
}

function blocksOf(turn: NamedTurn): Block[] {
  const text: Block[] = turn.text === undefined && turn.tools.length > 0 ? [] : [{ type: 'text', text: turn.text ?? 'done' }];
  return [...text, ...turn.tools.map(({ id = '', name, input }): Block => ({ type: 'tool_use', id, name, input }))];
}

function usageOf(turn: Turn): {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
} {
  return {
    input_tokens: turn.inputTokens ?? 100,
    output_tokens: turn.outputTokens ?? 20,
    cache_creation_input_tokens: turn.cacheCreationTokens ?? 0,
    cache_read_input_tokens: turn.cacheReadTokens ?? 0,
  };
}
