/** One request over TLS to one address. No proxy, no shared connection, no decompression; the answer is read up to a limit. */
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { PinnedRequest, RawAnswer } from '../seams.ts';
import { beyond } from './refuse.ts';

/** All addresses of a host, as the system has them. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return found.map(({ address }) => address);
}

/**
 * Sends a request to its address. The name in the URL decides what certificate is wanted. `more` is for tests: another port, another
 * authority.
 */
export async function sendPinned(pinned: PinnedRequest, more: Pick<RequestOptions, 'ca' | 'port'> = {}): Promise<RawAnswer> {
  const { url, address, method, headers, body, signal } = pinned;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpsRequest({
    hostname: url.hostname,
    port: url.port === '' ? 443 : Number(url.port),
    path: `${url.pathname}${url.search}`,
    method,
    headers: {
      accept: '*/*',
      'user-agent': 'vp-plugin',
      ...headers,
      host: url.host,
      connection: 'close',
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    servername: url.hostname,
    rejectUnauthorized: true, // whatever the environment of the kernel says
    lookup: pinnedTo(address),
    agent: false,
    setHost: false,
    signal,
    ...more,
  });
  request.on('error', reject);
  request.on('response', resolve);
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    reject(new Error('the server changed the protocol'));
  });
  request.end(body);
  try {
    return await answerOf(await promise, pinned.maxBytes);
  } finally {
    request.destroy();
  }
}

async function answerOf(response: IncomingMessage, maxBytes: number): Promise<RawAnswer> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new Error('the server compressed its answer though it was asked not to');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw beyond(`the answer is larger than limits.bodyBytes (${maxBytes} bytes)`);
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: pairsOf(response.rawHeaders),
    body: new TextDecoder().decode(Buffer.concat(chunks)),
  };
}

function pairsOf(raw: readonly string[]): readonly (readonly [string, string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : []));
}

/** Answers every question with the one address. */
function pinnedTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, answer) => {
    if (options.all === true) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}
