/** The real transport against a real TLS server on this machine. What stands in: port and certificate authority, given by the test. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Net } from '../../../sandbox/broker/net.ts';
import { sendPinned } from '../../../sandbox/broker/transport.ts';
import type { PinnedRequest } from '../../../sandbox/seams.ts';
import { refusal, temporary } from './support.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.runIf(hasOpenssl)('the transport', () => {
  let server: Server;
  let ca: string;
  let port: number;
  const seen: { host: string | undefined; servername: unknown; url: string | undefined; headers: object; body: string }[] = [];

  beforeEach(async () => {
    const dir = temporary();
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=api.allowed.test',
      '-addext',
      'subjectAltName=DNS:api.allowed.test',
      '-keyout',
      join(dir, 'key.pem'),
      '-out',
      join(dir, 'cert.pem'),
    ]);
    ca = readFileSync(join(dir, 'cert.pem'), 'utf8');
    seen.length = 0;
    server = createServer({ key: readFileSync(join(dir, 'key.pem')), cert: ca }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { servername } = request.socket as unknown as { servername: unknown };
        seen.push({
          host: request.headers.host,
          servername,
          url: request.url,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (request.url === '/endless') {
          const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
          response.on('close', () => clearInterval(timer));
        } else if (request.url === '/silent') response.writeHead(200).write('a');
        else if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
        else response.writeHead(201, 'Made', { 'X-Answer': 'ü'.normalize('NFD').charAt(0) }).end('\ufeffgrüße');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const request = (path: string, more: Partial<PinnedRequest> = {}): PinnedRequest => ({
    url: new URL(`https://api.allowed.test${path}`),
    address: '127.0.0.1',
    method: 'POST',
    headers: { 'x-key': '1' },
    body: 'hällo',
    maxBytes: 100_000,
    signal: new AbortController().signal,
    ...more,
  });

  it('connects to the address, and asks for the name: in the handshake, the certificate and the host', async () => {
    const answer = await sendPinned(request('/a?b=c#d'), { port, ca });
    expect(answer).toMatchObject({ status: 201, statusText: 'Made', body: 'grüße' });
    expect(answer.headers).toContainEqual(['x-answer', 'u']);
    expect(seen).toMatchObject([
      {
        host: 'api.allowed.test',
        servername: 'api.allowed.test',
        url: '/a?b=c',
        body: 'hällo',
        headers: { 'x-key': '1', 'accept-encoding': 'identity' },
      },
    ]);
  });

  it('refuses a certificate of another name or of nobody, also where the environment says to take it', async () => {
    const other = request('/', { url: new URL('https://other.test/') });
    expect(await refusal(sendPinned(other, { port, ca }))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect((await refusal(sendPinned(request('/'), { port }))).code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(seen).toEqual([]);
  });

  it('stops reading at the limit, at the end of its signal, and where the answer is compressed', async () => {
    expect(await refusal(sendPinned(request('/endless'), { port, ca }))).toMatchObject({ code: 'VP_SANDBOX_LIMIT' });
    const signal = AbortSignal.timeout(300);
    await refusal(sendPinned(request('/silent', { signal }), { port, ca }));
    expect(signal.aborted).toBe(true);
    expect((await refusal(sendPinned(request('/packed'), { port, ca }))).message).toContain('compressed');
    await expect.poll(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
  });

  it('takes no proxy from the environment', async () => {
    Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' });
    try {
      expect((await sendPinned(request('/'), { port, ca })).status).toBe(201);
    } finally {
      for (const name of ['HTTPS_PROXY', 'https_proxy', 'NODE_USE_ENV_PROXY']) delete process.env[name];
    }
  });

  it('is what a fetch of the broker uses, and is never reached by way of an address of this machine', async () => {
    const base = { granted: ['https://api.allowed.test'], sendBytes: 1_000, maxBytes: 1_000, ms: 30_000 };
    // The resolver says a public address; the wrapped transport connects here instead.
    const transport = (pinned: PinnedRequest) => sendPinned({ ...pinned, address: '127.0.0.1' }, { port, ca });
    const through = new Net({ ...base, seams: { resolve: () => Promise.resolve(['93.184.215.14']), transport } });
    expect(await through.fetch('https://api.allowed.test/x', {})).toMatchObject({ status: 201, body: 'grüße' });
    const inward = new Net({ ...base, seams: { resolve: () => Promise.resolve(['127.0.0.1']), transport } });
    expect(await refusal(inward.fetch('https://api.allowed.test/y', {}))).toMatchObject({ code: 'VP_PERMISSION_DENIED' });
    expect(seen.map(({ url }) => url)).toEqual(['/x']);
  });
});
