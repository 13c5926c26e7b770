/** Places where a test stands in for the world. The product gives none of them. */
import type { FetchAnswer } from './protocol.ts';

/** One request to one address that was checked and must be the one connected to. */
export interface PinnedRequest {
  readonly url: URL;
  /** The address to connect to; the name in the URL is for SNI, certificate and Host only. */
  readonly address: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What an origin answered; redirects are not followed. */
export type RawAnswer = Omit<FetchAnswer, 'url' | 'redirected'>;

/** Text files as a sandboxed plugin sees them. Paths are what the plugin gave, unchecked. @throws VpError */
export interface GuestFiles {
  readText(path: unknown): Promise<string>;
  writeText(path: unknown, text: unknown): Promise<void>;
  list(path: unknown): Promise<string[]>;
}

export interface Seams {
  /** Addresses of a host. Default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Sends one request. Default: TLS to the pinned address. */
  readonly transport?: (request: PinnedRequest) => Promise<RawAnswer>;
  /** Another program for the host process, with its own Node flags. */
  readonly host?: { readonly file: string; readonly flags: readonly string[] };
  /** Other files than the broker's. `granted` are the paths in force. */
  readonly files?: (granted: { readonly read: readonly string[]; readonly write: readonly string[] }, baseDir: string) => GuestFiles;
  /** Sends a fetch without the broker's checks. */
  readonly fetch?: (url: unknown, init: unknown, granted: readonly string[]) => Promise<FetchAnswer>;
  /** Everything that a plugin asks for is granted. */
  readonly grantAll?: boolean;
  /** Milliseconds before each restart of a process; an end more is the last. Default: the supervisor's. */
  readonly restarts?: readonly number[];
  /** A script for each isolate, and who hears what it posts. See `init.extra` in protocol.ts. */
  readonly extra?: { readonly script: string; readonly heard: (plugin: string, value: unknown) => void };
}
