/**
 * What kernel and host say to each other: one JSON object a line, the kernel's lines on the host's standard input, the host's on its
 * standard output. Text from the guest travels inside such a line as a string, so that nothing in it can pass for a line of the host's.
 * Ids count within one host; a message of an earlier host has nowhere to go.
 */
import type { HookName, TapOptions } from '@vp/sdk';
import type { Limits } from './limits.ts';

/** Kernel to host. */
export type ToHost =
  /** First and once. `prelude` and `code` are scripts; `file` names the code in stack traces; `boot` is for the prelude. */
  | {
      readonly t: 'init';
      readonly limits: Limits;
      readonly prelude: string;
      readonly code: string;
      readonly file: string;
      readonly boot: Boot;
      /** The kernel's, such as `Europe/Berlin`: days and hours are the user's in either tier. */
      readonly timeZone?: string;
      /** Tests only: a script that is a function of `post(text)`, run after the prelude. */
      readonly extra?: string;
    }
  /** Hands `text`, a `ToGuest` as JSON, to the guest, which may run for `ms` without a pause. */
  | { readonly t: 'guest'; readonly text: string; readonly ms: number }
  | { readonly t: 'ping'; readonly id: number };

/** Host to kernel. */
export type FromHost =
  /** The process runs and has its addon; it waits for `init`. */
  | { readonly t: 'up' }
  /** Prelude and code have been evaluated. */
  | { readonly t: 'loaded' }
  /** The module threw, or could not be compiled. `stack` is in positions of the bundle. */
  | { readonly t: 'failed'; readonly error: GuestError }
  /** A slice reached its limit and was cut off: what the isolate holds cannot be trusted any more. `stuck`: it could not be cut off. */
  | { readonly t: 'cut'; readonly ms: number; readonly stuck?: true }
  /** The isolate is gone. */
  | { readonly t: 'dead'; readonly reason: 'memory' | 'crash'; readonly message: string }
  /** `text` is a `FromGuest` as JSON, if the guest is honest. */
  | { readonly t: 'guest'; readonly text: string }
  /** What the host itself dropped since the last time: too long, or more log lines than may be. */
  | { readonly t: 'dropped'; readonly messages: number; readonly logs: number }
  | { readonly t: 'pong'; readonly id: number; readonly heapBytes: number };

/** An error as data; it never crosses as an object. */
export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** `VP_…` where it has one. */
  readonly code?: string;
}

/** What the guest is started with. Only plain JSON. */
export interface Boot {
  readonly name: string;
  readonly config: unknown;
  readonly previous: { readonly version: string; readonly state: unknown } | null;
  /** Granted variables and their values; those that are not set are missing. */
  readonly env: Readonly<Record<string, string>>;
  readonly may: {
    readonly hooks: readonly HookName[];
    readonly timers: boolean;
    readonly log: boolean;
    readonly kv: boolean;
    readonly fs: boolean;
    readonly net: boolean;
  };
  /** Services that are there now, as `id@major`. */
  readonly services: readonly string[];
  /** Services that the manifest names, whether they are there or not. */
  readonly declared: readonly string[];
  /** Every hook there is. */
  readonly hooks: readonly HookName[];
  readonly limits: { readonly timers: number; readonly messageBytes: number; readonly inFlight: number };
}

/** Kernel to guest. */
export type ToGuest =
  | { readonly k: 'call'; readonly id: number; readonly op: GuestOp }
  | { readonly k: 'reply'; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly k: 'reply'; readonly id: number; readonly ok: false; readonly error: { readonly code: string; readonly message: string } }
  /** An event of a service to which `sub` was subscribed. */
  | { readonly k: 'event'; readonly sub: number; readonly payload: unknown };

/** What may be asked of the guest. Each is answered by one `ret`. */
export type GuestOp =
  /** Registers the definition's hooks, then runs its setup. */
  | { readonly op: 'setup' }
  | { readonly op: 'tap'; readonly tap: number; readonly payload: unknown }
  /** `on-output`: several batches at once; nothing comes back. */
  | { readonly op: 'taps'; readonly tap: number; readonly payloads: readonly unknown[] }
  | { readonly op: 'snapshot' }
  | { readonly op: 'activate' }
  | { readonly op: 'ready' }
  /** Aborts its signal and ends what it owns, last first. */
  | { readonly op: 'dispose' };

/** What a request of the guest may be for; the broker holds the authority. */
export type Capability =
  | 'kv.get'
  | 'kv.set'
  | 'kv.delete'
  | 'kv.keys'
  | 'fs.readText'
  | 'fs.writeText'
  | 'fs.list'
  | 'fetch'
  | 'service.call'
  | 'service.on'
  | 'service.off';

/** Guest to kernel. Everything in it is hostile until it was checked. */
export type FromGuest =
  | { readonly k: 'ret'; readonly id: number; readonly ok: true; readonly value?: unknown }
  | { readonly k: 'ret'; readonly id: number; readonly ok: false; readonly error: GuestError }
  /** `args` by capability: as the arguments of the method; `fetch`: [url, {method, headers, body, redirect}]; `service.call`: [`id@major`, method, args]; `service.on`: [`id@major`, event, sub]; `service.off`: [sub]. */
  | { readonly k: 'req'; readonly id: number; readonly cap: Capability; readonly args: readonly unknown[] }
  | { readonly k: 'tap'; readonly tap: number; readonly hook: HookName; readonly options: TapOptions }
  | { readonly k: 'untap'; readonly tap: number }
  /** Tests only: what `extra` posted. Nonsense where there is no such script. */
  | { readonly k: 'extra'; readonly value: unknown }
  | { readonly k: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly fields: object; readonly message: string };

/** What `fetch` is answered with. Bodies are text. */
export interface FetchAnswer {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly redirected: boolean;
}
