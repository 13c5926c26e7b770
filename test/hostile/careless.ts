/** Two sandboxes as they are often written. The hostile test is worth something only as long as both fail it. */
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Seams } from '../../sandbox/index.ts';
import type { FetchAnswer } from '../../sandbox/protocol.ts';
import type { GuestFiles } from '../../sandbox/seams.ts';
import type { Network } from './network.ts';

/** The guest in node:vm, in a process that may do what the kernel may. */
export function vmHost(): Seams {
  return { host: { file: join(import.meta.dirname, 'fixtures/careless-vm-host.js'), flags: ['--no-warnings'] } };
}

/** Paths and addresses compared by how they begin, redirects followed, and everything granted that was asked for. */
export function believing(network: Network): Seams {
  return { files, fetch: (url, _init, granted) => follow(String(url), granted, network), grantAll: true };
}

function files(_granted: unknown, baseDir: string): GuestFiles {
  const inside = (path: unknown): string => {
    const full = resolve(baseDir, String(path));
    if (!full.startsWith(baseDir)) throw new Error('outside');
    return full;
  };
  // A FIFO would hold a thread of this process for ever; that much care is taken even here.
  const unheld = async (path: string): Promise<string> => {
    if ((await lstat(path).catch(() => undefined))?.isFIFO()) throw new Error('a FIFO');
    return path;
  };
  return {
    readText: async (path) => readFile(await unheld(inside(path)), 'utf8'),
    writeText: async (path, text) => writeFile(await unheld(inside(path)), String(text)),
    list: async (path) => readdir(inside(path)),
  };
}

async function follow(start: string, granted: readonly string[], network: Network): Promise<FetchAnswer> {
  if (!granted.some((origin) => start.startsWith(origin))) throw new Error('not granted');
  let url = new URL(start);
  for (let hop = 0; ; hop += 1) {
    const [address = ''] = /^[\d.]+$/.test(url.hostname) ? [url.hostname] : await network.resolve(url.hostname);
    const signal = AbortSignal.timeout(1_000);
    const answer = await network.transport({ url, address, method: 'GET', headers: {}, body: undefined, maxBytes: 1_000_000, signal });
    const to = answer.headers.find(([name]) => name === 'location')?.[1];
    if (to === undefined || hop === 5) return { ...answer, url: url.href, redirected: hop > 0 };
    url = new URL(to, url);
  }
}
