/** A Messages API on loopback with two answers: one tool call, then the end. For the canary. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The running stub. */
export interface Stub {
  readonly url: string;
  /** Bodies of the calls that carried tools. */
  readonly bodies: string[];
  close(): void;
}

/** Starts the stub. The first answer calls Bash with `command`. */
export async function startStub(command: string): Promise<Stub> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const isTurn = request.url?.startsWith('/v1/messages?') === true || request.url === '/v1/messages';
      if (request.method !== 'POST' || !isTurn || !body.includes('"tools":[{')) {
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ...message([{ type: 'text', text: 'ok' }]), input_tokens: 1 }));
        return;
      }
      bodies.push(body);
      const block =
        bodies.length === 1
          ? { type: 'tool_use', id: 'toolu_canary', name: 'Bash', input: { command, description: 'canary' } }
          : { type: 'text', text: 'done' };
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream(block));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

type Block = Readonly<Record<string, unknown>>;

function message(content: readonly Block[]): object {
  const usage = { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  return { id: 'msg_canary', type: 'message', role: 'assistant', model: 'canary', content, stop_reason: null, stop_sequence: null, usage };
}

function stream(block: Block): string {
  const isTool = block['type'] === 'tool_use';
  const delta = isTool
    ? { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }
    : { type: 'text_delta', text: block['text'] };
  const events: readonly Block[] = [
    { type: 'message_start', message: message([]) },
    { type: 'content_block_start', index: 0, content_block: isTool ? { ...block, input: {} } : { ...block, text: '' } },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: isTool ? 'tool_use' : 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
