/** From a message of the conversation to events. Most lines are of this kind. Pure. */
import { blocksOf, contentText, isObject, objectIn, textIn, type Json } from './json.ts';
import { OUTPUT_LIMIT, usageOf } from './tokens.ts';
import type { Draft, Drafts, Signal } from './parse.ts';

/** What the model said: words, thoughts, calls. */
export function assistant(line: Json): Drafts {
  const message = objectIn(line, 'message');
  const messageId = textIn(message, 'id');
  const error = textIn(line, 'error');
  const parent = textIn(line, 'parent_tool_use_id');
  const model = textIn(message, 'model');
  const events: Draft[] = [];
  for (const block of blocksOf(message)) {
    const event = blockEvent(block);
    if (event === undefined) continue;
    if (event.type === 'text' && error !== undefined) event.error = error;
    if (parent !== undefined) event.parentToolUseId = parent;
    if (model !== undefined) event.model = model;
    events.push(event);
  }
  const usage = message['usage'];
  const signals: Signal[] = messageId !== undefined && isObject(usage) ? [{ kind: 'spent', messageId, usage: usageOf(usage) }] : [];
  return { events, signals };
}

/** Most lines are of these kinds: their events are filled in place, since copies of copies would cost as much as the parsing. */
function blockEvent(block: Json): Draft | undefined {
  switch (block['type']) {
    case 'text':
      return { id: '', at: 0, type: 'text', text: textIn(block, 'text') ?? '' };
    case 'thinking':
      return { id: '', at: 0, type: 'thinking', text: textIn(block, 'thinking') ?? '' };
    case 'tool_use':
      return {
        type: 'tool-call',
        toolUseId: textIn(block, 'id') ?? '',
        tool: textIn(block, 'name') ?? '',
        input: objectIn(block, 'input'),
      };
    default:
      return undefined;
  }
}

/** What a call gave, or that a message has been taken up. */
export function user(line: Json): Drafts {
  const uuid = textIn(line, 'uuid');
  if (line['isReplay'] === true) return { signals: uuid === undefined ? [] : [{ kind: 'accepted', uuid }] };
  const parent = textIn(line, 'parent_tool_use_id');
  const events: Draft[] = [];
  for (const block of blocksOf(objectIn(line, 'message'))) {
    if (block['type'] !== 'tool_result') continue;
    const text = contentText(block['content']);
    const event: Draft = {
      id: '',
      at: 0,
      type: 'tool-result',
      toolUseId: textIn(block, 'tool_use_id') ?? '',
      isError: block['is_error'] === true,
      text: text.length > OUTPUT_LIMIT ? text.slice(0, OUTPUT_LIMIT) : text,
    };
    if (parent !== undefined) event.parentToolUseId = parent;
    events.push(event);
  }
  return { events };
}
