/** A Messages API on loopback that has a fault of its own under each path: `<url>/<fault>` is a base URL. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, streamOf } from '../../support/api/answer.ts';

/** What goes wrong. */
export interface Fault {
  readonly status?: number;
  readonly type?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection ends: before an answer, or in the middle of one. */
  readonly cut?: 'before' | 'within';
  /** There is no answer at all. */
  readonly silent?: true;
  /** Answers with a call of a tool, and so needs further turns. */
  readonly calls?: true;
}

/** Starts it. Without a fault of that name it answers well. */
export async function startFaults(faults: Readonly<Record<string, Fault>>): Promise<{ url: string; close(): Promise<void> }> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let raw = '';
    for await (const chunk of request) raw += String(chunk);
    const [, name = '', ...path] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    if (path.join('/') !== 'v1/messages') return json(response, 200, {});
    answer(response, faults[name] ?? {}, JSON.parse(raw) as { model: string; stream?: boolean });
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

let calls = 0;

function answer(response: ServerResponse, fault: Fault, { model, stream }: { model: string; stream?: boolean }): void {
  const { status, type = 'api_error', message = 'scripted', headers, cut, silent } = fault;
  if (silent) return;
  if (cut === 'before') return void response.destroy();
  if (status !== undefined) return json(response, status, { type: 'error', error: { type, message } }, headers);
  const tools = fault.calls ? [{ id: `toolu_${(calls += 1)}`, name: 'Bash', input: { command: 'echo hi' } }] : [];
  if (!stream) return json(response, 200, messageOf({ text: 'done', tools }, model));
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  for (const one of streamOf({ text: 'done', tools }, model)) {
    response.write(`event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`);
    if (cut === 'within' && one.type === 'content_block_delta') return void response.destroy();
  }
  response.end();
}

function json(response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_fault', ...headers });
  response.end(JSON.stringify(value));
}
