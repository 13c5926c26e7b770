/** Enough of the agent's protocol for made-up agents to get as far as their first prompt. */
import { createInterface } from 'node:readline';

/** Prints one line of the protocol. */
export function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Answers the opening; calls `onPrompt` for each message of the user, `onAnswer` for each answer, `onEnd` at the end of the input. */
export function listen(
  onPrompt: (text: string) => void,
  onEnd: () => void = () => process.exit(0),
  onAnswer: (message: Answer) => void = () => undefined,
): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const message = JSON.parse(line) as {
      type: string;
      uuid?: string;
      request_id?: string;
      request?: { subtype: string };
      message?: { content: string };
    };
    if (message.type === 'control_response') onAnswer(message as unknown as Answer);
    if (message.type === 'user') {
      say({ type: 'user', message: message.message, uuid: message.uuid, isReplay: true });
      onPrompt(message.message?.content ?? '');
    }
    if (message.type !== 'control_request') return;
    const response = message.request?.subtype === 'get_settings' ? { effective: { permissions: { ask: ['*'] } } } : {};
    say({ type: 'control_response', response: { subtype: 'success', request_id: message.request_id, response } });
  });
  lines.on('close', onEnd);
}

/** An answer to a question of the agent. */
export interface Answer {
  readonly response: { readonly request_id: string; readonly response?: Readonly<Record<string, unknown>> };
}

/** Ends the turn. */
export function result(words: string, isError = false): void {
  say({
    type: 'result',
    subtype: 'success',
    is_error: isError,
    result: words,
    total_cost_usd: 0.01,
    num_turns: 1,
    usage: { input_tokens: 1, output_tokens: 1 },
  });
}

/** Something that the agent says. */
export function text(words: string): void {
  say({ type: 'assistant', message: { id: 'msg_1', content: [{ type: 'text', text: words }] } });
}

/** Asks whether a tool may run. */
export function ask(requestId: string, toolUseId: string, tool: string, input: object): void {
  say({
    type: 'control_request',
    request_id: requestId,
    request: { subtype: 'can_use_tool', tool_name: tool, input, tool_use_id: toolUseId },
  });
}
