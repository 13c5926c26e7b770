/** Hosts for tests: scripted ones, which are plain programs, and real ones with a small prelude. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import { limitsOf, type Limits } from '../../../sandbox/limits.ts';
import { HostProcess } from '../../../sandbox/process/host-process.ts';
import type { GuestMessage, HostSettings } from '../../../sandbox/process/settings.ts';
import type { GuestOp } from '../../../sandbox/protocol.ts';

const home = mkdtempSync(join(tmpdir(), 'vp-process-'));
const started: HostProcess[] = [];

afterEach(async () => {
  for (const host of started.splice(0)) {
    host.kill('revoked', 'the test is over');
    await host.ended;
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

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

/** Starts a host that is ended after the test. */
export async function start(settings: HostSettings): Promise<HostProcess> {
  const host = await HostProcess.start(settings);
  started.push(host);
  return host;
}

export const scripted = (script: string, variant?: Variant): Promise<HostProcess> => start(scriptedSettings(script, variant));
export const real = (code: string, variant?: Variant): Promise<HostProcess> => start(realSettings(code, variant));

/** The code of what a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** Polls, generously. */
export async function until(holds: () => boolean, ms = 30_000): Promise<void> {
  for (const since = performance.now(); performance.now() - since < ms; await wait(5)) if (holds()) return;
  throw new Error('it did not come to that');
}

/** Whether a process is there, zombies not counted. */
export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') {
    return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Descriptors of this process. */
export function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
