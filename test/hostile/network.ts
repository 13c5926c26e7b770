/** A world without sockets: who has which address, and what is answered there. Everything that is sent is written down. */
import type { PinnedRequest, RawAnswer } from '../../sandbox/seams.ts';

/** Something that was sent. */
export interface Sent {
  readonly url: string;
  readonly host: string;
  readonly origin: string;
  readonly address: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PUBLIC = '93.184.216.34';
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'api.allowed.test': [PUBLIC],
  'evil.test': ['93.184.216.66'],
  'internal.allowed.test': ['10.0.0.7'],
  'mixed.allowed.test': [PUBLIC, '127.0.0.1'],
  'mapped.allowed.test': ['::ffff:169.254.169.254'],
  localhost: ['127.0.0.1', '::1'],
};
const REDIRECTS: Readonly<Record<string, { readonly status: number; readonly to: string }>> = {
  '/redirect-meta': { status: 302, to: 'http://169.254.169.254/latest/meta-data/' },
  '/redirect-loop': { status: 307, to: 'http://127.0.0.1:9000/' },
  '/redirect-loop-tls': { status: 307, to: 'https://127.0.0.1/' },
  '/redirect-evil': { status: 302, to: 'https://evil.test/' },
  '/redirect-file': { status: 302, to: 'file:///etc/passwd' },
  '/redirect-data': { status: 302, to: 'data:text/plain,SECRET' },
  '/redirect-rebind': { status: 302, to: 'https://rebind.allowed.test/' },
  '/redirect-userinfo': { status: 302, to: 'https://api.allowed.test@evil.test/' },
  '/redirect-self': { status: 302, to: '/redirect-self' },
};
const PRIVATE =
  /^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::|f[cde])/i;

export class Network {
  readonly sent: Sent[] = [];
  #flips = 0;

  /** `rebind.allowed.test` is a public address at each odd question and this machine at each even one. */
  readonly resolve = (host: string): Promise<readonly string[]> => {
    if (host === 'rebind.allowed.test') return Promise.resolve([(this.#flips += 1) % 2 === 1 ? PUBLIC : '127.0.0.1']);
    return Promise.resolve(ADDRESSES[host] ?? [PUBLIC]);
  };

  /** What is at an address. Places that nobody may reach hold a SECRET. */
  readonly transport = (request: PinnedRequest): Promise<RawAnswer> => {
    const { url, address, headers, body = '' } = request;
    this.sent.push({ url: url.href, host: url.hostname, origin: url.origin, address, headers, body });
    if (!url.hostname.endsWith('.allowed.test') || isPrivate(address)) return Promise.resolve(answer(200, 'SECRET of a forbidden place'));
    const redirect = REDIRECTS[url.pathname];
    if (redirect) return Promise.resolve(answer(redirect.status, '', [['location', redirect.to]]));
    return Promise.resolve(answer(200, url.pathname === '/big' ? 'A'.repeat(4_000_000) : 'hello'));
  };
}

/** Whether an address is this machine's, its network's, or nobody's. */
export function isPrivate(address: string): boolean {
  return PRIVATE.test(address);
}

function answer(status: number, body: string, headers: readonly (readonly [string, string])[] = []): RawAnswer {
  return { status, statusText: '', headers: [['content-type', 'text/plain'], ...headers], body };
}
