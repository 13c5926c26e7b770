/** `fetch` of a sandboxed plugin: granted origins over TLS, at public addresses, each redirect checked like a first request. */
import { isVpError, type VpError } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import type { FetchAnswer } from '../protocol.ts';
import type { PinnedRequest, RawAnswer, Seams } from '../seams.ts';
import { isPublic } from './address.ts';
import { bodilessHeaders, carriedHeaders, checkedHeaders, type Headers } from './headers.ts';
import { grantedUrl } from './origin.ts';
import { denied, quoted, wrong } from './refuse.ts';
import { resolveHost, sendPinned } from './transport.ts';

/** Whose requests, and where to. */
export interface NetSettings {
  /** Origins in force. */
  readonly granted: readonly string[];
  /** Bytes of a body sent. */
  readonly sendBytes: number;
  /** Bytes of an answer. */
  readonly maxBytes: number;
  /** Milliseconds of one fetch, redirects included. */
  readonly ms: number;
  readonly seams?: Pick<Seams, 'resolve' | 'transport'>;
}

type Redirect = 'follow' | 'manual' | 'error';

interface Outgoing {
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const KEYS = ['method', 'headers', 'body', 'redirect'];
const MAX_HOPS = 3;
const MAX_AT_ONCE = 8;
const MAX_ADDRESSES = 3;
/** No connection came about, so nothing of the request has left. */
const UNREACHED = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'];

export class Net {
  readonly #settings: NetSettings;
  readonly #end = new AbortController();
  #running = 0;

  constructor(settings: NetSettings) {
    this.#settings = settings;
  }

  /** @throws VP_SANDBOX_ARGUMENT, VP_PERMISSION_DENIED, VP_SANDBOX_BUSY, VP_SANDBOX_LIMIT, VP_FETCH_FAILED */
  async fetch(text: unknown, init: unknown): Promise<FetchAnswer> {
    const { granted, sendBytes, ms } = this.#settings;
    const url = grantedUrl(text, granted);
    const { redirect, ...outgoing } = checkedInit(init, sendBytes);
    if (this.#running === MAX_AT_ONCE) throw sandboxError('VP_SANDBOX_BUSY', { limit: MAX_AT_ONCE });
    this.#running += 1;
    const late = AbortSignal.timeout(ms);
    try {
      return await this.#follow(url, outgoing, redirect, AbortSignal.any([this.#end.signal, late]));
    } catch (error) {
      throw failure(error, `calling ${quoted(String(text))}`, late.aborted ? `no answer within limits.fetchMs (${ms} ms)` : undefined);
    } finally {
      this.#running -= 1;
    }
  }

  /** Ends what runs. */
  close(): void {
    this.#end.abort();
  }

  async #follow(first: URL, request: Outgoing, redirect: Redirect, signal: AbortSignal): Promise<FetchAnswer> {
    let url = first;
    let outgoing = request;
    for (let hops = 0; ; hops += 1) {
      const answer = await this.#send(url, outgoing, signal);
      const location = locationOf(answer);
      if (location === undefined || redirect === 'manual') return { ...answer, url: withoutFragment(url), redirected: hops > 0 };
      if (redirect === 'error') throw new Error('the server answered with a redirect');
      if (hops === MAX_HOPS) throw new Error(`more than ${MAX_HOPS} redirects`);
      const next = grantedUrl(absolute(location, url), this.#settings.granted);
      outgoing = redirected(outgoing, answer.status, next.origin === url.origin);
      url = next;
    }
  }

  /** Resolves the host once, and tries its addresses, all of which must be public. */
  async #send(url: URL, outgoing: Outgoing, signal: AbortSignal): Promise<RawAnswer> {
    const { seams, maxBytes } = this.#settings;
    const addresses = await unlessAborted(() => (seams?.resolve ?? resolveHost)(url.hostname), signal);
    if (addresses.length === 0) throw new Error('the host has no address');
    if (!addresses.every(isPublic)) {
      throw denied(`calling ${url.origin}`, 'the name leads to an address of this machine or its network; nothing grants that');
    }
    const transport = seams?.transport ?? ((pinned: PinnedRequest) => sendPinned(pinned));
    let unreached: unknown;
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      try {
        return await unlessAborted(() => transport({ url, address, ...outgoing, maxBytes, signal }), signal);
      } catch (error) {
        if (!UNREACHED.includes(codeOf(error))) throw error;
        unreached = error;
      }
    }
    throw unreached;
  }
}

function checkedInit(given: unknown, sendBytes: number): Outgoing & { readonly redirect: Redirect } {
  if (typeof (given ?? {}) !== 'object' || Array.isArray(given)) throw wrong('the options of fetch must be an object');
  const init = new Map(Object.entries(given ?? {}));
  const unknown = [...init.keys()].find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(`fetch has no option ${quoted(unknown)}; it has ${KEYS.join(', ')}`);
  const method: unknown = init.get('method') ?? 'GET';
  if (typeof method !== 'string' || !METHODS.includes(method.toUpperCase())) throw wrong(`the method must be one of ${METHODS.join(', ')}`);
  const redirect: unknown = init.get('redirect') ?? 'follow';
  if (redirect !== 'follow' && redirect !== 'manual' && redirect !== 'error') throw wrong('redirect must be follow, manual or error');
  const body: unknown = init.get('body') ?? undefined;
  if (body !== undefined && typeof body !== 'string') throw wrong('the body must be text');
  if (body !== undefined && ['GET', 'HEAD'].includes(method.toUpperCase())) throw wrong(`${method.toUpperCase()} has no body`);
  if (body !== undefined && Buffer.byteLength(body) > sendBytes)
    throw wrong(`the body has more than limits.messageBytes (${sendBytes} bytes)`);
  return { method: method.toUpperCase(), headers: checkedHeaders(init.get('headers')), body, redirect };
}

/** What is sent on. A method that changes things becomes GET as in browsers; a secret for one origin does not reach another. */
function redirected(request: Outgoing, status: number, isSame: boolean): Outgoing {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const becomesGet = (status === 303 && !isRead) || ((status === 301 || status === 302) && request.method === 'POST');
  const headers = isSame ? request.headers : carriedHeaders(request.headers);
  return becomesGet ? { method: 'GET', headers: bodilessHeaders(headers), body: undefined } : { ...request, headers };
}

function locationOf(answer: RawAnswer): string | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  return answer.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
}

/** An address with a scheme or a host of its own is checked as it is written; any other has those of the page before. */
function absolute(location: string, base: URL): string {
  if (/[\s\0-\x20\x7f\\]/.test(location) || /^[a-z][a-z0-9+.-]*:/i.test(location)) return location;
  if (location.startsWith('//')) return `https:${location}`;
  return URL.parse(location, base.href)?.href ?? location;
}

function withoutFragment(url: URL): string {
  return url.href.slice(0, url.href.length - url.hash.length);
}

async function unlessAborted<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new Error('aborted'));
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([act(), promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function codeOf(thrown: unknown): string {
  const code = (thrown as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

function failure(thrown: unknown, what: string, late: string | undefined): VpError {
  if (isVpError(thrown)) return thrown;
  const code = codeOf(thrown);
  const words = code === '' && thrown instanceof Error ? thrown.message : `the system says ${code || 'no more'}`;
  return sandboxError('VP_FETCH_FAILED', { what, why: late ?? words });
}
