/** A question of the agent, read from its control protocol. Pure. */
import { isObject, objectIn, textIn, type Json } from './json.ts';

/** A question that the agent waits on. */
export interface Question {
  readonly requestId: string;
  /** `callback` comes first; `tool` is the wall: nothing runs before its answer. `other` is nothing that VP serves. */
  readonly kind: 'callback' | 'tool' | 'other';
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: Json;
  readonly agentId?: string;
  /** Where the call would run; only the callback tells. */
  readonly cwd?: string;
  /** Set where the question is not of the known shape. */
  readonly fault?: string;
}

/** Reads a `control_request` of the agent. */
export function questionOf(line: Json): Question {
  const requestId = textIn(line, 'request_id') ?? '';
  const body = objectIn(line, 'request');
  switch (body['subtype']) {
    case 'can_use_tool':
      return callOf(requestId, 'tool', body['tool_use_id'], body['tool_name'], body['input'], body['agent_id']);
    case 'hook_callback': {
      const input = objectIn(body, 'input');
      return callOf(
        requestId,
        'callback',
        input['tool_use_id'] ?? body['tool_use_id'],
        input['tool_name'],
        input['tool_input'],
        input['agent_id'],
        input['cwd'],
      );
    }
    default:
      return { requestId, kind: 'other', toolUseId: '', tool: textIn(body, 'subtype') ?? 'unknown', input: {} };
  }
}

function callOf(
  requestId: string,
  kind: 'callback' | 'tool',
  id: unknown,
  tool: unknown,
  input: unknown,
  agentId: unknown,
  cwd?: unknown,
): Question {
  const whole = typeof id === 'string' && typeof tool === 'string' && isObject(input);
  return {
    requestId,
    kind,
    toolUseId: typeof id === 'string' ? id : '',
    tool: typeof tool === 'string' ? tool : '',
    input: isObject(input) ? input : {},
    ...(typeof agentId === 'string' ? { agentId } : {}),
    ...(typeof cwd === 'string' ? { cwd } : {}),
    ...(whole ? {} : { fault: 'the agent asked in a shape that VP does not know' }),
  };
}
