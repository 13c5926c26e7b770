/** Settings for hosts of tests: scripted ones, which are plain programs, and real ones with a small prelude. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitsOf, type Limits } from '../../../sandbox/limits.ts';
import type { GuestMessage, HostSettings } from '../../../sandbox/process/settings.ts';
import type { GuestOp } from '../../../sandbox/protocol.ts';

/** Removed by `support.ts`. */
export const home = mkdtempSync(join(tmpdir(), 'vp-process-'));

/** A guest whose `on(op)` answers calls, and `post(message)` speaks to the kernel. */
const PRELUDE = `const post = $0;
globalThis.post = (message) => post('m', JSON.stringify(message));
globalThis.timer = (ms) => post('s', '1 ' + ms + ' 0');
return (kind, text) => {
  if (kind !== 'm') return globalThis.due();
  const { k, id, op } = JSON.parse(text);
  if (k !== 'call') return;
  const told = (answer) => post('r', JSON.stringify({ k: 'ret', id, ...answer }));
  new Promise((resolve) => resolve(globalThis.on(op))).then(
    (value) => told({ ok: true, value }),
    (error) => told({ ok: false, error: { name: error.name, message: error.message, stack: error.stack } }),
  );
};`;

export interface Heard {
  readonly messages: GuestMessage[];
  readonly dropped: { messages: number; logs: number };
}

export const TAP: GuestOp = { op: 'tap', tap: 1, payload: {} };

/** Answers every call with its op. */
export const ECHO = "host.say({ t: 'loaded' }); host.answer((op) => op.op);";

export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}

export function heard(): Heard {
  return { messages: [], dropped: { messages: 0, logs: 0 } };
}

export interface Variant {
  readonly limits?: Partial<Limits>;
  readonly timers?: boolean;
  readonly heard?: Heard;
  readonly startMs?: number;
  readonly signal?: AbortSignal;
  readonly mapStack?: (stack: string) => string;
}

/** Settings for the real host. */
export function realSettings(code: string, { limits = {}, timers = false, heard: into, ...rest }: Variant = {}): HostSettings {
  const may = { hooks: [], timers, log: true, kv: false, fs: false, net: false };
  const boot = {
    name: 'p',
    config: {},
    previous: null,
    env: {},
    may,
    services: [],
    declared: [],
    hooks: [],
    limits: { timers: 8, messageBytes: 65_536, inFlight: 8 },
  };
  return {
    plugin: 'p',
    home,
    limits: limitsOf(limits),
    prelude: PRELUDE,
    code,
    file: 'p.js',
    boot,
    onMessage: (message) => into?.messages.push(message),
    onDropped: ({ messages, logs }) => {
      if (into === undefined) return;
      into.dropped.messages += messages;
      into.dropped.logs += logs;
    },
    ...rest,
  };
}

/** Settings for a scripted host. */
export function scriptedSettings(script: string, variant: Variant = {}, program = 'scripted.js'): HostSettings {
  return { ...realSettings(script, variant), seams: { host: { file: fixture(program), flags: [] } } };
}
