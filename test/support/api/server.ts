/** A Messages API on loopback that answers from a script, so that the real agent can be run without a network. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, streamOf } from './answer.ts';

/** One answer of the model. */
export interface Turn {
  readonly text?: string;
  /** Tool calls; several in one turn are parallel calls. */
  readonly tools?: readonly ToolUse[];
  /** Milliseconds before the answer starts. */
  readonly delayMs?: number;
  /** The answer waits until this has settled. */
  readonly after?: Promise<unknown>;
  /** Answer with an error instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errorType?: string;
  /** End the connection after the first block. */
  readonly cut?: boolean;
  /** The stream stops in its first block until this has settled. */
  readonly hold?: Promise<unknown>;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheCreationTokens?: number;
}

/** A tool call in an answer. */
export interface ToolUse {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Default: `toolu_<n>`, counted over the server's life. */
  readonly id?: string;
}

/** A recorded call of `/v1/messages`. */
export interface ApiRequest {
  readonly index: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: RequestBody;
  /** The body as text. */
  readonly raw: string;
}

/** The parts of a request that scripts look at. */
export interface RequestBody {
  readonly model: string;
  readonly stream?: boolean;
  readonly system?: unknown;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly name: string }[];
}

/** Answers in order (the last one again when they run out), or a function of the request. */
export type Script = readonly Turn[] | ((request: ApiRequest) => Turn);

/** The running server. */
export interface ScriptedApi {
  readonly url: string;
  /** Calls of `/v1/messages`, oldest first. */
  readonly requests: ApiRequest[];
  /** Replaces the script; an array starts at its first turn. */
  use(script: Script): void;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startApi(script: Script): Promise<ScriptedApi> {
  const requests: ApiRequest[] = [];
  let current = script;
  let turn = 0;
  let toolUses = 0;
  const next = (request: ApiRequest): Turn => {
    if (typeof current === 'function') return current(request);
    // Side requests of the agent (titles and the like) carry no tools and must not use up the script.
    if ((request.body.tools ?? []).length === 0) return { text: 'ok' };
    const answer = current[Math.min(turn, current.length - 1)] ?? { text: 'done' };
    turn += 1;
    return answer;
  };
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await bodyOf(request);
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/v1/messages/count_tokens') return json(response, 200, { input_tokens: Math.ceil(raw.length / 4) });
    if (path !== '/v1/messages' || request.method !== 'POST') return json(response, 200, {});
    const body = JSON.parse(raw) as RequestBody;
    const recorded: ApiRequest = { index: requests.length, headers: request.headers, body, raw };
    requests.push(recorded);
    const answer = next(recorded);
    await answer.after?.catch(() => undefined);
    if (answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
    const named = {
      ...answer,
      tools: (answer.tools ?? []).map((use) => ({ id: `toolu_${(toolUses += 1).toString().padStart(8, '0')}`, ...use })),
    };
    await send(response, named, body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    use(replacement) {
      current = replacement;
      turn = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function send(
  response: ServerResponse,
  turn: Turn & { tools: readonly (ToolUse & { id: string })[] },
  body: RequestBody,
): Promise<void> {
  if (turn.status !== undefined && turn.status !== 200) {
    json(response, turn.status, { type: 'error', error: { type: turn.errorType ?? 'api_error', message: 'scripted error' } }, turn.headers);
    return;
  }
  if (!body.stream) return json(response, 200, messageOf(turn, body.model), turn.headers);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_scripted', ...turn.headers });
  for (const event of streamOf(turn, body.model)) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (turn.cut && event.type === 'content_block_delta') {
      response.destroy();
      return;
    }
    if (event.type === 'content_block_delta') await turn.hold?.catch(() => undefined);
  }
  response.end();
}

function json(response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_scripted', ...headers });
  response.end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
